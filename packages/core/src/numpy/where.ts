/** Choice by a condition. */

import { listOf } from '../checks.js'
import { ShapeError } from '../errors.js'
import { operation } from '../operation.js'
import { select as selectP } from '../primitives/select.js'
import { broadcastTo } from '../primitives/shape.js'
import { broadcastShapes } from '../shape.js'
import { type Tensor, type TensorLike, uniform } from '../tensor.js'
import { type Dual, dual } from './dual.js'
import { promoteDTypes, toBool } from './promotion.js'

/** A number as it is known, filling the result's shape at once; a tensor broadcast to it. */
const fill = (x: Tensor, given: TensorLike, shape: readonly number[]): Tensor =>
  typeof given === 'number' ? uniform(given, { shape, dtype: x.dtype, weakType: x.weakType }) : broadcastTo(x, shape)

/**
 * x where the condition is true (not 0), y elsewhere; all three broadcast. The derivative of the one that is not taken is 0.
 * @throws ShapeError if the shapes do not broadcast
 * @example np.where(np.array([true, false]), np.array([1, 2]), 0).toArray() // [1, 0]
 */
export const where: Dual<[x: TensorLike, y: TensorLike]> = dual(
  'where',
  2,
  [],
  (condition: TensorLike, x: TensorLike, y: TensorLike): Tensor => {
    const mask = toBool(condition)
    const [a, b] = promoteDTypes('where', [x, y]) as [Tensor, Tensor]
    const shape = broadcastShapes('where', mask.sizes, a.sizes, b.sizes)
    return selectP(broadcastTo(mask, shape), fill(a, x, shape), fill(b, y, shape))
  },
)

/**
 * For each element the first choice whose condition is true, `defaultValue` where none is.
 * @throws ShapeError if there are not as many choices as conditions, or shapes do not broadcast
 * @example np.select([np.array([true, false])], [np.array([1, 2])], { defaultValue: 9 }).toArray() // [1, 9]
 */
export const select = operation(
  'select',
  { at: 2, names: ['defaultValue'] },
  (
    conditions: readonly TensorLike[],
    choices: readonly TensorLike[],
    { defaultValue = 0 }: { readonly defaultValue?: TensorLike } = {},
  ): Tensor => {
    listOf('select', 'the first argument, the conditions,', conditions)
    listOf('select', 'the second argument, the choices,', choices)
    if (conditions.length !== choices.length || conditions.length === 0) {
      throw new ShapeError(
        `select: ${conditions.length} conditions and ${choices.length} choices. Give one choice per condition, at least one.`,
      )
    }
    const [rest, ...values] = promoteDTypes('select', [defaultValue, ...choices]) as [Tensor, ...Tensor[]]
    return conditions.reduceRight<Tensor>(
      (otherwise, condition, i) => where(condition, values[i] as Tensor, otherwise),
      rest,
    )
  },
)
