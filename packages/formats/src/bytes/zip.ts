/** Zip archives, read strictly: every entry lies where the directory says, unpacks to its size and has its checksum. */
import { zipSync } from 'fflate'
import { crc32 } from './checksum.js'
import { damaged, type Refuse, strictUtf8 } from './decoding.js'
import { defaultMaxBytes, deflateRatio, type Unpacking } from './gzip.js'
import { inflate } from './inflate.js'

const endSignature = 0x06054b50
const centralSignature = 0x02014b50
const localSignature = 0x04034b50
const end64Signature = 0x06064b50
const locatorSignature = 0x07064b50
const endBytes = 22
const centralBytes = 46
const localBytes = 30
const end64Bytes = 56
const locatorBytes = 20

interface Entry {
  readonly name: string
  readonly method: number
  readonly crc: number
  readonly packed: number
  readonly size: number
  readonly offset: number
}

const viewOf = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)

/**
 * Where the end record begins: the last place that looks like it, and whose comment ends within the file. Bytes behind it are
 * no part of the archive.
 */
const findEnd = (view: DataView, refuse: Refuse): number => {
  const last = view.byteLength - endBytes
  for (let at = last; at >= Math.max(0, last - 0xffff); at--) {
    if (view.getUint32(at, true) === endSignature && at + endBytes + view.getUint16(at + 20, true) <= view.byteLength)
      return at
  }
  throw refuse('magic', 'a zip archive that ends with its directory', `${view.byteLength} bytes without one`, damaged)
}

/**
 * Where the directory ends: at the end record, or at the Zip64 one before it, which some write even if the archive needs none. What it
 * says of sizes is in the end record too, then.
 */
const endOfDirectory = (view: DataView, end: number, refuse: Refuse): number => {
  const [locator, record] = [end - locatorBytes, end - locatorBytes - end64Bytes]
  if (record < 0 || view.getUint32(locator, true) !== locatorSignature) return end
  const told = view.getUint32(locator + 8, true) + 2 ** 32 * view.getUint32(locator + 12, true)
  if (told !== record || view.getUint32(record, true) !== end64Signature) {
    throw refuse('mismatch', `a Zip64 end record at byte ${record}`, `one at ${told}`, damaged)
  }
  return record
}

const readEntry = (
  bytes: Uint8Array,
  view: DataView,
  at: number,
  end: number,
  refuse: Refuse,
): readonly [Entry, number] => {
  if (at + centralBytes > end || view.getUint32(at, true) !== centralSignature) {
    throw refuse('magic', `a directory entry at byte ${at}`, 'other bytes', damaged)
  }
  const nameEnd = at + centralBytes + view.getUint16(at + 28, true)
  const next = nameEnd + view.getUint16(at + 30, true) + view.getUint16(at + 32, true)
  if (next > end) throw refuse('truncated', `a directory entry up to byte ${next}`, `a directory up to ${end}`, damaged)
  const name = strictUtf8(bytes.subarray(at + centralBytes, nameEnd), 'names of entries', refuse)
  if (view.getUint16(at + 8, true) & 1) {
    throw refuse(
      'unsupported',
      `${JSON.stringify(name)} without a password`,
      'an encrypted entry',
      'Write the archive again without one.',
    )
  }
  const [method, crc] = [view.getUint16(at + 10, true), view.getUint32(at + 16, true)]
  const [packed, size, offset] = [
    view.getUint32(at + 20, true),
    view.getUint32(at + 24, true),
    view.getUint32(at + 42, true),
  ]
  if ([packed, size, offset].includes(0xffffffff)) {
    throw refuse(
      'unsupported',
      'entries below 4 GiB',
      `${JSON.stringify(name)} in Zip64`,
      'Divide it into several files.',
    )
  }
  return [{ name, method, crc, packed, size, offset }, next]
}

/** The entries of the directory, in the order of their data, none of which overlaps another or the directory. */
const readDirectory = (bytes: Uint8Array, refuse: Refuse): readonly Entry[] => {
  const view = viewOf(bytes)
  const record = findEnd(view, refuse)
  const end = endOfDirectory(view, record, refuse)
  const count = view.getUint16(record + 10, true)
  const start = view.getUint32(record + 16, true)
  if (view.getUint16(record + 8, true) !== count || view.getUint32(record + 4, true) !== 0 || count === 0xffff) {
    throw refuse(
      'unsupported',
      'an archive in one part with fewer than 65535 entries',
      `${count} entries`,
      'Write it again in one part.',
    )
  }
  const entries: Entry[] = []
  let at = start
  for (let i = 0; i < count; i++) {
    const [entry, next] = readEntry(bytes, view, at, end, refuse)
    entries.push(entry)
    at = next
  }
  if (at !== end || start + view.getUint32(record + 12, true) !== end) {
    throw refuse('mismatch', `a directory from byte ${start} to ${end}`, `one that ends at ${at}`, damaged)
  }
  entries.sort((a, b) => a.offset - b.offset)
  entries.forEach(({ name, offset, packed }, i) => {
    const limit = entries[i + 1]?.offset ?? start
    if (offset + localBytes + packed > limit) {
      throw refuse(
        'overlap',
        `${JSON.stringify(name)} to end before byte ${limit}`,
        `${packed} bytes from ${offset}`,
        damaged,
      )
    }
  })
  return entries
}

const extract = (bytes: Uint8Array, entry: Entry, limit: number, refuse: Refuse): Uint8Array => {
  const { name, method, packed, size, crc, offset } = entry
  const view = viewOf(bytes)
  const what = JSON.stringify(name)
  if (view.getUint32(offset, true) !== localSignature)
    throw refuse('magic', `${what} at byte ${offset}`, 'other bytes', damaged)
  const start = offset + localBytes + view.getUint16(offset + 26, true) + view.getUint16(offset + 28, true)
  if (start + packed > limit)
    throw refuse('overlap', `${what} to end before byte ${limit}`, `${start + packed}`, damaged)
  const held = bytes.subarray(start, start + packed)
  if (method !== 0 && method !== 8) {
    throw refuse(
      'unsupported',
      `${what} stored or deflated`,
      `method ${method}`,
      'Write the archive again with np.savez.',
    )
  }
  if (method === 0 ? size !== packed : size > deflateRatio * packed) {
    throw refuse('mismatch', `${what}: ${size} bytes`, `${packed} bytes that hold no so many`, damaged)
  }
  const broken = (found: string) => refuse('gzip', `${what}: a deflate stream of ${size} bytes`, found, damaged)
  const data = method === 0 ? held : inflate(held, { most: size, damaged: broken, tooMuch: () => broken('more') }).data
  if (data.length !== size) throw refuse('mismatch', `${what}: ${size} bytes`, `${data.length}`, damaged)
  const found = crc32(data)
  if (found !== crc) throw refuse('checksum', `${what} with CRC ${crc.toString(16)}`, found.toString(16), damaged)
  return data
}

/** The files in an archive by name, all of them together within the limit, inside `decoding`. */
export const readZip = (
  bytes: Uint8Array,
  { maxBytes = defaultMaxBytes }: Unpacking,
  refuse: Refuse,
): ReadonlyMap<string, Uint8Array> => {
  if (bytes.length < endBytes) throw refuse('truncated', `at least ${endBytes} bytes`, `${bytes.length} bytes`, damaged)
  const entries = readDirectory(bytes, refuse)
  const start = viewOf(bytes).getUint32(findEnd(viewOf(bytes), refuse) + 16, true)
  const total = entries.reduce((sum, { size }) => sum + size, 0)
  if (total > maxBytes) {
    // What no archive of this length can hold is damage; what it can is a matter of the limit.
    if (total > deflateRatio * bytes.length)
      throw refuse('mismatch', `at most ${deflateRatio * bytes.length} bytes`, `entries of ${total}`, damaged)
    const cure = 'If you trust it, raise the option maxBytes.'
    throw refuse('limit', `an archive that unpacks to at most ${maxBytes} bytes`, `${total}`, cure)
  }
  const files = new Map<string, Uint8Array>()
  entries.forEach((entry, i) => {
    if (files.has(entry.name)) {
      throw refuse(
        'duplicate',
        'every name once',
        `${JSON.stringify(entry.name)} twice`,
        'Which of the two holds is unknown. Write the archive again.',
      )
    }
    files.set(entry.name, extract(bytes, entry, entries[i + 1]?.offset ?? start, refuse))
  })
  return files
}

/** An archive of these files. The time in it is fixed, so that the same files give the same bytes. */
export const writeZip = (files: ReadonlyMap<string, Uint8Array>, compress: boolean): Uint8Array =>
  zipSync(Object.fromEntries(files), { level: compress ? 6 : 0, mtime: new Date(1980, 0, 1) })
