import { operation, RangeError } from '@puregrad/core'
import type { Either } from 'fp-ts/lib/Either.js'
import type { DataError } from '../bytes/data-error.js'
import { brief, damaged, decoding, type Named, type Refuse, refusing, strictUtf8 } from '../bytes/decoding.js'
import { isRecord, strictJson } from '../bytes/strict-json.js'
import { bytesFrom, bytesOfFormat, countOf, type ElementFormat, formatOf, shapeFrom, tensorFrom } from './elements.js'
import { entriesOf, type ReadTensors, readTensors, type TensorsByName } from './named.js'

/** What a safetensors file holds. */
export interface Safetensors {
  readonly tensors: ReadTensors
  /** Free text by key, such as the licence. */
  readonly metadata: ReadonlyMap<string, string>
}

const formats: ReadonlyMap<unknown, ElementFormat> = new Map([
  ['BOOL', 'bool'],
  ['U8', 'u8'],
  ['I8', 'i8'],
  ['U16', 'u16'],
  ['I16', 'i16'],
  ['U32', 'u32'],
  ['I32', 'i32'],
  ['U64', 'u64'],
  ['I64', 'i64'],
  ['F16', 'f16'],
  ['BF16', 'bf16'],
  ['F32', 'f32'],
  ['F64', 'f64'],
])

/** The reference implementation refuses longer headers (safetensors, tensor.rs, MAX_HEADER_SIZE). */
const maximumHeader = 100_000_000

interface Entry {
  readonly name: string
  /** None if there is no tensor of such numbers here. */
  readonly format: ElementFormat | undefined
  readonly dtype: unknown
  readonly shape: readonly number[]
  readonly begin: number
  readonly end: number
}

const readHeader = (bytes: Uint8Array, refuse: Refuse): readonly [Readonly<Record<string, unknown>>, number] => {
  if (bytes.length < 8)
    throw refuse('truncated', '8 bytes that say how long the header is', `${bytes.length} bytes`, damaged)
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const length = view.getUint32(0, true) + 2 ** 32 * view.getUint32(4, true)
  if (length > maximumHeader) {
    const cure = 'The first bytes are not those of a safetensors file. Is this the right file?'
    throw refuse('magic', `a header of at most ${maximumHeader} bytes`, `one of ${length}`, cure)
  }
  if (length > bytes.length - 8)
    throw refuse('truncated', `a header of ${length} bytes`, `${bytes.length - 8} bytes`, damaged)
  const header = strictJson(strictUtf8(bytes.subarray(8, 8 + length), 'a header', refuse), 'a header', refuse)
  if (!isRecord(header)) throw refuse('syntax', 'a header that is a JSON object', typeof header, damaged)
  return [header, 8 + length]
}

const readEntry = (name: string, value: unknown, refuse: Refuse): Entry => {
  const what = `tensor ${JSON.stringify(name.slice(0, 80))}`
  if (!isRecord(value)) throw refuse('syntax', `${what}: dtype, shape and data_offsets`, typeof value, damaged)
  const shape = shapeFrom(value.shape, what, refuse)
  const [begin, end] = shapeFrom(value.data_offsets, `${what} data_offsets`, refuse)
  if (begin === undefined || end === undefined || begin > end) {
    throw refuse('dimensions', `${what}: data_offsets [begin, end] in this order`, brief(value.data_offsets), damaged)
  }
  const format = formats.get(value.dtype)
  if (typeof value.dtype !== 'string') throw refuse('syntax', `${what}: a dtype`, brief(value.dtype), damaged)
  const size = format === undefined ? end - begin : countOf(shape) * bytesOfFormat(format)
  if (size !== end - begin) {
    throw refuse('mismatch', `${what}: ${size} bytes for ${value.dtype} [${shape}]`, `${end - begin} bytes`, damaged)
  }
  return { name, format, dtype: value.dtype, shape, begin, end }
}

/** The entries have to follow one another and fill the rest of the file: no gap, no overlap, nothing outside. */
const checkLayout = (entries: readonly Entry[], size: number, refuse: Refuse): void => {
  let reached = 0
  for (const { name, begin, end } of [...entries].sort((a, b) => a.begin - b.begin || a.end - b.end)) {
    if (begin !== reached) {
      const expected = `tensor ${JSON.stringify(name.slice(0, 80))} to begin where the last one ends, at byte ${reached}`
      throw refuse('overlap', expected, `${begin}: ${begin < reached ? 'an overlap' : 'a gap'}`, damaged)
    }
    reached = end
  }
  if (reached > size) throw refuse('truncated', `${reached} bytes of data`, `${size} bytes`, damaged)
  if (reached < size) throw refuse('trailing', `${reached} bytes of data`, `${size} bytes`, damaged)
}

const readMetadata = (value: unknown, refuse: Refuse): ReadonlyMap<string, string> => {
  if (value === undefined) return new Map()
  if (!isRecord(value)) throw refuse('syntax', '__metadata__ to be an object', typeof value, damaged)
  return new Map(
    Object.entries(value).map(([key, text]) => {
      if (typeof text === 'string') return [key, text]
      throw refuse('syntax', `__metadata__ ${JSON.stringify(key.slice(0, 80))} to be a string`, typeof text, damaged)
    }),
  )
}

/**
 * Decodes a safetensors file: 8 bytes of header length, a JSON header, then the elements of one tensor after the other,
 * little-endian. Duplicate keys, gaps, overlaps and sizes that do not add up are refused. BF16 and F16 become float32,
 * I8 and I16 int32, U16 uint32; I64 and U64 become int32 and uint32 if all their numbers fit.
 * Tensors of F8, F4, complex and unknown dtypes do not close the others: `tensors.leftOut` lists them, each with its error,
 * and `tensorNamed` gives that error when one is asked for.
 * @param bytes the whole file; alignment does not matter
 * @example
 * const decoded = decodeSafetensors(encodeSafetensors({ w: np.ones([2]) }), { file: 'w.safetensors' })
 * E.isRight(decoded) && decoded.right.tensors.get('w')?.toArray() // [1, 1]
 */
export const decodeSafetensors = operation(
  'weights.decodeSafetensors',
  { at: 1, names: ['file'] },
  (bytes: Uint8Array, { file }: Named): Either<DataError, Safetensors> =>
    decoding(() => {
      const refuse = refusing(file)
      const [header, start] = readHeader(bytes, refuse)
      const metadata = readMetadata(Object.hasOwn(header, '__metadata__') ? header.__metadata__ : undefined, refuse)
      const entries = Object.entries(header)
        .filter(([name]) => name !== '__metadata__')
        .map(([name, value]) => readEntry(name, value, refuse))
      checkLayout(entries, bytes.length - start, refuse)
      const tensors = readTensors(
        file,
        entries.map(({ name, format, dtype, shape, begin, end }) => [
          name,
          () => {
            const what = `tensor ${JSON.stringify(name.slice(0, 80))}`
            if (format !== undefined)
              return tensorFrom(bytes.subarray(start + begin, start + end), format, shape, what, refuse)
            const known = `${what}: a dtype of ${[...formats.keys()].join(', ')}`
            throw refuse('unsupported', known, brief(dtype), 'Convert it to one of these where it was made.')
          },
        ]),
      )
      return { tensors, metadata }
    }),
)

const dtypeNames = { bool: 'BOOL', u8: 'U8', u32: 'U32', i32: 'I32', f32: 'F32', f64: 'F64' } as const

/** Names that are valid UTF-16, so that no two of them become one in UTF-8. */
const checkName = (name: string): void => {
  if (name === '__metadata__') {
    throw new RangeError('encodeSafetensors: __metadata__ names the metadata, no tensor. Give the tensor another name.')
  }
  if (/\p{Surrogate}/u.test(name)) {
    throw new RangeError(
      `encodeSafetensors: the name ${JSON.stringify(name)} is no valid text. Leave its lone surrogates out.`,
    )
  }
}

/**
 * The bytes of a safetensors file: the inverse of `decodeSafetensors`. Wide elements come first, so that all are aligned,
 * then it goes by name: the same tensors give the same bytes in whatever order they come.
 * @throws RangeError for a tensor named `__metadata__` or a name that is no valid text
 * @example encodeSafetensors({ w: np.ones([2]) }, { licence: 'MIT' }).length // 104
 */
export const encodeSafetensors = (
  tensors: TensorsByName,
  metadata: Readonly<Record<string, string>> | ReadonlyMap<string, string> = {},
): Uint8Array => {
  const entries = entriesOf(tensors).map(([name, x]) => {
    checkName(name)
    return { name, x, format: formatOf[x.dtype] as keyof typeof dtypeNames }
  })
  entries.sort((a, b) => bytesOfFormat(b.format) - bytesOfFormat(a.format) || (a.name < b.name ? -1 : 1))
  const texts = metadata instanceof Map ? [...(metadata as ReadonlyMap<string, string>)] : Object.entries(metadata)
  let offset = 0
  const described = entries.map(({ name, x, format }): readonly [string, unknown] => {
    const begin = offset
    offset += x.size * bytesOfFormat(format)
    return [name, { dtype: dtypeNames[format], shape: x.shape, data_offsets: [begin, offset] }]
  })
  const all = texts.length === 0 ? described : [['__metadata__', Object.fromEntries(texts)] as const, ...described]
  // Written member by member: a record would move names such as "0" to the front and lose "__proto__".
  const json = `{${all.map(([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value)}`).join(',')}}`
  const header = new TextEncoder().encode(json)
  const padded = Math.ceil(header.length / 8) * 8
  const out = new Uint8Array(8 + padded + offset).fill(0x20, 8, 8 + padded)
  new DataView(out.buffer).setUint32(0, padded, true)
  out.set(header, 8)
  let position = 8 + padded
  for (const { x } of entries) {
    const elements = bytesFrom(x)
    out.set(elements, position)
    position += elements.length
  }
  return out
}
