/** Elements reversed, rotated, rolled and repeated. */

import { oneOrMore } from '../checks.js'
import { ShapeError } from '../errors.js'
import { named } from '../operation.js'
import { add, rem } from '../primitives/arithmetic.js'
import { concatenate } from '../primitives/concatenate.js'
import { convertElementType } from '../primitives/convert.js'
import { broadcastInDim, broadcastTo, reshape, transpose } from '../primitives/shape.js'
import { dynamicSlice, rev, sliceAxis } from '../primitives/slice.js'
import { showType } from '../print.js'
import { canonicalAxes, canonicalAxis, checkCount, checkShape, range, type Shape, showShape, sizeOf } from '../shape.js'
import { show } from '../show.js'
import { ConcreteTensor, Tensor, type TensorLike, toTensor, uniform } from '../tensor.js'
import { type Dual, type DualOptions, dual, dualOptions } from './dual.js'
import { take } from './take.js'

export interface FlipOptions {
  /** All axes by default. */
  readonly axis?: number | readonly number[] | null
}

/**
 * The order of elements reversed along axes (all by default).
 * @throws RangeError for axes outside x
 * @example np.flip(np.array([1, 2, 3])).toArray() // [3, 2, 1]
 */
export const flip: DualOptions<FlipOptions> = dualOptions('flip', ['axis'], (x, { axis }) => {
  const tensor = toTensor(x)
  return rev(tensor, canonicalAxes('flip', axis, tensor.ndim))
})

const needAxes = (operation: string, x: Tensor, count: number): Tensor => {
  if (x.ndim < count) throw new ShapeError(`${operation}: ${showType(x)} needs at least ${count} axes.`)
  return x
}

/** Reversed along axis 1. @throws ShapeError for fewer than two axes @example np.fliplr(np.array([[1, 2]])).toArray() // [[2, 1]] */
export const fliplr = named('fliplr', (x: TensorLike): Tensor => rev(needAxes('fliplr', toTensor(x), 2), [1]))

/** Reversed along axis 0. @throws ShapeError for a scalar @example np.flipud(np.array([[1], [2]])).toArray() // [[2], [1]] */
export const flipud = named('flipud', (x: TensorLike): Tensor => rev(needAxes('flipud', toTensor(x), 1), [0]))

export interface Rot90Options {
  /** Quarter turns from the first axis towards the second; default 1. */
  readonly k?: number
  /** Default [0, 1]. */
  readonly axes?: readonly [number, number]
}

/**
 * Turned by 90° in the plane of two axes.
 * @throws ShapeError for fewer than two axes or one axis twice, RangeError for axes outside x
 * @example np.rot90(np.array([[1, 2], [3, 4]])).toArray() // [[2, 4], [1, 3]]
 */
export const rot90: DualOptions<Rot90Options> = dualOptions('rot90', ['k', 'axes'], (x, { k = 1, axes = [0, 1] }) => {
  const tensor = needAxes('rot90', toTensor(x), 2)
  const [a, b] = axes.map((axis) => canonicalAxis('rot90', axis, tensor.ndim)) as [number, number]
  if (a === b) throw new ShapeError(`rot90: both axes are axis ${a}. A rotation needs two.`)
  const turns = ((k % 4) + 4) % 4
  const order = range(tensor.ndim).map((i) => (i === a ? b : i === b ? a : i))
  if (turns === 0) return tensor
  if (turns === 2) return rev(tensor, [a, b])
  return turns === 1 ? transpose(rev(tensor, [b]), order) : rev(transpose(tensor, order), [b])
})

export interface RollOptions {
  /** All elements in row-major order by default. */
  readonly axis?: number | readonly number[] | null
}

const rollStatic = (x: Tensor, by: number, axis: number): Tensor => {
  const n = x.sizes[axis] as number
  if (n === 0) return x
  const shift = ((by % n) + n) % n
  if (shift === 0) return x
  return concatenate([sliceAxis(x, axis, n - shift, n), sliceAxis(x, axis, 0, n - shift)], axis)
}

/** Rolled by an amount known only at run time: a window of two copies side by side. */
const rollDynamic = (x: Tensor, by: Tensor, axis: number): Tensor => {
  const n = x.sizes[axis] as number
  if (n === 0) return x
  const whole = convertElementType(by, 'int32')
  const size = uniform(n, whole)
  const start = rem(add(rem(whole.neg(), size), size), size)
  return dynamicSlice(
    concatenate([x, x], axis),
    x.sizes.map((_, i) => (i === axis ? start : 0)),
    x.sizes,
  )
}

/**
 * Elements shifted along axes; those that leave at the end come back at the start.
 * @throws ShapeError if shifts and axes differ in number, RangeError for axes outside x
 * @example np.roll(np.array([1, 2, 3]), 1).toArray() // [3, 1, 2]
 */
export const roll: Dual<[shift: number | Tensor | readonly number[], options?: RollOptions]> = dual(
  'roll',
  1,
  ['axis'],
  (x: TensorLike, shift: number | Tensor | readonly number[], { axis }: RollOptions = {}): Tensor => {
    const tensor = toTensor(x)
    if (axis === undefined || axis === null) {
      const flat = reshape(tensor, [tensor.size])
      return reshape(roll(flat, shift, { axis: 0 }), tensor.sizes)
    }
    const axes = oneOrMore('roll', 'the axis', axis)
    const given: readonly (number | Tensor)[] = typeof shift === 'number' || shift instanceof Tensor ? [shift] : shift
    if (!Array.isArray(given) || given.some((s) => !(s instanceof Tensor) && !Number.isInteger(s)))
      throw new ShapeError(`roll: the shift is ${show(shift)}; it has to be a whole number, or a list of them.`)
    const shifts = given.length === 1 ? axes.map(() => given[0] as number | Tensor) : given
    const places = axes.length === 1 ? shifts.map(() => axes[0] as number) : axes
    if (shifts.length !== places.length) {
      throw new ShapeError(`roll: ${shifts.length} shifts and ${places.length} axes. Give one shift, or one per axis.`)
    }
    return shifts.reduce<Tensor>((y, by, i) => {
      const at = canonicalAxis('roll', places[i] as number, tensor.ndim)
      return typeof by === 'number' ? rollStatic(y, by, at) : rollDynamic(y, by, at)
    }, tensor)
  },
)

/**
 * The tensor repeated as a whole along each axis.
 * @throws ShapeError for what is no count
 * @example np.tile(np.array([1, 2]), 2).toArray() // [1, 2, 1, 2]
 */
export const tile: Dual<[reps: number | readonly number[]]> = dual(
  'tile',
  1,
  [],
  (x: TensorLike, reps: number | readonly number[]) => {
    const tensor = toTensor(x)
    const counts = typeof reps === 'number' ? [reps] : reps
    checkShape('tile', counts)
    const rank = Math.max(tensor.ndim, counts.length)
    const shape = [...new Array<number>(rank - tensor.ndim).fill(1), ...tensor.sizes]
    const times = [...new Array<number>(rank - counts.length).fill(1), ...counts]
    const wide = shape.flatMap((n, i) => [times[i] as number, n])
    const axes = range(rank).map((i) => 2 * i + 1)
    return reshape(
      broadcastInDim(reshape(tensor, shape), wide, axes),
      shape.map((n, i) => n * (times[i] as number)),
    )
  },
)

export interface RepeatOptions {
  /** All elements in row-major order by default. */
  readonly axis?: number | null
  /** The length of the result along the axis, where counts are known only at run time. */
  readonly totalRepeatLength?: number
}

const countsOf = (repeats: readonly number[] | Tensor, n: number): readonly number[] => {
  const list =
    repeats instanceof Tensor ? Array.from(repeats.concrete('repeat with counts in a tensor').elements()) : repeats
  checkShape('repeat', list)
  if (list.length !== n && list.length !== 1)
    throw new ShapeError(`repeat: ${list.length} counts for ${n} elements. Give one, or one per element.`)
  return list.length === n ? list : new Array<number>(n).fill(list[0] as number)
}

/**
 * Each element repeated in place, a number of times or one number per element of the axis.
 * @throws ShapeError for counts that do not fit, RangeError for an axis outside x
 * @example np.repeat(np.array([1, 2]), 2).toArray() // [1, 1, 2, 2]
 */
export const repeat: Dual<[repeats: number | readonly number[] | Tensor, options?: RepeatOptions]> = dual(
  'repeat',
  1,
  ['axis', 'totalRepeatLength'],
  (
    x: TensorLike,
    repeats: number | readonly number[] | Tensor,
    { axis, totalRepeatLength }: RepeatOptions = {},
  ): Tensor => {
    const given = toTensor(x)
    const flat = axis === undefined || axis === null
    const tensor = flat ? reshape(given, [given.size]) : given
    const at = canonicalAxis('repeat', flat ? 0 : axis, tensor.ndim)
    const n = tensor.sizes[at] as number
    if (typeof repeats === 'number') {
      checkShape('repeat', [repeats])
      const shape = [...tensor.sizes.slice(0, at + 1), repeats, ...tensor.sizes.slice(at + 1)]
      const wide = broadcastInDim(
        tensor,
        shape,
        range(tensor.ndim).map((i) => (i > at ? i + 1 : i)),
      )
      return fitLength(
        reshape(
          wide,
          tensor.sizes.map((m, i) => (i === at ? m * repeats : m)),
        ),
        at,
        totalRepeatLength,
      )
    }
    const counts = countsOf(repeats, n)
    checkCount(
      'repeat',
      'the sum of the counts',
      counts.reduce((a, b) => a + b, 0),
    )
    const positions = counts.flatMap((count, i) => new Array<number>(count).fill(i))
    const index = new ConcreteTensor([positions.length], 'int32', Int32Array.from(positions))
    return fitLength(take(tensor, index, { axis: at, mode: 'clip' }), at, totalRepeatLength)
  },
)

/** Cut, or filled up with the last slice, to a length. */
const fitLength = (x: Tensor, axis: number, length: number | undefined): Tensor => {
  const n = x.sizes[axis] as number
  if (length === undefined || length === n) return x
  if (length < n) return sliceAxis(x, axis, 0, length)
  if (n === 0) throw new ShapeError(`repeat: nothing is repeated, so the length ${length} cannot be filled.`)
  const last = sliceAxis(x, axis, n - 1, n)
  const rest = x.sizes.map((size, i) => (i === axis ? length - n : size))
  return concatenate([x, broadcastTo(last, rest)], axis)
}

/**
 * The elements in row-major order in another shape, repeated or cut as needed.
 * @throws ShapeError for what is no shape, or if there are no elements to repeat
 * @example np.resize(np.array([1, 2]), [3]).toArray() // [1, 2, 1]
 */
export const resize: Dual<[shape: Shape | number]> = dual('resize', 1, [], (x: TensorLike, shape: Shape | number) => {
  const tensor = toTensor(x)
  const target = typeof shape === 'number' ? [shape] : shape
  checkShape('resize', target)
  const size = sizeOf(target)
  if (size > 0 && tensor.size === 0)
    throw new ShapeError(`resize: ${showType(tensor)} has no elements to fill ${showShape(target)} with.`)
  if (size === 0) return uniform(0, { shape: target, dtype: tensor.dtype, weakType: false })
  const flat = reshape(tensor, [tensor.size])
  const whole = tile(flat, Math.ceil(size / tensor.size))
  return reshape(sliceAxis(whole, 0, 0, size), target)
})
