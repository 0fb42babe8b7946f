/**
 * Patches of bytes: the relaxed-simd binary differs from the simd one in few places, so only the differences are shipped.
 * A patch is the size of the result, then steps: a count of new bytes, these bytes, an offset and a length to copy from the base.
 * Numbers are unsigned LEB128.
 */

/**
 * What `patch` makes of `base`.
 * @example applyPatch(new Uint8Array([1, 2, 3]), new Uint8Array([3, 1, 9, 1, 2])) // 9, then 2 and 3 from offset 1
 */
export const applyPatch = (base: Uint8Array, patch: Uint8Array): Uint8Array<ArrayBuffer> => {
  let at = 0
  const number = (): number => {
    let value = 0
    for (let shift = 0; ; shift += 7) {
      const byte = patch[at++] as number
      value |= (byte & 0x7f) << shift
      if (byte < 0x80) return value
    }
  }
  const result = new Uint8Array(number())
  for (let to = 0; to < result.length; ) {
    const fresh = number()
    result.set(patch.subarray(at, at + fresh), to)
    at += fresh
    to += fresh
    const from = number()
    const length = number()
    result.set(base.subarray(from, from + length), to)
    to += length
  }
  return result
}
