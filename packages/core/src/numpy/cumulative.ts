/** Running sums and products, differences of neighbours. */
import type { DType } from '../dtype.js'
import { ShapeError } from '../errors.js'
import { sub } from '../primitives/arithmetic.js'
import { ne } from '../primitives/compare.js'
import { concatenate } from '../primitives/concatenate.js'
import { convertElementType } from '../primitives/convert.js'
import { cumprod as cumprodP, cumsum as cumsumP } from '../primitives/cumulative.js'
import { broadcastTo, reshape } from '../primitives/shape.js'
import { sliceAxis } from '../primitives/slice.js'
import { canonicalAxis, mapSizes } from '../shape.js'
import { type Tensor, type TensorLike, toTensor, uniform } from '../tensor.js'
import { type DualOptions, dualOptions } from './dual.js'
import { promoteDTypes, toNumeric } from './promotion.js'
import { accumulationType } from './reduced-axes.js'

export interface CumulativeOptions {
  /** The axis to run along; all elements in row-major order by default. */
  readonly axis?: number | null
  readonly dtype?: DType
}

type Running = (x: Tensor, options: { readonly axis: number }) => Tensor

const running =
  (name: string, run: Running) =>
  (x: TensorLike, { axis, dtype }: CumulativeOptions): Tensor => {
    const tensor = toNumeric(x)
    const operand = convertElementType(
      tensor,
      dtype ?? accumulationType(tensor.dtype),
      dtype === undefined && tensor.weakType,
    )
    if (axis === undefined || axis === null) return run(reshape(operand, [operand.size]), { axis: 0 })
    return run(operand, { axis: canonicalAxis(name, axis, operand.ndim) })
  }

/**
 * yᵢ = Σⱼ≤ᵢ xⱼ along an axis, or over all elements in row-major order. As in `sum`, bools count in int32, uint8 in uint32.
 * @throws RangeError for an axis outside x
 * @example np.cumsum(np.array([1, 2, 3])).toArray() // [1, 3, 6]
 */
export const cumsum: DualOptions<CumulativeOptions> = dualOptions(
  'cumsum',
  ['axis', 'dtype'],
  running('cumsum', cumsumP),
)

/**
 * yᵢ = Πⱼ≤ᵢ xⱼ along an axis, or over all elements in row-major order. As in `prod`, bools count in int32, uint8 in uint32.
 * @throws RangeError for an axis outside x
 * @example np.cumprod(np.array([1, 2, 3])).toArray() // [1, 2, 6]
 */
export const cumprod: DualOptions<CumulativeOptions> = dualOptions(
  'cumprod',
  ['axis', 'dtype'],
  running('cumprod', cumprodP),
)

export interface CumulativeSumOptions extends CumulativeOptions {
  /** Starts with the sum (product) of nothing, so that the result is one longer. Default false. */
  readonly includeInitial?: boolean
}

const fromInitial =
  (name: string, run: Running, identity: number) =>
  (x: TensorLike, { axis, dtype, includeInitial = false }: CumulativeSumOptions): Tensor => {
    const tensor = toTensor(x)
    if ((axis === undefined || axis === null) && tensor.ndim !== 1) {
      throw new ShapeError(`${name}: a tensor of rank ${tensor.ndim} needs an axis. Give { axis: 0 } or another.`)
    }
    const along = canonicalAxis(name, axis ?? 0, tensor.ndim)
    const y = running(name, run)(tensor, { axis: along, ...(dtype === undefined ? {} : { dtype }) })
    if (!includeInitial) return y
    const shape = mapSizes(y.sizes, (n, i) => (i === along ? 1 : n))
    const first = uniform(identity, { shape, dtype: y.dtype, weakType: y.weakType })
    return concatenate([first, y], along)
  }

/**
 * Running sums as the array API defines them: an axis is needed unless x is a vector.
 * @throws ShapeError without an axis, RangeError for an axis outside x
 * @example np.cumulativeSum(np.array([1, 2]), { includeInitial: true }).toArray() // [0, 1, 3]
 */
export const cumulativeSum: DualOptions<CumulativeSumOptions> = dualOptions(
  'cumulativeSum',
  ['includeInitial', 'axis', 'dtype'],
  fromInitial('cumulativeSum', cumsumP, 0),
)

/**
 * Running products as the array API defines them: an axis is needed unless x is a vector.
 * @throws ShapeError without an axis, RangeError for an axis outside x
 * @example np.cumulativeProd(np.array([2, 3]), { includeInitial: true }).toArray() // [1, 2, 6]
 */
export const cumulativeProd: DualOptions<CumulativeSumOptions> = dualOptions(
  'cumulativeProd',
  ['includeInitial', 'axis', 'dtype'],
  fromInitial('cumulativeProd', cumprodP, 1),
)

export interface DiffOptions {
  /** How many times differences are taken; default 1. */
  readonly n?: number
  /** Default −1, the last. */
  readonly axis?: number
  /** Values put in front before differences are taken; a scalar or of x's shape but for the axis. */
  readonly prepend?: TensorLike
  /** Values put behind before differences are taken. */
  readonly append?: TensorLike
}

const differences = (x: TensorLike, { n = 1, axis = -1, prepend, append }: DiffOptions): Tensor => {
  const given = toTensor(x)
  if (!Number.isInteger(n) || n < 0)
    throw new ShapeError(`diff: n is ${n}; differences are taken a whole number ≥ 0 of times.`)
  if (given.ndim === 0) throw new ShapeError('diff: a scalar has no neighbours. Give a tensor with at least one axis.')
  const along = canonicalAxis('diff', axis, given.ndim)
  const edges = [prepend, given, append].filter((e) => e !== undefined)
  const parts = promoteDTypes('diff', edges).map((part) =>
    part.ndim === 0
      ? broadcastTo(
          part,
          mapSizes(given.sizes, (m, i) => (i === along ? 1 : m)),
        )
      : part,
  )
  let y = concatenate(parts, along)
  for (let i = 0; i < n; i++) {
    const size = y.sizes[along] as number
    const right = sliceAxis(y, along, Math.min(1, size), size)
    const left = sliceAxis(y, along, 0, Math.max(0, size - 1))
    y = y.dtype === 'bool' ? ne(right, left) : sub(right, left)
  }
  return y
}

/**
 * Differences of neighbours along an axis, xᵢ₊₁ − xᵢ, taken n times; of bools, whether they differ.
 * @throws RangeError for an axis outside x, ShapeError for a scalar
 * @example np.diff(np.array([1, 4, 9])).toArray() // [3, 5]
 */
export const diff: DualOptions<DiffOptions> = dualOptions('diff', ['n', 'axis', 'prepend', 'append'], differences)

export interface Ediff1dOptions {
  readonly toBegin?: TensorLike
  readonly toEnd?: TensorLike
}

/**
 * Differences of neighbours among all elements in row-major order, with values put before and behind the result.
 * @example np.ediff1d(np.array([1, 4, 9]), { toEnd: 7 }).toArray() // [3, 5, 7]
 */
export const ediff1d: DualOptions<Ediff1dOptions> = dualOptions(
  'ediff1d',
  ['toBegin', 'toEnd'],
  (x, { toBegin, toEnd }) => {
    const tensor = toTensor(x)
    const steps = differences(reshape(tensor, [tensor.size]), {})
    const edge = (value: TensorLike | undefined): readonly Tensor[] => {
      if (value === undefined) return []
      const part = convertElementType(toTensor(value), steps.dtype)
      return [reshape(part, [part.size])]
    }
    return concatenate([...edge(toBegin), steps, ...edge(toEnd)], 0)
  },
)
