/** Tensors taken apart along an axis. */
import { wholeNumbers } from '../checks.js'
import { RangeError, ShapeError } from '../errors.js'
import { checkOptions } from '../operation.js'
import { split as splitP } from '../primitives/concatenate.js'
import { reshape } from '../primitives/shape.js'
import { showType } from '../print.js'
import { canonicalAxis, checkCount } from '../shape.js'
import { type Tensor, type TensorLike, toTensor } from '../tensor.js'
import type { TupleOf } from '../tuple.js'
import { type DualOptions, dual, dualOptions } from './dual.js'

export interface AxisOption {
  /** Default 0. */
  readonly axis?: number
}

/** Sizes of parts from the positions between them; positions beyond the end give empty parts. */
const sizesBetween = (n: number, positions: readonly number[]): number[] => {
  const bounds = wholeNumbers('split', 'the positions', positions).map((p) => {
    return Math.min(Math.max(p < 0 ? p + n : p, 0), n)
  })
  return [...bounds, n].map((end, i) => Math.max(0, end - (i === 0 ? 0 : (bounds[i - 1] as number))))
}

const mostParts = 2 ** 20

const parts = (
  name: string,
  x: Tensor,
  sections: number | readonly number[],
  axis: number,
  uneven: boolean,
): readonly Tensor[] => {
  const along = canonicalAxis(name, axis, x.ndim)
  const n = x.sizes[along] as number
  if (typeof sections !== 'number') return pieces(x, sections, along)
  checkCount(name, 'the number of parts', sections)
  if (sections < 1) throw new RangeError(`${name}: 0 parts cannot be made; give a whole number ≥ 1.`)
  if (sections > mostParts)
    throw new RangeError(`${name}: ${sections} parts are too many; reshape, or map over the axis.`)
  if (!uneven && n % sections !== 0) {
    throw new ShapeError(
      `${name}: axis ${along} of ${showType(x)} does not divide into ${sections} equal parts. np.arraySplit makes unequal ones.`,
    )
  }
  const [small, larger] = [Math.floor(n / sections), n % sections]
  return splitP(
    x,
    Array.from({ length: sections }, (_, i) => small + (i < larger ? 1 : 0)),
    along,
  )
}

/** Parts between positions; positions that go back repeat nothing, they give empty parts. */
const pieces = (x: Tensor, positions: readonly number[], axis: number): readonly Tensor[] => {
  const n = x.sizes[axis] as number
  const sizes = sizesBetween(n, positions)
  if (sizes.reduce((a, b) => a + b, 0) !== n) {
    throw new ShapeError(
      `split: the positions [${positions}] do not increase. Parts follow one another along the axis.`,
    )
  }
  return splitP(x, sizes, axis)
}

/** Sections that are counted by a number give as many parts, which destructure. */
export interface Split {
  <const N extends number>(x: TensorLike, sections: N, options?: AxisOption): TupleOf<Tensor, N>
  (x: TensorLike, sections: number | readonly number[], options?: AxisOption): readonly Tensor[]
  <const N extends number>(sections: N, options?: AxisOption): (x: TensorLike) => TupleOf<Tensor, N>
  (sections: readonly number[], options?: AxisOption): (x: TensorLike) => readonly Tensor[]
}

/**
 * Equal parts along an axis, or the parts between given positions.
 * @throws ShapeError if the axis does not divide into equal parts, RangeError for an axis outside x
 * @example np.split(np.arange(6), 3).map((t) => t.toArray()) // [[0, 1], [2, 3], [4, 5]]
 * @example np.split(np.arange(5), [2, 3]).map((t) => t.toArray()) // [[0, 1], [2], [3, 4]]
 */
export const split: Split = dual(
  'split',
  1,
  ['axis'],
  (x: TensorLike, sections: number | readonly number[], { axis = 0 }: AxisOption = {}) =>
    parts('split', toTensor(x), sections, axis, false),
)

/**
 * Parts along an axis that are as equal as possible, the larger ones first.
 * @throws RangeError for an axis outside x
 * @example np.arraySplit(np.arange(5), 2).map((t) => t.toArray()) // [[0, 1, 2], [3, 4]]
 */
export const arraySplit: Split = dual(
  'arraySplit',
  1,
  ['axis'],
  (x: TensorLike, sections: number | readonly number[], { axis = 0 }: AxisOption = {}) =>
    parts('arraySplit', toTensor(x), sections, axis, true),
)

/** As `Split` along an axis that is given by the function. */
export interface SplitAlong {
  <const N extends number>(x: TensorLike, sections: N): TupleOf<Tensor, N>
  (x: TensorLike, sections: number | readonly number[]): readonly Tensor[]
  <const N extends number>(sections: N): (x: TensorLike) => TupleOf<Tensor, N>
  (sections: readonly number[]): (x: TensorLike) => readonly Tensor[]
}

const along = (name: string, axisOf: (rank: number) => number): SplitAlong =>
  dual(name, 1, [], (x: TensorLike, sections: number | readonly number[], none?: unknown) => {
    checkOptions(name, none, [])
    const tensor = toTensor(x)
    return parts(name, tensor, sections, axisOf(tensor.ndim), false)
  })

/** Parts along axis 0, rows. @throws ShapeError, RangeError as `split` @example np.vsplit(np.ones([4, 2]), 2).length // 2 */
export const vsplit = along('vsplit', () => 0)

/** Parts along axis 1, columns (axis 0 of vectors). @throws ShapeError, RangeError as `split` @example np.hsplit(np.ones([2, 4]), 2).length // 2 */
export const hsplit = along('hsplit', (rank) => (rank === 1 ? 0 : 1))

/** Parts along axis 2. @throws ShapeError, RangeError as `split` @example np.dsplit(np.ones([1, 2, 4]), 2).length // 2 */
export const dsplit = along('dsplit', () => 2)

/**
 * The slices along an axis, without it.
 * @throws RangeError for an axis outside x
 * @example np.unstack(np.array([[1, 2], [3, 4]])).map((t) => t.toArray()) // [[1, 2], [3, 4]]
 */
export const unstack: DualOptions<AxisOption, readonly Tensor[]> = dualOptions<AxisOption, readonly Tensor[]>(
  'unstack',
  ['axis'],
  (x, { axis = 0 }) => {
    const tensor = toTensor(x)
    if (tensor.ndim === 0) throw new ShapeError('unstack: a scalar has no axis to iterate over.')
    const at = canonicalAxis('unstack', axis, tensor.ndim)
    const n = tensor.sizes[at] as number
    if (n === 0) return []
    const rest = tensor.sizes.filter((_, i) => i !== at)
    return splitP(tensor, new Array<number>(n).fill(1), at).map((part) => reshape(part, rest))
  },
)
