import { np, operation, type Tensor } from '@puregrad/core'
import type { Either } from 'fp-ts/lib/Either.js'
import type { DataError } from '../bytes/data-error.js'
import { brief, damaged, decoding, type Named, type Refuse, refusing, strictUtf8 } from '../bytes/decoding.js'
import { isRecord, strictJson } from '../bytes/strict-json.js'
import { bytesOfFormat, countOf, type ElementFormat, shapeFrom, tensorFrom } from './elements.js'
import type { NamedTensors } from './named.js'

/** A model of TensorFlow.js: its weights, and its layers as Keras describes them. */
export interface TfjsModel {
  readonly tensors: NamedTensors
  /** `modelTopology` of model.json, as it stands there. */
  readonly topology: unknown
}

interface Quantization {
  readonly format: ElementFormat
  readonly scale: number
  readonly min: number
}

interface Weight {
  readonly name: string
  readonly shape: readonly number[]
  readonly format: ElementFormat
  readonly quantization: Quantization | null
}

interface Group {
  readonly paths: readonly string[]
  readonly weights: readonly Weight[]
}

const formats: ReadonlyMap<unknown, ElementFormat> = new Map([
  ['float32', 'f32'],
  ['int32', 'i32'],
  ['bool', 'bool'],
  ['uint8', 'u8'],
  ['uint16', 'u16'],
  ['float16', 'f16'],
])

const arrayOf = (value: unknown, what: string, refuse: Refuse): readonly unknown[] => {
  if (Array.isArray(value)) return value
  throw refuse(
    'syntax',
    `${what} to be an array`,
    value === undefined ? 'none' : typeof value,
    'Is it the model.json of TensorFlow.js?',
  )
}

/** A shard lies beside model.json or below it: no path leads elsewhere. */
const checkPath = (path: unknown, refuse: Refuse): string => {
  if (typeof path === 'string' && path !== '' && !/^[/\\]|^[a-z]+:|(^|[/\\])\.\.([/\\]|$)|\0/i.test(path)) return path
  throw refuse(
    'value',
    'paths of shards below the folder of model.json',
    brief(path),
    'Put the shards beside model.json and name them so.',
  )
}

const readQuantization = (value: unknown, what: string, refuse: Refuse): Quantization | null => {
  if (value === undefined || value === null) return null
  const format = isRecord(value) ? formats.get(value.dtype) : undefined
  if (isRecord(value) && format === 'f16') return { format, scale: 1, min: 0 }
  if (
    isRecord(value) &&
    (format === 'u8' || format === 'u16') &&
    Number.isFinite(value.scale) &&
    Number.isFinite(value.min)
  ) {
    return { format, scale: value.scale as number, min: value.min as number }
  }
  throw refuse(
    'unsupported',
    `${what}: quantization to uint8 or uint16 with scale and min, or float16`,
    brief(value),
    'Convert the model without quantization.',
  )
}

const readWeight = (value: unknown, refuse: Refuse): Weight => {
  if (!isRecord(value) || typeof value.name !== 'string')
    throw refuse('syntax', 'weights with a name', brief(value), damaged)
  const what = `weight ${JSON.stringify(value.name.slice(0, 80))}`
  const format = formats.get(value.dtype)
  if (format === undefined || format === 'u16' || format === 'f16') {
    throw refuse(
      'unsupported',
      `${what}: float32, int32, uint8 or bool`,
      brief(value.dtype),
      'Convert the model to float32.',
    )
  }
  const quantization = readQuantization(value.quantization, what, refuse)
  if (quantization !== null && format !== 'f32' && format !== 'i32') {
    throw refuse(
      'unsupported',
      `${what}: quantized float32 or int32`,
      `quantized ${value.dtype}`,
      'Convert the model without quantization.',
    )
  }
  return { name: value.name, shape: shapeFrom(value.shape, what, refuse), format, quantization }
}

const readModel = (
  json: Uint8Array,
  refuse: Refuse,
): { readonly groups: readonly Group[]; readonly topology: unknown } => {
  const model = strictJson(strictUtf8(json, 'model.json', refuse), 'model.json', refuse)
  if (!isRecord(model)) throw refuse('syntax', 'a JSON object', typeof model, 'Is it the model.json of TensorFlow.js?')
  const groups = arrayOf(model.weightsManifest, 'weightsManifest', refuse).map((group): Group => {
    if (!isRecord(group)) throw refuse('syntax', 'weightsManifest to hold objects', typeof group, damaged)
    return {
      paths: arrayOf(group.paths, 'paths', refuse).map((path) => checkPath(path, refuse)),
      weights: arrayOf(group.weights, 'weights', refuse).map((weight) => readWeight(weight, refuse)),
    }
  })
  return { groups, topology: model.modelTopology ?? null }
}

const joined = (parts: readonly Uint8Array[]): Uint8Array => {
  const [only] = parts
  if (parts.length === 1 && only !== undefined) return only
  const out = new Uint8Array(parts.reduce((n, part) => n + part.length, 0))
  let at = 0
  for (const part of parts) {
    out.set(part, at)
    at += part.length
  }
  return out
}

const dequantized = (x: Tensor, { scale, min }: Quantization, format: ElementFormat): Tensor => {
  // In float64, then rounded once, as TensorFlow.js does.
  const values = Float64Array.from(x.data(), (q) => q * scale + min)
  const data = format === 'i32' ? Int32Array.from(values, Math.round) : Float32Array.from(values)
  return np.array(data).reshape(x.shape)
}

/** The weights of a group lie one after the other in its shards, across their borders. */
const readGroup = (
  { paths, weights }: Group,
  shards: ReadonlyMap<string, Uint8Array>,
  refuse: Refuse,
): readonly (readonly [string, Tensor])[] => {
  const parts = paths.map((path) => {
    const shard = shards.get(path)
    if (shard !== undefined) return shard
    throw refuse(
      'missing',
      `the shard ${path}`,
      [...shards.keys()].slice(0, 12).join(', ') || 'none',
      'Put it beside model.json.',
    )
  })
  const sizes = weights.map(
    ({ shape, format, quantization }) => countOf(shape) * bytesOfFormat(quantization?.format ?? format),
  )
  const needed = sizes.reduce((sum, size) => sum + size, 0)
  const held = parts.reduce((sum, part) => sum + part.length, 0)
  if (needed !== held) {
    throw refuse(
      held < needed ? 'truncated' : 'trailing',
      `${needed} bytes in ${paths.join(', ').slice(0, 80)}`,
      `${held} bytes`,
      damaged,
    )
  }
  const bytes = joined(parts)
  let at = 0
  return weights.map(({ name, shape, format, quantization }, i) => {
    const slice = bytes.subarray(at, at + (sizes[i] as number))
    at += slice.length
    const x = tensorFrom(
      slice,
      quantization?.format ?? format,
      shape,
      `weight ${JSON.stringify(name.slice(0, 80))}`,
      refuse,
    )
    return [name, quantization === null || quantization.format === 'f16' ? x : dequantized(x, quantization, format)]
  })
}

/**
 * Decodes a model of TensorFlow.js (layers or graph model): the weights that model.json lists, out of the shards it names.
 * Weights quantized to uint8, uint16 or float16 become what they were: float32 or int32.
 * @param json the bytes of model.json  @param shards the bytes of every shard by the path that model.json gives it
 * @example
 * const weights = [{ name: 'w', shape: [2], dtype: 'float32' }]
 * const json = new TextEncoder().encode(JSON.stringify({ weightsManifest: [{ paths: ['a.bin'], weights }] }))
 * const decoded = decodeTfjs(json, new Map([['a.bin', new Uint8Array(8)]]), { file: 'model.json' })
 * E.isRight(decoded) && decoded.right.tensors.get('w')?.toArray() // [0, 0]
 */
export const decodeTfjs = operation(
  'weights.decodeTfjs',
  { at: 2, names: ['file'] },
  (json: Uint8Array, shards: ReadonlyMap<string, Uint8Array>, { file }: Named): Either<DataError, TfjsModel> =>
    decoding(() => {
      const refuse = refusing(file)
      const { groups, topology } = readModel(json, refuse)
      const tensors = new Map<string, Tensor>()
      for (const [name, x] of groups.flatMap((group) => readGroup(group, shards, refuse))) {
        if (tensors.has(name))
          throw refuse('duplicate', 'every weight once', `${JSON.stringify(name.slice(0, 80))} twice`, damaged)
        tensors.set(name, x)
      }
      return { tensors, topology }
    }),
)

/**
 * The paths of all shards that model.json names, each once.
 * @internal
 */
export const shardPaths = (json: Uint8Array, { file }: Named): Either<DataError, readonly string[]> =>
  decoding(() => [...new Set(readModel(json, refusing(file)).groups.flatMap(({ paths }) => paths))])
