import { operation, type Tensor } from '@puregrad/core'
import type { Either } from 'fp-ts/lib/Either.js'
import type { DataError } from '../../bytes/data-error.js'
import { damaged, decoding, type Named, type Refuse, refusing } from '../../bytes/decoding.js'
import { defaultMaxBytes, type Unpacking } from '../../bytes/gzip.js'
import { readZip } from '../../bytes/zip.js'
import { bytesOfFormat, countOf, tensorFrom } from '../elements.js'
import { type ReadTensors, readTensors } from '../named.js'
import { nameOf, type Storage, StoredTensor, torchGlobals } from './globals.js'
import { readPickle, shown } from './pickle.js'

/** A plain value of a checkpoint. Whole numbers beyond 2⁵³ are bigints. */
export type TorchValue = string | number | bigint | boolean | null | Uint8Array

/** What a file of PyTorch holds. */
export interface TorchFile {
  readonly tensors: ReadTensors
  /** What is no tensor, such as an epoch, by the same names. */
  readonly metadata: ReadonlyMap<string, TorchValue>
}

export interface DecodeTorchOptions extends Named, Unpacking {
  /** Which part of it, such as `'state_dict'`, whose names go without it then: all unless said. */
  readonly under?: string
}

/** A file that was read, but for its tensors. */
interface Contents {
  readonly value: unknown
  /** Bytes of its pickles: it cannot have more parts. */
  readonly length: number
  readonly bigEndian: boolean
  /** Where the elements of a storage lie: at least so many bytes. */
  readonly bytesOf: (storage: Storage) => Uint8Array
}

const width = ({ format }: Storage): number => (format === undefined ? 1 : bytesOfFormat(format))

/** The zip archive that torch writes since 1.6: a pickle, and a file for each storage. */
const readArchive = (bytes: Uint8Array, limits: Unpacking, refuse: Refuse): Contents => {
  const files = readZip(bytes, limits, refuse)
  const [found] = [...files].filter(([name]) => /^[^/]+\/data\.pkl$/.test(name))
  if (found === undefined) {
    const cure = 'Is it an archive of something else? npz is decodeNpz; TorchScript has no tensors of its own here.'
    throw refuse('magic', 'a zip archive with a data.pkl', `${files.size} other files`, cure)
  }
  const [name, pickle] = found
  const folder = name.slice(0, -'data.pkl'.length)
  const [value] = readPickle(pickle, 0, torchGlobals(refuse), refuse)
  const order = files.get(`${folder}byteorder`)
  return {
    value,
    length: pickle.length,
    bigEndian: order !== undefined && String.fromCharCode(...order.subarray(0, 3)) === 'big',
    bytesOf: ({ key }) => {
      const content = files.get(`${folder}data/${key}`)
      if (content === undefined) throw refuse('missing', `a file ${folder}data/${key.slice(0, 80)}`, 'none', damaged)
      return content
    },
  }
}

/** What a file of before begins with (torch.serialization, MAGIC_NUMBER). */
const magicNumber = 0x1950a86a20f9469cfc6cn

/** What torch wrote before 1.6: pickles one after the other, then the storages, each with its number of elements. */
const readPickles = (bytes: Uint8Array, refuse: Refuse): Contents => {
  let at = 0
  const next = (): unknown => {
    const [value, end] = readPickle(bytes, at, torchGlobals(refuse), refuse)
    at = end
    return value
  }
  if (next() !== magicNumber) {
    throw refuse('magic', "a file of torch.save's", 'another pickle', 'Write it with torch.save.')
  }
  const version = next()
  if (version !== 1001) throw refuse('unsupported', 'protocol 1001', shown(version), 'Save it again with torch.save.')
  const system = next()
  const bigEndian = system instanceof Map && system.get('little_endian') === false
  const value = next()
  const keys = next()
  const length = at
  if (!Array.isArray(keys)) throw refuse('syntax', 'the keys of storages', shown(keys), damaged)
  const widths = new Map<string, number>()
  collectWidths(value, widths)
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const parts = new Map<string, Uint8Array>()
  for (const key of keys) {
    const each = typeof key === 'string' ? widths.get(key) : undefined
    if (each === undefined) throw refuse('syntax', 'keys of storages that are used', shown(key), damaged)
    if (at + 8 > bytes.length) throw refuse('truncated', `a storage at byte ${at}`, `${bytes.length} bytes`, damaged)
    const size =
      each * (view.getUint32(at, bigEndian === false) + 2 ** 32 * view.getUint32(at + 4, bigEndian === false))
    at += 8
    if (size > bytes.length - at) {
      throw refuse('truncated', `a storage of ${size} bytes at byte ${at}`, `${bytes.length - at}`, damaged)
    }
    parts.set(key as string, bytes.subarray(at, at + size))
    at += size
  }
  return {
    value,
    length,
    bigEndian,
    bytesOf: ({ key }) => {
      const content = parts.get(key)
      if (content === undefined) throw refuse('missing', `storage ${JSON.stringify(key.slice(0, 80))}`, 'none', damaged)
      return content
    },
  }
}

/** Bytes of elements of which there are no tensors here, so that what follows them is found. */
const otherWidths: ReadonlyMap<string, number> = new Map([
  ['torch.ComplexFloatStorage', 8],
  ['torch.ComplexDoubleStorage', 16],
  ['torch.QInt32Storage', 4],
])

/** How many bytes an element of each storage has. */
const collectWidths = (value: unknown, widths: Map<string, number>): void => {
  const seen = new Set<unknown>()
  const open = [value]
  while (open.length > 0) {
    const part = open.pop()
    if (part instanceof StoredTensor)
      widths.set(part.storage.key, otherWidths.get(part.storage.type) ?? width(part.storage))
    else if ((part instanceof Map || Array.isArray(part)) && !seen.has(part)) {
      seen.add(part)
      for (const inside of part.values()) open.push(inside)
    }
  }
}

/** Deeper than any checkpoint. */
const deepest = 100

/** The leaves of a value by their paths, joined by dots. */
const leavesOf = ({ value, length }: Contents, refuse: Refuse): ReadonlyMap<string, StoredTensor | TorchValue> => {
  const leaves = new Map<string, StoredTensor | TorchValue>()
  // A pickle may refer to a part of it again and again, and those parts too, so that a short one has no end of leaves.
  const most = 1000 + 4 * length
  let [visited, letters] = [0, 0]
  const visit = (part: unknown, path: readonly string[]): void => {
    visited += 1
    if (visited > most || path.length > deepest) {
      const what = 'a checkpoint whose parts are nested and repeated within reason'
      throw refuse('limit', what, visited > most ? `more than ${most} parts` : `${deepest} levels`, damaged)
    }
    if (part instanceof Map || Array.isArray(part)) {
      for (const [key, inside] of part.entries()) {
        if (typeof key !== 'string' && typeof key !== 'number') {
          throw refuse('unsupported', 'keys that are texts or numbers', shown(key), 'Give its entries names.')
        }
        visit(inside, [...path, String(key)])
      }
      return
    }
    letters += path.reduce((sum, key) => sum + key.length, 0)
    if (letters > 16 * most) throw refuse('limit', `names of at most ${16 * most} letters`, 'more', damaged)
    const name = path.join('.')
    if (leaves.has(name)) {
      throw refuse(
        'duplicate',
        'every name once',
        `${JSON.stringify(name.slice(0, 80))} twice`,
        'Take keys without dots.',
      )
    }
    leaves.set(name, leafOf(part, name, refuse))
  }
  visit(value, [])
  return leaves
}

const leafOf = (part: unknown, name: string, refuse: Refuse): StoredTensor | TorchValue => {
  if (part instanceof StoredTensor || part instanceof Uint8Array || part === null) return part
  if (typeof part === 'string' || typeof part === 'number' || typeof part === 'bigint' || typeof part === 'boolean') {
    return part
  }
  const named = nameOf(part)
  if (named !== undefined) return named
  throw refuse(
    'unsupported',
    `${JSON.stringify(name.slice(0, 80))}: a tensor or a plain value`,
    'something else',
    'Leave it out.',
  )
}

/** The elements of a tensor one after the other, row-major, wherever its strides have them. */
const gathered = (source: Uint8Array, { shape, strides }: StoredTensor, each: number): Uint8Array => {
  const count = countOf(shape)
  const out = new Uint8Array(count * each)
  const index = shape.map(() => 0)
  let from = 0
  for (let i = 0; i < count; i++) {
    for (let b = 0; b < each; b++) out[i * each + b] = source[from * each + b] as number
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      from += strides[axis] as number
      index[axis] = (index[axis] as number) + 1
      if ((index[axis] as number) < (shape[axis] as number)) break
      from -= (strides[axis] as number) * (shape[axis] as number)
      index[axis] = 0
    }
  }
  return out
}

const isDense = ({ shape, strides }: StoredTensor): boolean => {
  let expected = 1
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    if (shape[axis] !== 1 && strides[axis] !== expected) return false
    expected *= shape[axis] as number
  }
  return true
}

const readTensor = (stored: StoredTensor, what: string, contents: Contents, refuse: Refuse): Tensor => {
  const { storage, offset, shape, strides } = stored
  const { format } = storage
  if (format === undefined) {
    throw refuse(
      'unsupported',
      `${what}: numbers that tensors have here`,
      storage.type,
      'Convert it where it was made.',
    )
  }
  const each = bytesOfFormat(format)
  const content = contents.bytesOf(storage)
  const all = Math.min(Math.floor(content.length / each), storage.offset + storage.length) - storage.offset
  const count = countOf(shape)
  const last = shape.reduce((sum, size, axis) => sum + (size - 1) * (strides[axis] as number), offset)
  if (count > 0 && last >= all) {
    throw refuse('mismatch', `${what}: elements up to ${last + 1}`, `a storage of ${Math.max(0, all)}`, damaged)
  }
  const start = (storage.offset + offset) * each
  const bytes = isDense(stored)
    ? content.subarray(start, start + count * each)
    : gathered(content.subarray(start), stored, each)
  return tensorFrom(bytes, format, shape, what, refuse, contents.bigEndian)
}

/** The size of all tensors together, which may be the same elements over and over. */
const checkSize = (
  leaves: ReadonlyMap<string, StoredTensor | TorchValue>,
  { maxBytes = defaultMaxBytes }: Unpacking,
  refuse: Refuse,
): void => {
  let total = 0
  for (const leaf of leaves.values()) {
    if (leaf instanceof StoredTensor) total += countOf(leaf.shape) * Math.max(4, width(leaf.storage))
  }
  if (total <= maxBytes) return
  const cure = 'If you trust the file, raise the option maxBytes.'
  throw refuse('limit', `tensors of at most ${maxBytes} bytes`, `${total}`, cure)
}

const partUnder = <T>(
  all: ReadonlyMap<string, T>,
  under: string | undefined,
  refuse: Refuse,
): ReadonlyMap<string, T> => {
  if (under === undefined) return all
  const prefix = `${under}.`
  const part = [...all].filter(([name]) => name.startsWith(prefix))
  if (part.length > 0) return new Map(part.map(([name, value]) => [name.slice(prefix.length), value]))
  const tops = [...new Set([...all.keys()].map((name) => name.split('.')[0]))].slice(0, 8)
  throw refuse(
    'missing',
    `something under ${JSON.stringify(under)}`,
    `names under ${tops.join(', ')}`,
    'Take one of these.',
  )
}

/**
 * Decodes what `torch.save` writes, a `.pth` or `.pt` file of tensors: state dicts and checkpoints, as nested as they are, in the zip archive
 * since PyTorch 1.6 and in the pickles before. Nothing of the file is run: it may name torch's storages, what puts tensors
 * together of them, ordered dictionaries, sizes and types; any other name is refused by its name. Names are paths joined by
 * dots, and what is no tensor is in `metadata`. Tensors that share a storage, views of parts of it and transposed ones come out as
 * they are; float16 and bfloat16 become float32, 8- and 16-bit integers int32, 64-bit integers int32 if all their numbers fit.
 * Complex and quantised tensors do not close the others: `tensors.leftOut` lists them.
 * @example
 * const decoded = decodeTorch(new TextEncoder().encode('PK'), { file: 'resnet18.pth', under: 'state_dict' })
 * E.isLeft(decoded) && decoded.left.kind // 'truncated'
 */
export const decodeTorch = operation(
  'weights.decodeTorch',
  { at: 1, names: ['file', 'maxBytes', 'under'] },
  (bytes: Uint8Array, { file, under, ...limits }: DecodeTorchOptions): Either<DataError, TorchFile> =>
    decoding(() => {
      const refuse = refusing(file)
      const [first] = bytes
      if (first !== 0x50 && first !== 0x80) {
        const found = bytes.length === 0 ? 'an empty file' : `bytes ${bytes.subarray(0, 4).join(' ')}`
        throw refuse(
          'magic',
          "a file of torch.save's",
          found,
          'Is it safetensors or npz? Those have decoders of their own.',
        )
      }
      const contents = first === 0x50 ? readArchive(bytes, limits, refuse) : readPickles(bytes, refuse)
      const leaves = partUnder(leavesOf(contents, refuse), under, refuse)
      checkSize(leaves, limits, refuse)
      const stored: (readonly [string, () => Tensor])[] = []
      const metadata = new Map<string, TorchValue>()
      for (const [name, leaf] of leaves) {
        const what = `tensor ${JSON.stringify(name.slice(0, 80))}`
        if (leaf instanceof StoredTensor) stored.push([name, () => readTensor(leaf, what, contents, refuse)])
        else metadata.set(name, leaf)
      }
      return { tensors: readTensors(file, stored), metadata }
    }),
)
