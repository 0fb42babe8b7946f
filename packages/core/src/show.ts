/** Any value in a few words, for messages about arguments that are something else than they should be. */

const longest = 60

/**
 * A short text of any value; it never throws, and never says more than a line.
 * @internal
 * @example show([1, NaN, 'a']) // "[1, NaN, 'a']"
 */
export const show = (x: unknown): string => {
  const text = render(x, 0)
  return text.length > longest ? `${text.slice(0, longest)}…` : text
}

const render = (x: unknown, depth: number): string => {
  if (typeof x === 'string') return `'${x.slice(0, longest)}'`
  if (typeof x === 'function') return `the function ${x.name || 'without a name'}`
  if (typeof x === 'bigint') return `${x}n`
  if (typeof x !== 'object' || x === null) return String(x)
  if (ArrayBuffer.isView(x)) return `a typed array of ${x.byteLength} bytes`
  if (Array.isArray(x)) {
    if (depth > 1) return '[…]'
    const some = x.slice(0, 8).map((e) => render(e, depth + 1))
    return `[${[...some, ...(x.length > 8 ? ['…'] : [])].join(', ')}]`
  }
  if ('shape' in x && 'dtype' in x && Array.isArray(x.shape)) return `a tensor ${String(x.dtype)}[${x.shape.join()}]`
  const keys = Object.keys(x)
  return keys.length === 0 ? '{}' : `an object of ${keys.slice(0, 4).join(', ')}${keys.length > 4 ? ', …' : ''}`
}
