/** Canonical prefix codes, those of deflate and of JPEG: of one length they are consecutive numbers. */

export interface CanonicalCodes {
  /** How many codes have each length, from 0 bits on. */
  readonly counts: ArrayLike<number>
  /** The symbols in the order of their codes. */
  readonly symbols: ArrayLike<number>
}

/** The symbol of the next code, read bit by bit, the highest first; undefined if there is none of up to `longest` bits. */
export const symbolBitByBit = (
  { counts, symbols }: CanonicalCodes,
  longest: number,
  bit: () => number,
): number | undefined => {
  let code = 0
  let first = 0
  let index = 0
  for (let length = 1; length <= longest; length++) {
    code |= bit()
    const many = counts[length] as number
    if (code - many < first) return symbols[index + code - first]
    index += many
    first = (first + many) << 1
    code <<= 1
  }
  return undefined
}
