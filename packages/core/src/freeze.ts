/** Values that are handed out and must not change. */

/**
 * The value itself, frozen with all arrays, plain records and instances of `classes` in it. Other instances keep what they are:
 * tensors are immutable by their class.
 * @internal
 */
export const freezeDeep = <T>(value: T, classes: readonly (abstract new (...args: never[]) => unknown)[] = []): T => {
  const open: unknown[] = [value]
  while (open.length > 0) {
    const next = open.pop()
    if (typeof next !== 'object' || next === null || Object.isFrozen(next)) continue
    const prototype = Object.getPrototypeOf(next)
    const plain = prototype === null || prototype === Object.prototype || Array.isArray(next)
    if (plain || classes.some((c) => next instanceof c)) open.push(...Object.values(Object.freeze(next)))
  }
  return value
}
