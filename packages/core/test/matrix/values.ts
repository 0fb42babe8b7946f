/** Arguments for samples: numbers that look random, are the same in every run, and do not meet by accident. */
import { type DType, np, type Tensor } from '@puregrad/core'

const sizeOf = (shape: readonly number[]): number => shape.reduce((size, n) => size * n, 1)

/** Fractions of a Weyl sequence: no two are equal, and a different `seed` gives different ones. */
const fractions = (shape: readonly number[], seed: number): Float64Array =>
  Float64Array.from(
    { length: sizeOf(shape) },
    (_, i) => (0.5 + (i + 1) * 0.6180339887498949 + seed * 0.7548776662466927) % 1,
  )

/** float64 numbers between `low` and `high`. */
export const floats = (shape: readonly number[], low = -2, high = 2, seed = 1): Tensor =>
  np.reshape(np.array(fractions(shape, seed).map((u) => low + (high - low) * u)), shape)

/** float32 numbers between `low` and `high`. */
export const singles = (shape: readonly number[], low = -2, high = 2, seed = 1): Tensor =>
  np.reshape(np.array(Float32Array.from(fractions(shape, seed), (u) => low + (high - low) * u)), shape)

/** Whole numbers from `low` to `high − 1`, int32 unless said. */
export const integers = (
  shape: readonly number[],
  low = 0,
  high = 10,
  dtype: 'int32' | 'uint32' | 'uint8' = 'int32',
  seed = 1,
): Tensor => {
  const kinds = { int32: Int32Array, uint32: Uint32Array, uint8: Uint8Array }
  const whole = fractions(shape, seed).map((u) => Math.floor(low + (high - low) * u))
  return np.reshape(np.array(kinds[dtype].from(whole)), shape)
}

/** Booleans, about half of them true. */
export const booleans = (shape: readonly number[], seed = 1): Tensor =>
  np.reshape(
    np.array(
      Array.from(fractions(shape, seed), (u) => u < 0.5),
      { dtype: 'bool' },
    ),
    shape,
  )

/** These numbers, a float64 vector unless said. */
export const numbers = (
  values: readonly number[],
  shape: readonly number[] = [values.length],
  dtype: DType = 'float64',
): Tensor => np.reshape(np.array(values, { dtype }), shape)
