/** What of Python's a file of PyTorch may name: storages, and what puts tensors together of them. Everything else is refused by its name. */
import { damaged, type Refuse } from '../../bytes/decoding.js'
import { type ElementFormat, shapeFrom } from '../elements.js'
import { type Allowed, Global, onlyTensors, shown } from './pickle.js'

/** The elements that lie at a key of the file. */
export interface Storage {
  readonly key: string
  /** What its elements are; undefined where there is no tensor of such, and for bytes of which tensors say it. */
  readonly format: ElementFormat | undefined
  readonly type: string
  readonly length: number
  /** Where it begins in a larger one, in elements. */
  readonly offset: number
}

/** A tensor that is not read yet. Sizes and strides are checked. */
export class StoredTensor {
  constructor(
    readonly storage: Storage,
    readonly offset: number,
    readonly shape: readonly number[],
    readonly strides: readonly number[],
  ) {}
}

/** torch's names of element types, by what they are here; the types of storages are called after them. */
const dtypes: ReadonlyMap<string, ElementFormat> = new Map([
  ['float32', 'f32'],
  ['float64', 'f64'],
  ['float16', 'f16'],
  ['bfloat16', 'bf16'],
  ['int64', 'i64'],
  ['int32', 'i32'],
  ['int16', 'i16'],
  ['int8', 'i8'],
  ['uint8', 'u8'],
  ['uint16', 'u16'],
  ['uint32', 'u32'],
  ['uint64', 'u64'],
  ['bool', 'bool'],
])

const storages: ReadonlyMap<string, ElementFormat> = new Map([
  ['FloatStorage', 'f32'],
  ['DoubleStorage', 'f64'],
  ['HalfStorage', 'f16'],
  ['BFloat16Storage', 'bf16'],
  ['LongStorage', 'i64'],
  ['IntStorage', 'i32'],
  ['ShortStorage', 'i16'],
  ['CharStorage', 'i8'],
  ['ByteStorage', 'u8'],
  ['BoolStorage', 'bool'],
])

/** Types of elements that torch has and of which there are no tensors here. */
const otherTypes =
  /^(complex(32|64|128)|c?(float|double|half)|q?u?int\d+(x\d)?|quint4x2|float8_\w+|bits\w+|long|short|int)$/
const otherStorages = /^(Complex(Float|Double)|QInt8|QUInt8|QInt32|QUInt4x2|QUInt2x4)Storage$/

/** A type, which is only a name. */
class TypeName {
  constructor(
    readonly name: string,
    readonly format: ElementFormat | undefined,
    readonly isStorage: boolean,
  ) {}
}

const isSize = (n: unknown): n is number => typeof n === 'number' && Number.isSafeInteger(n) && n >= 0

/** What a type or a device is among the values of a file: its name. */
export const nameOf = (value: unknown): string | undefined => (value instanceof TypeName ? value.name : undefined)

/** What a pickle of torch may name, and what becomes of it. */
export const torchGlobals = (refuse: Refuse): Allowed => {
  const wrong = (what: string, found: unknown) => refuse('syntax', what, shown(found), damaged)
  const sizesOf = (found: unknown, what: string): readonly number[] => {
    if (!Array.isArray(found) || !found.every(isSize)) throw wrong(`${what}: whole numbers from 0 up`, found)
    return shapeFrom(found, what, refuse)
  }
  const tensor = (args: readonly unknown[], format?: TypeName): StoredTensor => {
    const [storage, offset, size, stride] = args
    if (!isStorage(storage) || !isSize(offset)) throw wrong('a tensor of a storage and an offset', offset)
    const shape = sizesOf(size, 'sizes of a tensor')
    const strides = sizesOf(stride, 'strides of a tensor')
    if (strides.length !== shape.length) throw wrong(`${shape.length} strides`, stride)
    const typed = format === undefined ? storage : { ...storage, format: format.format, type: format.name }
    return new StoredTensor(typed, offset, shape, strides)
  }
  const first = ([value]: readonly unknown[]): unknown => value
  const callables: Readonly<Record<string, (args: readonly unknown[]) => unknown>> = {
    'collections.OrderedDict': ([pairs = []]) => {
      if (!Array.isArray(pairs) || !pairs.every((pair) => Array.isArray(pair) && pair.length === 2)) {
        throw wrong('an OrderedDict of pairs', pairs)
      }
      return new Map(pairs as (readonly [unknown, unknown])[])
    },
    'torch._utils._rebuild_tensor': (args) => tensor(args),
    'torch._utils._rebuild_tensor_v2': (args) => tensor(args),
    'torch._utils._rebuild_tensor_v3': (args) => {
      const [, , , , , , dtype] = args
      if (!(dtype instanceof TypeName) || dtype.isStorage) throw wrong('a dtype', dtype)
      return tensor(args, dtype)
    },
    'torch._utils._rebuild_parameter': first,
    'torch._utils._rebuild_parameter_with_state': first,
    'torch._tensor._rebuild_from_type_v2': ([rebuild, , args]) => {
      if (!(rebuild instanceof Global) || rebuild.call === undefined || !Array.isArray(args)) {
        throw wrong('a tensor with attributes', rebuild)
      }
      return rebuild.call(args)
    },
    'torch.Size': ([sizes]) => sizesOf(sizes, 'a size'),
    'torch.device': (args) => {
      if (!args.every((part) => typeof part === 'string' || typeof part === 'number')) throw wrong('a device', args)
      return args.join(':')
    },
    '_codecs.encode': ([text]) => {
      if (typeof text !== 'string') throw wrong('bytes as a text', text)
      return Uint8Array.from(text, (letter) => letter.charCodeAt(0))
    },
    'builtins.set': ([items = []]) => items,
    '__builtin__.set': ([items = []]) => items,
  }
  const types = new Set(['torch.Tensor', 'torch.nn.parameter.Parameter', 'torch.storage.UntypedStorage'])
  const typeOf = (name: string): TypeName | undefined => {
    if (types.has(name)) return new TypeName(name, undefined, name.endsWith('Storage'))
    if (!name.startsWith('torch.')) return undefined
    const own = name.slice('torch.'.length)
    const [dtype, storage] = [dtypes.get(own), storages.get(own)]
    if (dtype !== undefined || otherTypes.test(own)) return new TypeName(name, dtype, false)
    return storage !== undefined || otherStorages.test(own) ? new TypeName(name, storage, true) : undefined
  }
  return {
    global: (name) => {
      const call = Object.hasOwn(callables, name) ? callables[name] : undefined
      if (call !== undefined) return new Global(name, call)
      const type = typeOf(name)
      if (type !== undefined) return type
      throw refuse(
        'unsupported',
        "storages and tensors of torch's, dictionaries and lists",
        name.slice(0, 120),
        onlyTensors,
      )
    },
    persistent: (id) => {
      const [kind, type, key, , length, part] = Array.isArray(id) ? id : []
      if (kind !== 'storage' || !(type instanceof TypeName) || !type.isStorage || !isSize(length)) {
        throw wrong('a storage', kind)
      }
      if (typeof key !== 'string') throw wrong('the key of a storage', key)
      const whole: StoredPart = { key, format: type.format, type: type.name, length, offset: 0 }
      if (part === undefined || part === null) return new StoredPart(whole)
      const [, offset, size] = Array.isArray(part) ? part : []
      if (!isSize(offset) || !isSize(size) || offset + size > length) throw wrong('a part of a storage', offset)
      return new StoredPart({ ...whole, offset, length: size })
    },
  }
}

/** A storage on the stack of a pickle, which nothing else there is. */
class StoredPart implements Storage {
  readonly key: string
  readonly format: ElementFormat | undefined
  readonly type: string
  readonly length: number
  readonly offset: number
  constructor({ key, format, type, length, offset }: Storage) {
    this.key = key
    this.format = format
    this.type = type
    this.length = length
    this.offset = offset
  }
}
const isStorage = (value: unknown): value is Storage => value instanceof StoredPart
