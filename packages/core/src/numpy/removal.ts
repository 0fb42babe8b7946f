/** Slices along an axis taken out, put in, or kept by a static mask. */

import { listOf, oneOrMore } from '../checks.js'
import { RangeError, ShapeError } from '../errors.js'
import { operation } from '../operation.js'
import { concatenate } from '../primitives/concatenate.js'
import { convertElementType } from '../primitives/convert.js'
import { broadcastTo, reshape } from '../primitives/shape.js'
import { sliceAxis } from '../primitives/slice.js'
import { canonicalAxis, range } from '../shape.js'
import { show } from '../show.js'
import { ConcreteTensor, type Tensor, type TensorLike, toTensor } from '../tensor.js'
import { take } from './take.js'

export interface AxisOptions {
  /** All elements in row-major order by default. */
  readonly axis?: number | null
}

const alongAxis = (operation: string, x: TensorLike, axis: number | null | undefined): readonly [Tensor, number] => {
  const tensor = toTensor(x)
  if (axis === undefined || axis === null) return [reshape(tensor, [tensor.size]), 0]
  return [tensor, canonicalAxis(operation, axis, tensor.ndim)]
}

const positionIn = (operation: string, position: number, n: number, last: number): number => {
  if (!Number.isInteger(position) || position < -n || position > last) {
    throw new RangeError(`${operation}: position ${show(position)} is outside ${-n} to ${last}.`)
  }
  return position < 0 ? position + n : position
}

const kept = (x: Tensor, positions: readonly number[], axis: number): Tensor =>
  take(x, new ConcreteTensor([positions.length], 'int32', Int32Array.from(positions)), { axis, mode: 'clip' })

/**
 * A tensor without the slices at these positions along an axis.
 * @throws RangeError for positions or an axis outside x
 * @example np.delete(np.array([1, 2, 3]), 1).toArray() // [1, 3]
 */
const without = operation(
  'delete',
  { at: 2, names: ['axis'] },
  (x: TensorLike, positions: number | readonly number[], { axis }: AxisOptions = {}): Tensor => {
    const [tensor, along] = alongAxis('delete', x, axis)
    const n = tensor.sizes[along] as number
    const gone = new Set(oneOrMore('delete', 'the positions', positions).map((p) => positionIn('delete', p, n, n - 1)))
    return kept(
      tensor,
      range(n).filter((i) => !gone.has(i)),
      along,
    )
  },
)

export { without as delete }

/**
 * A tensor with values put in before a position along an axis.
 * @throws RangeError for a position or an axis outside x, ShapeError if the values do not broadcast
 * @example np.insert(np.array([1, 2]), 1, 9).toArray() // [1, 9, 2]
 */
export const insert = operation(
  'insert',
  { at: 3, names: ['axis'] },
  (x: TensorLike, position: number, values: TensorLike, { axis }: AxisOptions = {}): Tensor => {
    const [tensor, along] = alongAxis('insert', x, axis)
    const n = tensor.sizes[along] as number
    const at = positionIn('insert', position, n, n)
    const given = convertElementType(toTensor(values), tensor.dtype, tensor.weakType)
    const whole = given.ndim === tensor.ndim
    const count = whole ? (given.sizes[along] as number) : 1
    const slab = tensor.sizes.map((m, i) => (i === along ? count : m))
    const lifted =
      whole || given.ndim === 0 || given.ndim !== tensor.ndim - 1
        ? given
        : reshape(given, [...given.sizes.slice(0, along), 1, ...given.sizes.slice(along)])
    if (lifted.ndim > tensor.ndim)
      throw new ShapeError(`insert: values of rank ${given.ndim} do not fit a tensor of rank ${tensor.ndim}.`)
    return concatenate(
      [sliceAxis(tensor, along, 0, at), broadcastTo(lifted, slab), sliceAxis(tensor, along, at, n)],
      along,
    )
  },
)

/**
 * The slices along an axis where a static condition is true; a condition that is too short counts as false beyond its end.
 * @throws ShapeError if the condition is too long, RangeError for an axis outside x
 * @example np.compress([true, false, true], np.array([1, 2, 3])).toArray() // [1, 3]
 */
export const compress = operation(
  'compress',
  { at: 2, names: ['axis'] },
  (condition: readonly (boolean | number)[], x: TensorLike, { axis }: AxisOptions = {}): Tensor => {
    const [tensor, along] = alongAxis('compress', x, axis)
    const n = tensor.sizes[along] as number
    listOf('compress', 'the condition', condition as readonly unknown[])
    if (condition.length > n)
      throw new ShapeError(`compress: the condition has ${condition.length} entries and the axis size ${n}.`)
    return kept(
      tensor,
      range(condition.length).filter((i) => condition[i]),
      along,
    )
  },
)
