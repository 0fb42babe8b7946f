/** The element types of files, and what becomes of each: the numbers of a tensor, widened where we have no such dtype. */
import { type DType, np, type Shape, type Tensor } from '@puregrad/core'
import { brief, type Refuse } from '../bytes/decoding.js'

export type ElementFormat =
  | 'bool'
  | 'u8'
  | 'i8'
  | 'u16'
  | 'i16'
  | 'u32'
  | 'i32'
  | 'u64'
  | 'i64'
  | 'f16'
  | 'bf16'
  | 'f32'
  | 'f64'

const bytes: Readonly<Record<ElementFormat, 1 | 2 | 4 | 8>> = {
  bool: 1,
  u8: 1,
  i8: 1,
  u16: 2,
  i16: 2,
  u32: 4,
  i32: 4,
  u64: 8,
  i64: 8,
  f16: 2,
  bf16: 2,
  f32: 4,
  f64: 8,
}

/** The format in which a tensor's elements are written: no widening, so that reading gives the same tensor. */
export const formatOf: Readonly<Record<DType, ElementFormat>> = {
  bool: 'bool',
  uint8: 'u8',
  uint32: 'u32',
  int32: 'i32',
  float32: 'f32',
  float64: 'f64',
}

export const bytesOfFormat = (format: ElementFormat): number => bytes[format]

/** More axes than NumPy has (64) are a damaged header. */
const maximumRank = 64

const isSize = (n: unknown): n is number => typeof n === 'number' && Number.isSafeInteger(n) && n >= 0

/** Sizes from a header, checked. */
export const shapeFrom = (value: unknown, what: string, refuse: Refuse): Shape => {
  if (!Array.isArray(value) || value.length > maximumRank || !value.every(isSize)) {
    throw refuse(
      'dimensions',
      `${what}: a shape of at most ${maximumRank} whole numbers ≥ 0`,
      brief(value),
      'The header is damaged. Download the file again.',
    )
  }
  return value.map((n: number) => n + 0)
}

/** The number of elements: 0 if any size is, whatever the others. */
export const countOf = (shape: Shape): number => (shape.includes(0) ? 0 : shape.reduce((n, size) => n * size, 1))

/** float16 as float32: sign, 5 bits of exponent, 10 of fraction (IEEE 754-2019, binary16). Exact. */
const fromHalf = (h: number): number => {
  const sign = h & 0x8000 ? -1 : 1
  const exponent = (h >> 10) & 31
  const fraction = h & 0x3ff
  if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN
  return exponent === 0 ? sign * fraction * 2 ** -24 : sign * (1 + fraction / 1024) * 2 ** (exponent - 15)
}

const swap = (array: Uint8Array, width: number): void => {
  for (let i = 0; i < array.length; i += width) array.subarray(i, i + width).reverse()
}

/** 64-bit integers that are 32-bit ones, by their halves. */
const narrow = (words: Uint32Array, signed: boolean, what: string, refuse: Refuse): Int32Array | Uint32Array => {
  const out = new (signed ? Int32Array : Uint32Array)(words.length / 2)
  for (let i = 0; i < out.length; i++) {
    const low = words[2 * i] as number
    const high = words[2 * i + 1] as number
    if (high !== (signed && low >>> 31 === 1 ? 0xffffffff : 0)) {
      const value = signed
        ? BigInt.asIntN(64, (BigInt(high) << 32n) | BigInt(low))
        : (BigInt(high) << 32n) | BigInt(low)
      throw refuse(
        'value',
        `${what}: 64-bit integers that fit ${signed ? 'int32' : 'uint32'}`,
        `${value} at index ${i}`,
        'There are no 64-bit integers here. Convert it to float64 where it was made.',
      )
    }
    out[i] = low
  }
  return out
}

const checkBools = (array: Uint8Array, what: string, refuse: Refuse): void => {
  const wrong = array.findIndex((b) => b > 1)
  if (wrong < 0) return
  throw refuse('value', `${what}: booleans of 0 or 1`, `${array[wrong]} at index ${wrong}`, 'Is the dtype really bool?')
}

/**
 * The tensor in exactly these bytes, which need no alignment and are copied. float16 and bfloat16 become float32, 8- and
 * 16-bit integers int32 (uint16: uint32), 64-bit integers int32 or uint32 if all of them fit.
 */
export const tensorFrom = (
  source: Uint8Array,
  format: ElementFormat,
  shape: Shape,
  what: string,
  refuse: Refuse,
  bigEndian = false,
): Tensor => {
  const copy = new Uint8Array(source)
  if (bigEndian) swap(copy, bytes[format])
  const { buffer } = copy
  const numbers = (): Parameters<typeof np.array>[0] => {
    switch (format) {
      case 'bool':
        checkBools(copy, what, refuse)
        return copy
      case 'u8':
        return copy
      case 'i8':
        return Int32Array.from(new Int8Array(buffer))
      case 'u16':
        return Uint32Array.from(new Uint16Array(buffer))
      case 'i16':
        return Int32Array.from(new Int16Array(buffer))
      case 'u32':
        return new Uint32Array(buffer)
      case 'i32':
        return new Int32Array(buffer)
      case 'u64':
      case 'i64':
        return narrow(new Uint32Array(buffer), format === 'i64', what, refuse)
      case 'f16':
        return Float32Array.from(new Uint16Array(buffer), fromHalf)
      case 'bf16':
        // bfloat16 is the upper half of a float32.
        return new Float32Array(Uint32Array.from(new Uint16Array(buffer), (b) => b << 16).buffer)
      case 'f32':
        return new Float32Array(buffer)
      case 'f64':
        return new Float64Array(buffer)
    }
  }
  return np.array(numbers(), format === 'bool' ? { dtype: 'bool' } : {}).reshape(shape)
}

/** The elements of a tensor as little-endian bytes, row-major. */
export const bytesFrom = (x: Tensor): Uint8Array => {
  const data = x.data()
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
}
