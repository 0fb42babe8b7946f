/** Element types, how JavaScript stores them, and JAX's promotion lattice. */
import { DTypeError, OutOfMemoryError } from './errors.js'

export type DType = 'float32' | 'float64' | 'int32' | 'uint32' | 'uint8' | 'bool'

export type TypedArray = Float32Array | Float64Array | Int32Array | Uint32Array | Uint8Array

interface DTypeInfo {
  readonly bytes: 1 | 4 | 8
  /** The suffix of its kernels. */
  readonly kernel: 'f32' | 'f64' | 'i32' | 'u32' | 'u8'
  readonly kind: 'float' | 'int' | 'uint' | 'bool'
  readonly array: new (from: number | TypedArray) => TypedArray
}

const info: Readonly<Record<DType, DTypeInfo>> = {
  float32: { bytes: 4, kernel: 'f32', kind: 'float', array: Float32Array },
  float64: { bytes: 8, kernel: 'f64', kind: 'float', array: Float64Array },
  int32: { bytes: 4, kernel: 'i32', kind: 'int', array: Int32Array },
  uint32: { bytes: 4, kernel: 'u32', kind: 'uint', array: Uint32Array },
  uint8: { bytes: 1, kernel: 'u8', kind: 'uint', array: Uint8Array },
  bool: { bytes: 1, kernel: 'u8', kind: 'bool', array: Uint8Array },
}

/** All dtypes, in promotion order. */
export const dtypes: readonly DType[] = Object.freeze(['bool', 'uint8', 'uint32', 'int32', 'float32', 'float64'])

const names: ReadonlySet<unknown> = new Set(dtypes)

export const isDType = (x: unknown): x is DType => names.has(x)
export const bytesOf = (dtype: DType): 1 | 4 | 8 => info[dtype].bytes
export const widthOf = (dtype: DType): 8 | 32 | 64 => (info[dtype].bytes * 8) as 8 | 32 | 64
export const kernelSuffix = (dtype: DType): DTypeInfo['kernel'] => info[dtype].kernel
export const isFloat = (dtype: DType): boolean => info[dtype].kind === 'float'
export const isInteger = (dtype: DType): boolean => info[dtype].kind === 'int' || info[dtype].kind === 'uint'
export const isUnsigned = (dtype: DType): boolean => info[dtype].kind === 'uint'
/** A fresh array with the elements of another of this dtype. */
export const copyArray = (dtype: DType, elements: TypedArray): TypedArray => {
  try {
    return new info[dtype].array(elements)
  } catch (cause) {
    throw arrayTooLarge(dtype, elements.length, cause)
  }
}

/** No kernel takes more numbers, so larger arrays are not tried: the system may kill who asks for them. */
const largestArray = 2 ** 31 - 1

/** Zeros. @throws OutOfMemoryError if no array is that large, or the system has no room for it */
export const allocate = (dtype: DType, size: number): TypedArray => {
  if (size > largestArray) throw arrayTooLarge(dtype, size, undefined)
  try {
    return new info[dtype].array(size)
  } catch (cause) {
    throw arrayTooLarge(dtype, size, cause)
  }
}

const arrayTooLarge = (dtype: DType, size: number, cause: unknown): OutOfMemoryError =>
  new OutOfMemoryError(
    `An array of ${size} numbers of dtype ${dtype} takes ${Math.ceil((size * bytesOf(dtype)) / 2 ** 20)} MiB, which JavaScript does not get. Work in smaller parts.`,
    { cause },
  )

const dtypesOfArrays: Readonly<Record<string, DType>> = {
  Float32Array: 'float32',
  Float64Array: 'float64',
  Int32Array: 'int32',
  Uint32Array: 'uint32',
  Uint8Array: 'uint8',
  Uint8ClampedArray: 'uint8',
}

/** What a typed array is called, whichever realm (an iframe, a `vm` context) it comes from. */
const nameOfArray = (array: ArrayBufferView): string => Object.prototype.toString.call(array).slice(8, -1)

/**
 * The dtype of a typed array. A `Uint8Array` is `uint8`, never `bool`.
 * @throws DTypeError for the kinds that have none, and for arrays whose buffer was transferred away
 */
export const dtypeOfArray = (array: ArrayBufferView): DType => {
  const name = nameOfArray(array)
  const dtype = Object.hasOwn(dtypesOfArrays, name) ? dtypesOfArrays[name] : undefined
  if (dtype === undefined) {
    throw new DTypeError(
      `array: a ${name} has no dtype here. Convert it first, e.g. Int32Array.from(x) or Float32Array.from(x).`,
    )
  }
  if ((array as TypedArray).length === 0 && isDetached(array)) {
    throw new DTypeError(
      `array: the buffer of this ${name} is detached, as after postMessage or structuredClone with transfer, so its numbers are gone. Copy it first, e.g. x.slice().`,
    )
  }
  return dtype
}

/** `true` if the array's buffer is gone. Not every engine has `ArrayBuffer.prototype.detached`. */
const isDetached = ({ buffer }: ArrayBufferView): boolean => {
  try {
    new Uint8Array(buffer)
    return false
  } catch {
    return true
  }
}

/** The join of two strong dtypes in JAX's lattice, with int64 folded onto int32. */
const join = (a: DType, b: DType): DType => {
  if (a === b) return a
  const [low, high] = dtypes.indexOf(a) < dtypes.indexOf(b) ? [a, b] : [b, a]
  return low === 'uint32' && high === 'int32' ? 'int32' : high
}

/** A dtype together with its weakness: weak ones (JS numbers) give way to the other operand's width. */
export interface Typed {
  readonly dtype: DType
  readonly weakType: boolean
}

const kindRank: Readonly<Record<DTypeInfo['kind'], number>> = { bool: 0, uint: 1, int: 1, float: 2 }

/**
 * The dtype of an operation on two operands by JAX's lattice: a weak operand adds its kind (integer or float) but no width.
 * @example promote({ dtype: 'uint8', weakType: false }, { dtype: 'float32', weakType: true }).dtype // 'float32'
 */
export const promote = (a: Typed, b: Typed): Typed => {
  if (a.weakType === b.weakType) return { dtype: join(a.dtype, b.dtype), weakType: a.weakType }
  const [weak, strong] = a.weakType ? [a, b] : [b, a]
  return kindRank[info[weak.dtype].kind] <= kindRank[info[strong.dtype].kind]
    ? { dtype: strong.dtype, weakType: false }
    : { dtype: weak.dtype, weakType: true }
}

/** The strong dtype that holds the values of all: `promoteTypes('int32', 'float32')` is `'float32'`. */
export const promoteTypes = (a: DType, b: DType): DType => join(a, b)
