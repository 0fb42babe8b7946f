/** gzip (RFC 1952), unpacked with a limit, whole or only its beginning. */
import { crc32 } from './checksum.js'
import { damaged, type Refusal, type Refuse } from './decoding.js'
import { inflate } from './inflate.js'

/** Deflate makes at most this many bytes of one (zlib's technical notes: 1032 to 1). */
export const deflateRatio = 1032

/** What a file may unpack to unless its decoder is told another limit. */
export const defaultMaxBytes = 2 ** 30

/** The limit of decoders that unpack. */
export interface Unpacking {
  /** How many bytes the file may unpack to: 2³⁰ unless said. More is refused before it is allocated. */
  readonly maxBytes?: number
}

export const isGzip = (bytes: Uint8Array, at = 0): boolean => bytes[at] === 0x1f && bytes[at + 1] === 0x8b

const beyond = (most: number, refuse: Refuse) => () =>
  refuse('limit', `a file that unpacks to at most ${most} bytes`, 'more', 'If you trust it, raise the option maxBytes.')

/** Where the deflate stream begins behind a header with its optional parts (RFC 1952, 2.3.1). */
const streamStart = (bytes: Uint8Array, at: number, refuse: Refuse): number => {
  const flags = bytes[at + 3] ?? 0
  let start = at + 10
  if (bytes[at + 2] !== 8) throw refuse('gzip', 'a complete gzip stream', `method ${bytes[at + 2] ?? 'none'}`, damaged)
  if (flags & 4) start += 2 + (bytes[start] ?? 0) + ((bytes[start + 1] ?? 0) << 8)
  for (const flag of [8, 16]) if (flags & flag) while (start < bytes.length && bytes[start++] !== 0) {}
  return flags & 2 ? start + 2 : start
}

const brokenGzip = (refuse: Refuse) => (found: string) => refuse('gzip', 'a complete gzip stream', found, damaged)

/** The first bytes that a gzip stream unpacks to, at most `length`; no more is unpacked. */
export const gzipPrefix = (bytes: Uint8Array, length: number, refuse: Refuse): Uint8Array =>
  inflate(bytes, {
    start: streamStart(bytes, 0, refuse),
    most: length,
    prefix: true,
    damaged: brokenGzip(refuse),
    tooMuch: beyond(length, refuse),
  }).data

/**
 * Bytes as they are, or what they unpack to if they begin like gzip: the name of the file decides nothing. Members that
 * follow one another are joined, as `cat` and bgzip make them; other bytes behind the last are ignored, as gzip does.
 */
export const unpacked = (
  bytes: Uint8Array,
  refuse: Refuse,
  {
    maxBytes = defaultMaxBytes,
    tooMuch = beyond(maxBytes, refuse),
  }: Unpacking & { readonly tooMuch?: () => Refusal } = {},
): Uint8Array => {
  if (!isGzip(bytes)) return bytes
  const parts: Uint8Array[] = []
  let total = 0
  let at = 0
  do {
    const { data, end } = inflate(bytes, {
      start: streamStart(bytes, at, refuse),
      most: maxBytes - total,
      damaged: brokenGzip(refuse),
      tooMuch,
    })
    if (end + 8 > bytes.length) throw brokenGzip(refuse)('a stream that ends too early')
    const view = new DataView(bytes.buffer, bytes.byteOffset + end, 8)
    if (view.getUint32(4, true) !== data.length % 2 ** 32 || view.getUint32(0, true) !== crc32(data))
      throw brokenGzip(refuse)('incorrect data check')
    parts.push(data)
    total += data.length
    at = end + 8
  } while (isGzip(bytes, at))
  const [only] = parts
  if (parts.length === 1 && only !== undefined) return only
  const out = new Uint8Array(total)
  let reached = 0
  for (const part of parts) {
    out.set(part, reached)
    reached += part.length
  }
  return out
}
