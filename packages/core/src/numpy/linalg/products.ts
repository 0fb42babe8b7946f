/** Where `np.linalg` differs from `np`: the last two axes instead of the first, vectors only. */
import { ShapeError } from '../../errors.js'
import { reduceSum } from '../../primitives/sum.js'
import { showType } from '../../print.js'
import { type TensorLike, toTensor } from '../../tensor.js'
import { diagonalOf } from '../diagonal-view.js'
import { type DualBinary, type DualOptions, dualBinary, dualOptions } from '../dual.js'
import { outer as flattenedOuter } from '../products.js'
import { toNumeric } from '../promotion.js'

export interface OffsetOptions {
  /** How far above the main diagonal; negative below. */
  readonly offset?: number
}

/**
 * The diagonals of the last two axes.
 * @throws ShapeError without two axes
 * @example np.linalg.diagonal(np.array([[1, 2], [3, 4]])).toArray() // [1, 4]
 */
export const diagonal: DualOptions<OffsetOptions> = dualOptions(
  'linalg.diagonal',
  ['offset'],
  (x, { offset = 0 }: OffsetOptions) => diagonalOf('linalg.diagonal', toTensor(x), offset, -2, -1),
)

/**
 * The sums of the diagonals of the last two axes.
 * @throws ShapeError without two axes
 * @example np.linalg.trace(np.array([[1, 2], [3, 4]])).item() // 5
 */
export const trace: DualOptions<OffsetOptions> = dualOptions(
  'linalg.trace',
  ['offset'],
  (x, { offset = 0 }: OffsetOptions) => {
    const diagonals = diagonalOf('linalg.trace', toNumeric(x), offset, -2, -1)
    return reduceSum(diagonals, [diagonals.ndim - 1])
  },
)

const vector = (x: TensorLike): TensorLike => {
  const t = toTensor(x)
  if (t.ndim === 1) return t
  throw new ShapeError(`linalg.outer: takes vectors, not ${showType(t)}. np.outer flattens.`)
}

/**
 * xᵢ yⱼ of two vectors.
 * @throws ShapeError unless both are vectors
 * @example np.linalg.outer(np.array([1, 2]), np.array([3, 4])).toArray() // [[3, 4], [6, 8]]
 */
export const outer: DualBinary = dualBinary('linalg.outer', (x, y) => flattenedOuter(vector(x), vector(y)))
