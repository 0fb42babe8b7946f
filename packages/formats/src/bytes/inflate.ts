/** Deflate (RFC 1951), unpacked into no more bytes than were allowed, and telling where the stream ends. */
import { type CanonicalCodes, symbolBitByBit } from './canonical-codes.js'
import type { Refusal } from './decoding.js'

export interface Inflating {
  /** Where the stream begins in the bytes: 0 unless said. */
  readonly start?: number
  /** One byte more is refused, before anything is allocated for it. */
  readonly most: number
  /** Stop as soon as `most` bytes are there, whatever follows them. */
  readonly prefix?: boolean
  /** The refusal of a stream that is damaged. */
  readonly damaged: (found: string) => Refusal
  /** The refusal of a stream that unpacks to more. */
  readonly tooMuch: () => Refusal
}

export interface Inflated {
  readonly data: Uint8Array
  /** The first byte behind the stream. */
  readonly end: number
}

/** Codes of at most so many bits are read by one look into a table; the few longer ones bit by bit. */
const quickBits = 10
const longest = 15 // bits of a code: RFC 1951, 3.2.7

interface Codes extends CanonicalCodes {
  /** By the next `quickBits` bits: symbol · 16 + length, 0 if the code is longer or there is none. */
  readonly quick: Uint16Array
}

const reversed = (code: number, length: number): number => {
  let out = 0
  for (let i = 0; i < length; i++) out |= ((code >> i) & 1) << (length - 1 - i)
  return out
}

/** Canonical codes from their lengths (RFC 1951, 3.2.2), null if the lengths ask for more codes than there are. */
const codesOf = (lengths: Uint8Array): Codes | null => {
  const counts = new Uint16Array(16)
  for (const length of lengths) counts[length] = (counts[length] as number) + 1
  counts[0] = 0
  const next = new Uint16Array(17)
  const first = new Uint16Array(17)
  for (let length = 1; length <= longest; length++) {
    const code = (next[length] as number) + (counts[length] as number)
    if (code > 1 << length) return null
    next[length + 1] = code << 1
    first[length + 1] = (first[length] as number) + (counts[length] as number)
  }
  const quick = new Uint16Array(1 << quickBits)
  const symbols = new Uint16Array(lengths.length)
  lengths.forEach((length, symbol) => {
    if (length === 0) return
    symbols[first[length] as number] = symbol
    first[length] = (first[length] as number) + 1
    const code = next[length] as number
    next[length] = code + 1
    if (length > quickBits) return
    for (let i = reversed(code, length); i < quick.length; i += 1 << length) quick[i] = (symbol << 4) | length
  })
  return { quick, counts, symbols }
}

const fixedLengths = Uint8Array.from({ length: 288 }, (_, i) => (i < 144 ? 8 : i < 256 ? 9 : i < 280 ? 7 : 8))
const fixedLiterals = codesOf(fixedLengths) as Codes
const fixedDistances = codesOf(new Uint8Array(30).fill(5)) as Codes

// Of each length symbol from 257 on and each distance symbol: the least value and how many bits more (RFC 1951, 3.2.5).
const lengthBits = Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0)
const lengthBase = Uint16Array.of(
  ...[
    3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195, 227, 258,
  ],
)
const distanceBits = Uint8Array.from({ length: 30 }, (_, i) => Math.max(0, (i >> 1) - 1))
const distanceBase = Uint16Array.from({ length: 30 }, (_, i) => (i < 2 ? i + 1 : 1 + ((2 + (i & 1)) << ((i >> 1) - 1))))
const lengthOrder = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15] as const

/** Copies what stands `distance` before; where that reaches into the copy, it repeats. */
const copyBack = (out: Uint8Array, size: number, distance: number, length: number): void => {
  const end = size + length
  if (distance === 1) out.fill(out[size - 1] as number, size, end)
  else if (length > 32 && distance >= length) out.copyWithin(size, size - distance, end - distance)
  else for (let i = size; i < end; i++) out[i] = out[i - distance] as number
}

/**
 * Unpacks a deflate stream. Memory grows with what was unpacked, at most to twice of it, never beyond `most`.
 * @param bytes that hold the stream; what follows it stays unread
 */
export const inflate = (
  bytes: Uint8Array,
  { start = 0, most, prefix = false, damaged, tooMuch }: Inflating,
): Inflated => {
  let out = new Uint8Array(Math.min(most, Math.max(1024, 4 * (bytes.length - start))))
  let size = 0
  let at = start
  let held = 0
  let count = 0

  /** Makes room for `more` bytes; false if a prefix is full before. */
  const reserve = (more: number): void => {
    if (size + more <= out.length) return
    if (size + more > most && !prefix) throw tooMuch()
    const larger = new Uint8Array(Math.min(most, Math.max(2 * out.length, size + more)))
    larger.set(out.subarray(0, size))
    out = larger
  }
  const need = (bits: number): void => {
    while (count < bits) {
      if (at >= bytes.length) throw damaged('a stream that ends too early')
      held |= (bytes[at++] as number) << count
      count += 8
    }
  }
  const take = (bits: number): number => {
    need(bits)
    const value = held & ((1 << bits) - 1)
    held >>>= bits
    count -= bits
    return value
  }
  const oneBit = (): number => take(1)
  const symbolOf = (codes: Codes): number => {
    while (count < longest && at < bytes.length) {
      held |= (bytes[at++] as number) << count
      count += 8
    }
    const entry = codes.quick[held & ((1 << quickBits) - 1)] as number
    const length = entry & 15
    if (length !== 0 && length <= count) {
      held >>>= length
      count -= length
      return entry >> 4
    }
    const symbol = symbolBitByBit(codes, longest, oneBit)
    if (symbol !== undefined) return symbol
    throw damaged('a code that does not exist')
  }
  const dynamicCodes = (): readonly [Codes, Codes] => {
    const [literals, distances, lengths] = [take(5) + 257, take(5) + 1, take(4) + 4]
    const codeLengths = new Uint8Array(19)
    for (let i = 0; i < lengths; i++) codeLengths[lengthOrder[i] as number] = take(3)
    const codes = codesOf(codeLengths)
    if (codes === null) throw damaged('codes of impossible lengths')
    const all = new Uint8Array(literals + distances)
    for (let i = 0; i < all.length; ) {
      const symbol = symbolOf(codes)
      if (symbol < 16) {
        all[i++] = symbol
        continue
      }
      if (symbol === 16 && i === 0) throw damaged('a length that repeats none')
      const value = symbol === 16 ? (all[i - 1] as number) : 0
      const times = symbol === 16 ? 3 + take(2) : symbol === 17 ? 3 + take(3) : 11 + take(7)
      if (i + times > all.length) throw damaged('more lengths than codes')
      all.fill(value, i, i + times)
      i += times
    }
    const literalCodes = codesOf(all.subarray(0, literals))
    const distanceCodes = codesOf(all.subarray(literals))
    if (literalCodes === null || distanceCodes === null) throw damaged('codes of impossible lengths')
    return [literalCodes, distanceCodes]
  }
  const compressed = (literals: Codes, distances: Codes): void => {
    for (;;) {
      if (prefix && size >= most) return
      const symbol = symbolOf(literals)
      if (symbol < 256) {
        if (size === out.length) reserve(1)
        out[size++] = symbol
        continue
      }
      if (symbol === 256) return
      if (symbol > 285) throw damaged('a length that does not exist')
      const wanted = (lengthBase[symbol - 257] as number) + take(lengthBits[symbol - 257] as number)
      const code = symbolOf(distances)
      if (code > 29) throw damaged('a distance that does not exist')
      const distance = (distanceBase[code] as number) + take(distanceBits[code] as number)
      if (distance > size) throw damaged('a distance before the start')
      const length = prefix ? Math.min(wanted, most - size) : wanted
      if (size + length > out.length) reserve(length)
      copyBack(out, size, distance, length)
      size += length
    }
  }
  const stored = (): void => {
    at -= count >> 3
    held = 0
    count = 0
    if (at + 4 > bytes.length) throw damaged('a stream that ends too early')
    const wanted = (bytes[at] as number) | ((bytes[at + 1] as number) << 8)
    const check = (bytes[at + 2] as number) | ((bytes[at + 3] as number) << 8)
    if ((wanted ^ check) !== 0xffff) throw damaged('a length that its check denies')
    at += 4
    if (at + wanted > bytes.length) throw damaged('a stream that ends too early')
    const length = prefix ? Math.min(wanted, most - size) : wanted
    reserve(length)
    out.set(bytes.subarray(at, at + length), size)
    size += length
    at += wanted
  }

  for (let last = false; !last && !(prefix && size >= most); ) {
    last = take(1) === 1
    const kind = take(2)
    if (kind === 0) stored()
    else if (kind === 1) compressed(fixedLiterals, fixedDistances)
    else if (kind === 2) compressed(...dynamicCodes())
    else throw damaged('a block of no known kind')
  }
  return { data: out.subarray(0, size), end: at - (count >> 3) }
}
