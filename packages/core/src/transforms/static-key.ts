/** Static arguments as parts of a cache key: primitives by value, everything else by identity. */

const identities = new WeakMap<object, number>()
// Not every engine takes symbols as weak keys.
const symbols = new Map<symbol, number>()
let identified = 0

const identity = (x: object | symbol): number => {
  const known = typeof x === 'symbol' ? symbols.get(x) : identities.get(x)
  if (known !== undefined) return known
  const id = identified++
  if (typeof x === 'symbol') symbols.set(x, id)
  else identities.set(x, id)
  return id
}

/** A text that two values share only if `Object.is` holds for them, and that no list of others can spell when joined. */
export const staticKey = (value: unknown): string => {
  if (typeof value === 'string') return JSON.stringify(value)
  if (typeof value === 'symbol' || typeof value === 'function') return `@${identity(value)}`
  if (typeof value === 'object' && value !== null) return `@${identity(value)}`
  return `${typeof value} ${Object.is(value, -0) ? '-0' : String(value)}`
}
