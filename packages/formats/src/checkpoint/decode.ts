/** Reading checkpoints: nothing of a file is believed before its hash, its sizes and its tree were checked. */
import { type DType, dtypes, np, operation, tree } from '@puregrad/core'
import * as E from 'fp-ts/lib/Either.js'
import { type CheckpointError, type CheckpointErrorKind, checkpointError } from './checkpoint-error.js'
import {
  aligned,
  bytesPerElement,
  hex,
  type LeafEntry,
  magic,
  preambleBytes,
  sha256,
  turned,
  version,
} from './format.js'
import { checkLike } from './like.js'
import { type Json, metadataFromJson } from './metadata.js'

/** What a checkpoint holds. */
export interface Checkpoint<T> {
  readonly tree: T
  readonly metadata: Json
}

/** What decoding is told. */
export interface DecodeCheckpointOptions<T> {
  /** The name that errors carry. */
  readonly file: string
  /** A tree of the same structure, dtypes and shapes, such as freshly initialised parameters; its numbers do not matter. */
  readonly like?: T
}

class Refusal {
  constructor(readonly error: CheckpointError) {}
}

type Refuse = (kind: CheckpointErrorKind, leaf: string | null, expected: string, found: string) => Refusal

const damaged = 'The file is damaged or was cut off. Take an older checkpoint, or a copy.'
const foreign = 'Is this a checkpoint? They are written by saveCheckpoint.'
const newer = 'It was written by another version of this library. Read it with that one.'

/** More nesting than this is no tree of parameters; JSON of a hostile file could overflow the stack. */
const maximumDepth = 200

const isRecord = (x: unknown): x is Readonly<Record<string, unknown>> =>
  typeof x === 'object' && x !== null && !Array.isArray(x)

const isCount = (x: unknown): x is number => typeof x === 'number' && Number.isSafeInteger(x) && x >= 0

const readEntry = (value: unknown, number: number, refuse: Refuse): LeafEntry => {
  const no = (what: string): Refusal => refuse('header', `leaf ${number}`, what, JSON.stringify(value).slice(0, 80))
  if (!isRecord(value)) throw no('a record')
  const { path, kind, dtype, shape, begin, bytes, sha256: hash } = value
  if (!Array.isArray(path) || !path.every((key) => typeof key === 'string' || isCount(key))) throw no('a path')
  if (kind !== 'tensor' && kind !== 'number' && kind !== 'boolean') throw no('a kind of leaf')
  if (!dtypes.includes(dtype as DType)) throw no('a dtype')
  if (!Array.isArray(shape) || shape.length > 64 || !shape.every(isCount)) throw no('a shape')
  if (!isCount(begin) || begin % 8 !== 0 || !isCount(bytes)) throw no('a place in the file')
  if (typeof hash !== 'string' || !/^[0-9a-f]{64}$/.test(hash)) throw no('a SHA-256')
  const type = { kind: kind as LeafEntry['kind'], dtype: dtype as DType, shape: shape as readonly number[] }
  const size = type.shape.reduce((product, n) => product * n, bytesPerElement[type.dtype])
  const scalar = kind === 'number' ? 'float64' : 'bool'
  if (size !== bytes || (kind !== 'tensor' && (shape.length > 0 || dtype !== scalar))) throw no('sizes that agree')
  return { path, ...type, begin, bytes, sha256: hash }
}

/** The tree with values for numbers of leaves; each number has to come once, in order, at the path of its leaf. */
const fill = (
  skeleton: unknown,
  entries: readonly LeafEntry[],
  values: readonly unknown[],
  refuse: Refuse,
): unknown => {
  let next = 0
  const build = (x: unknown, path: tree.Path): unknown => {
    if (path.length > maximumDepth) throw refuse('header', null, `a tree at most ${maximumDepth} deep`, 'a deeper one')
    if (x === null) return null
    if (Array.isArray(x)) return x.map((child, i) => build(child, [...path, i]))
    if (isRecord(x)) {
      const keys = Object.keys(x).sort()
      return Object.fromEntries(keys.map((key) => [key, build(x[key], [...path, key])]))
    }
    const place = tree.showPath(path)
    if (x !== next || next >= entries.length) throw refuse('header', place, `leaf ${next}`, JSON.stringify(x))
    const named = entries[next]?.path ?? []
    if (named.length !== path.length || named.some((key, i) => key !== path[i])) {
      throw refuse('header', place, 'a leaf of that path', tree.showPath(named))
    }
    return values[next++]
  }
  const built = build(skeleton, [])
  if (next !== entries.length) throw refuse('header', null, `${entries.length} leaves in the tree`, String(next))
  return built
}

/** The header, after its hash. */
const readHeader = (bytes: Uint8Array, refuse: Refuse): readonly [Readonly<Record<string, unknown>>, number] => {
  const size = `${bytes.length} bytes`
  if (bytes.length < preambleBytes) throw refuse('truncated', null, `at least ${preambleBytes} bytes`, size)
  if (magic.some((byte, i) => bytes[i] !== byte)) {
    throw refuse('magic', null, `the magic ${hex(magic)}`, hex(bytes.subarray(0, 8)))
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const [written, length] = [view.getUint32(8, true), view.getUint32(12, true)]
  if (written !== version) throw refuse('version', null, `version ${version}`, String(written))
  const end = preambleBytes + length
  if (end > bytes.length) throw refuse('truncated', null, `a header of ${length} bytes`, size)
  const header = bytes.subarray(preambleBytes, end)
  const hash = sha256(bytes.subarray(0, 16), header)
  if (hash.some((byte, i) => byte !== bytes[16 + i])) {
    throw refuse('hash', 'the header', `SHA-256 ${hex(bytes.subarray(16, 48))}`, hex(hash))
  }
  let value: unknown
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(header))
  } catch {
    throw refuse('header', null, 'a header in JSON', 'other text')
  }
  if (!isRecord(value)) throw refuse('header', null, 'a record', typeof value)
  return [value, end]
}

const checkZeros = (bytes: Uint8Array, from: number, to: number, refuse: Refuse): void => {
  for (let i = from; i < to; i++) {
    if (bytes[i] !== 0) throw refuse('hash', null, `a zero between leaves, at byte ${i}`, String(bytes[i]))
  }
}

const arrays = {
  float32: Float32Array,
  float64: Float64Array,
  int32: Int32Array,
  uint32: Uint32Array,
  uint8: Uint8Array,
  bool: Uint8Array,
} as const

const valueOf = ({ kind, dtype, shape }: LeafEntry, data: Uint8Array): unknown => {
  // A copy, since elements have to begin at a multiple of their width.
  const { buffer } = turned(data, bytesPerElement[dtype])
  const numbers = new arrays[dtype](buffer as ArrayBuffer)
  if (kind === 'number') return numbers[0]
  return kind === 'boolean' ? numbers[0] === 1 : np.array(numbers, { dtype }).reshape([...shape])
}

const readMetadata = (value: unknown, refuse: Refuse): Json => {
  try {
    return metadataFromJson(value)
  } catch (cause) {
    throw refuse(
      'header',
      'metadata',
      'metadata that was written here',
      cause instanceof Error ? cause.message : 'other',
    )
  }
}

const decode = (bytes: Uint8Array, refuse: Refuse, check: (entries: readonly LeafEntry[]) => void) => {
  const [header, headerEnd] = readHeader(bytes, refuse)
  if (!Array.isArray(header.leaves)) throw refuse('header', null, 'a list of leaves', typeof header.leaves)
  const entries = header.leaves.map((entry, i) => readEntry(entry, i, refuse))
  check(entries)
  const start = aligned(headerEnd)
  let reached = headerEnd
  for (const { path, begin, bytes: size } of entries) {
    const [leaf, from] = [tree.showPath(path), start + begin]
    if (from !== aligned(reached)) throw refuse('header', leaf, `byte ${aligned(reached)} as its first`, String(from))
    if (from + size > bytes.length)
      throw refuse('truncated', leaf, `bytes up to ${from + size}`, `${bytes.length} bytes`)
    checkZeros(bytes, reached, from, refuse)
    reached = from + size
  }
  const end = entries.length === 0 ? start : reached
  if (bytes.length < end) throw refuse('truncated', null, `${end} bytes`, `${bytes.length} bytes`)
  if (bytes.length > end) throw refuse('trailing', null, `${end} bytes`, `${bytes.length} bytes`)
  checkZeros(bytes, reached, end, refuse)
  const values = entries.map((entry) => {
    const data = bytes.subarray(start + entry.begin, start + entry.begin + entry.bytes)
    const hash = hex(sha256(data))
    if (hash !== entry.sha256) {
      throw refuse('hash', tree.showPath(entry.path), `SHA-256 ${entry.sha256}`, hash)
    }
    if (entry.dtype === 'bool' && data.some((byte) => byte > 1)) {
      throw refuse('header', tree.showPath(entry.path), 'bytes 0 and 1 for booleans', 'others')
    }
    return valueOf(entry, data)
  })
  return { tree: fill(header.tree, entries, values, refuse), metadata: readMetadata(header.metadata ?? null, refuse) }
}

/**
 * The tree and metadata of a checkpoint. Every bit of the file is covered by a check. With `like`, a tree of another structure,
 * shape or dtype is refused before any numbers are read; without it, the tree is what the file says.
 * @param bytes the whole file
 * @returns on the left what is wrong, with the path of the leaf
 * @example
 * const bytes = encodeCheckpoint({ w: np.ones([2]), step: 3 })
 * const good = decodeCheckpoint(bytes, { file: 'memory', like: { w: np.zeros([2]), step: 0 } })
 * E.isRight(good) && good.right.tree // { w: [1, 1], step: 3 }
 * const bad = decodeCheckpoint(bytes, { file: 'memory', like: { w: np.zeros([3]), step: 0 } })
 * E.isLeft(bad) && [bad.left.kind, bad.left.leaf, bad.left.found] // ['shape', 'tree.w', 'float32[2]']
 */
export const decodeCheckpoint = operation(
  'decodeCheckpoint',
  { at: 1, names: ['file', 'like'] },
  <T = unknown>(
    bytes: Uint8Array,
    { file, like }: DecodeCheckpointOptions<T>,
  ): E.Either<CheckpointError, Checkpoint<T>> => {
    const refuse: Refuse = (kind, leaf, expected, found) => {
      const cure = kind === 'magic' ? foreign : kind === 'version' ? newer : damaged
      return new Refusal(checkpointError(kind, { file, leaf, expected, found, cure }))
    }
    const check = (entries: readonly LeafEntry[]): void => {
      const error = like === undefined ? null : checkLike(entries, like, file)
      if (error !== null) throw new Refusal(error)
    }
    try {
      const checkpoint = decode(bytes, refuse, check)
      if (like !== undefined && !tree.structure(checkpoint.tree).equals(tree.structure(like))) {
        // The leaves agree, so what differs are empty containers.
        const [expected, found] = [String(tree.structure(like)), String(tree.structure(checkpoint.tree))]
        const cure = 'Load it with the model that it was saved with.'
        return E.left(checkpointError('tree', { file, leaf: null, expected, found, cure }))
      }
      return E.right(checkpoint as Checkpoint<T>)
    } catch (thrown) {
      if (thrown instanceof Refusal) return E.left(thrown.error)
      throw thrown
    }
  },
)
