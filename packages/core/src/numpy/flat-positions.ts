/** Positions per axis and positions in row-major order, one from the other. */

import { listOf } from '../checks.js'
import { RangeError, ShapeError } from '../errors.js'
import { named } from '../operation.js'
import { add, div, mul, rem } from '../primitives/arithmetic.js'
import { max, min } from '../primitives/maximum.js'
import { checkShape, type Shape, sizeOf, stridesOf } from '../shape.js'
import { ConcreteTensor, type Tensor, type TensorLike, uniform } from '../tensor.js'
import { array } from './array.js'
import { promoteAll } from './promotion.js'

/** Concrete positions are checked; traced ones are clipped into the range. */
const inside = (operation: string, positions: Tensor, n: number): Tensor => {
  if (positions instanceof ConcreteTensor) {
    for (const position of positions.elements()) {
      if (position < 0 || position >= n) {
        throw new RangeError(`${operation}: position ${position} is outside 0 to ${n - 1}.`)
      }
    }
    return positions
  }
  return min(max(positions, uniform(0, positions)), uniform(n - 1, positions))
}

/**
 * Positions per axis of positions in row-major order: one int32 tensor per axis of `shape`.
 * @throws RangeError for positions outside the shape
 * @example np.unravelIndex(np.array([5, 1], { dtype: 'int32' }), [2, 3]).map((i) => i.toArray()) // [[1, 0], [2, 1]]
 */
export const unravelIndex = named('unravelIndex', (indices: TensorLike, shape: Shape): readonly Tensor[] => {
  checkShape('unravelIndex', shape)
  const flat = inside('unravelIndex', array(indices, { dtype: 'int32' }), sizeOf(shape))
  return stridesOf(shape).map((stride, axis) => rem(div(flat, stride), shape[axis] as number))
})

/**
 * Positions in row-major order of positions per axis; the inverse of `unravelIndex`.
 * @throws ShapeError unless there is one tensor per axis, RangeError for positions outside the shape
 * @example np.ravelMultiIndex([np.array([1, 0], { dtype: 'int32' }), 2], [2, 3]).toArray() // [5, 2]
 */
export const ravelMultiIndex = named('ravelMultiIndex', (positions: readonly TensorLike[], shape: Shape): Tensor => {
  listOf('ravelMultiIndex', 'the list of positions', positions)
  checkShape('ravelMultiIndex', shape)
  if (positions.length !== shape.length || shape.length === 0) {
    throw new ShapeError(
      `ravelMultiIndex: ${positions.length} tensors of positions for the ${shape.length} axes of [${shape}]. Give one per axis.`,
    )
  }
  const aligned = promoteAll(
    'ravelMultiIndex',
    positions.map((p) => array(p, { dtype: 'int32' })),
  )
  const strides = stridesOf(shape)
  return aligned
    .map((p, axis) => mul(inside('ravelMultiIndex', p, shape[axis] as number), strides[axis] as number))
    .reduce((sum, term) => add(sum, term))
})
