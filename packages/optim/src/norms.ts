/** Euclidean norms of numbers of any size, with derivative 0 where they are 0. */
import { np, stopGradient, type Tensor, tree } from '@puregrad/core'

type Axis = number | readonly number[] | null

// From `far` on, squares of numbers and of their inverses could leave the format; times `factor` or its inverse they do not.
const float32 = { far: 2 ** 40, factor: 2 ** 96 }
const float64 = { far: 2 ** 300, factor: 2 ** 700 }

/** A power of two and its inverse, which change no digit: 1 unless the largest of some numbers is far from it. */
const unitOf = (largest: Tensor): { readonly unit: Tensor; readonly inverse: Tensor } => {
  const dtype = largest.dtype === 'float64' ? 'float64' : 'float32'
  const { far, factor } = dtype === 'float64' ? float64 : float32
  const number = (value: number): Tensor => np.array(value, { dtype })
  const choose = (huge: number, tiny: number): Tensor =>
    np.where(largest.gt(far), number(huge), np.where(largest.lt(1 / far), number(tiny), number(1)))
  return { unit: choose(factor, 1 / factor), inverse: choose(1 / factor, factor) }
}

const largestOf = (x: Tensor, axis: Axis): Tensor =>
  np.max(np.abs(stopGradient(x)), { axis, keepdims: axis !== null, initial: 0 })

/** √x with derivative 0 at 0, where the root's own is infinite. */
const rootOf = (x: Tensor): Tensor => {
  const none = x.eq(0)
  return np.where(none, 0, np.sqrt(np.where(none, 1, x)))
}

/** √Σ x², or √mean x²: of all elements with null, else along axes, which are kept. */
const lengthBy =
  (combine: typeof np.sum) =>
  (x: Tensor, axis: Axis = null): Tensor => {
    const { unit, inverse } = unitOf(largestOf(x, axis))
    return rootOf(combine(np.square(x.mul(inverse)), { axis, keepdims: axis !== null })).mul(unit)
  }

/** √Σ x². */
export const euclidean = lengthBy(np.sum)

/** √mean x². */
export const rootMeanSquare = lengthBy(np.mean)

/**
 * The Euclidean norm of all leaves together: √Σ x², of numbers of any size. Its derivative where all are 0 is 0.
 * @example globalNorm({ a: np.array([3]), b: np.array([4]) }).item() // 5
 */
export const globalNorm = (updates: unknown): Tensor => {
  const leaves = tree.leaves(updates) as readonly Tensor[]
  if (leaves.length === 0) return np.array(0)
  const { unit, inverse } = unitOf(leaves.map((x) => largestOf(x, null)).reduce((a, b) => np.maximum(a, b)))
  const squares = leaves.map((x) => np.sum(np.square(x.mul(inverse))))
  return rootOf(squares.reduce((total, square) => total.add(square))).mul(unit)
}
