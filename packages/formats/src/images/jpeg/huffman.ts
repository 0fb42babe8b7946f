/** Huffman codes of JPEG, and the bits of a scan. */
import { type CanonicalCodes, symbolBitByBit } from '../../bytes/canonical-codes.js'
import { damaged, type Refuse } from '../../bytes/decoding.js'

/** Codes of at most so many bits are read by one look into a table; longer ones bit by bit. */
const quickBits = 9
const longest = 16 // bits of a code: ITU-T T.81, C.2

export interface Codes extends CanonicalCodes {
  /** By the next `quickBits` bits: symbol · 16 + length, 0 if the code is longer or there is none. */
  readonly quick: Uint16Array
}

/** The codes of these lengths in their order (ITU-T T.81, C.2). */
export const codesOf = (counts: Uint8Array, symbols: Uint8Array, refuse: Refuse): Codes => {
  const quick = new Uint16Array(1 << quickBits)
  let code = 0
  let index = 0
  for (let length = 1; length <= longest; length++) {
    for (let i = 0; i < (counts[length] as number); i++, code++, index++) {
      if (code >= 1 << length) throw refuse('syntax', 'Huffman codes that exist', 'more codes than bits allow', damaged)
      if (length > quickBits) continue
      const first = code << (quickBits - length)
      quick.fill(((symbols[index] as number) << 4) | length, first, first + (1 << (quickBits - length)))
    }
    code <<= 1
  }
  return { quick, counts, symbols }
}

/** The bits of a scan, which ends at the next marker. */
export interface Bits {
  readonly symbol: (codes: Codes) => number
  readonly take: (count: number) => number
  /** A signed number of `count` bits (ITU-T T.81, F.2.2.1). */
  readonly signed: (count: number) => number
  /** Goes behind the restart marker that has to be next. */
  readonly restart: (index: number) => void
  /** The byte at which the search for the next marker begins. */
  readonly position: () => number
}

export const bitsFrom = (bytes: Uint8Array, start: number, refuse: Refuse): Bits => {
  let at = start
  let held = 0
  let count = 0
  /** Takes in bytes up to a marker; a zero behind 255 is no part of the data. */
  const fill = (): void => {
    while (count <= 16 && at < bytes.length) {
      const byte = bytes[at] as number
      if (byte === 255) {
        if (bytes[at + 1] !== 0) return
        at++
      }
      at++
      held = (held << 8) | byte
      count += 8
    }
  }
  const take = (wanted: number): number => {
    if (count < wanted) {
      fill()
      if (count < wanted) throw refuse('truncated', 'the data of a scan', `an end at byte ${at}`, damaged)
    }
    count -= wanted
    return (held >>> count) & ((1 << wanted) - 1)
  }
  const oneBit = (): number => take(1)
  const symbol = (codes: Codes): number => {
    if (count < quickBits) fill()
    const next = count >= quickBits ? held >>> (count - quickBits) : held << (quickBits - count)
    const entry = codes.quick[next & ((1 << quickBits) - 1)] as number
    const length = entry & 15
    if (length !== 0 && length <= count) {
      count -= length
      return entry >> 4
    }
    const found = symbolBitByBit(codes, longest, oneBit)
    if (found !== undefined) return found
    throw refuse('syntax', 'Huffman codes that exist', `another before byte ${at}`, damaged)
  }
  const signed = (size: number): number => {
    if (size === 0) return 0
    const value = take(size)
    return value < 1 << (size - 1) ? value - (1 << size) + 1 : value
  }
  const restart = (index: number): void => {
    held = 0
    count = 0
    while (at < bytes.length && !(bytes[at] === 255 && bytes[at + 1] !== 0 && bytes[at + 1] !== 255)) at++
    const wanted = 0xd0 + (index & 7)
    if (bytes[at + 1] !== wanted) {
      throw refuse('syntax', `restart marker ${index & 7} at byte ${at}`, `${bytes[at + 1] ?? 'the end'}`, damaged)
    }
    at += 2
  }
  return { symbol, take, signed, restart, position: () => at }
}
