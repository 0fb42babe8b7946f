/** Euclidean lengths of numbers of any size, with derivative 0 where they are 0. */
import { np, stopGradient, type Tensor } from '@puregrad/core'

type Axis = number | readonly number[] | null

/** From `far` on, squares of numbers and of their inverses could leave the format; times `factor` or its inverse they do not. */
const float32 = { far: 2 ** 40, factor: 2 ** 96 }
const float64 = { far: 2 ** 300, factor: 2 ** 700 }

/** A power of two for each slice, kept: numbers divided by it have squares that neither overflow nor vanish. 1 in the ordinary range. */
export interface Unit {
  readonly unit: Tensor
  readonly inverse: Tensor
}

/** The unit of what lies along an axis, of all with null. Exact, so that it changes no digit. */
export const unitOf = (x: Tensor, axis: Axis): Unit => {
  const { far, factor } = x.dtype === 'float64' ? float64 : float32
  const largest = np.max(np.abs(stopGradient(x)), { axis, keepdims: true, initial: 0 })
  const number = (value: number): Tensor => np.array(value, { dtype: x.dtype === 'float64' ? 'float64' : 'float32' })
  const choose = (huge: number, tiny: number): Tensor =>
    np.where(largest.gt(far), number(huge), np.where(largest.lt(1 / far), number(tiny), number(1)))
  return { unit: choose(factor, 1 / factor), inverse: choose(1 / factor, factor) }
}

/** √x with derivative 0 at 0, where the root's own is infinite. */
export const safeRoot = (x: Tensor): Tensor => {
  const none = x.eq(0)
  return np.where(none, 0, np.sqrt(np.where(none, 1, x)))
}
