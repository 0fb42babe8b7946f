/** Places in sorted tensors, membership, histograms' bins. */
import { RangeError, ShapeError } from '../errors.js'
import { add, sub } from '../primitives/arithmetic.js'
import { eq, ge, lt, ne } from '../primitives/compare.js'
import { convertElementType } from '../primitives/convert.js'
import { gatherSlices } from '../primitives/gather.js'
import { and, not, or, shrArithmetic } from '../primitives/logical.js'
import { select } from '../primitives/select.js'
import { reshape } from '../primitives/shape.js'
import { rev } from '../primitives/slice.js'
import { showType } from '../print.js'
import { show } from '../show.js'
import { type Tensor, type TensorLike, uniform } from '../tensor.js'
import { type Dual, dual } from './dual.js'
import { promoteDTypes } from './promotion.js'

/** x before y where NaN comes last. */
const before = (x: Tensor, y: Tensor): Tensor => or(lt(x, y), and(eq(x, x), ne(y, y)))

/** Elements of a vector at int32 positions. */
export const elementsAt = (x: Tensor, positions: Tensor): Tensor =>
  gatherSlices(x, reshape(positions, [...positions.sizes, 1]), {
    sliceSizes: [1],
    collapsed: [0],
    startIndexMap: [0],
    mode: 'clip',
  })

export interface SearchsortedOptions {
  /** Before equal elements, the default, or after them. */
  readonly side?: 'left' | 'right'
  /** Positions that sort `a`, if it is not sorted. */
  readonly sorter?: Tensor
}

/** Bisection of the sorted vector `a`, all values at once. */
const bisect = (a: Tensor, values: Tensor, side: 'left' | 'right'): Tensor => {
  const n = a.sizes[0] as number
  const at = (value: number): Tensor => uniform(value, { shape: values.sizes, dtype: 'int32', weakType: false })
  let [low, high] = [at(0), at(n)]
  for (let width = n; width > 0; width = Math.floor(width / 2)) {
    const middle = shrArithmetic(add(low, high), 1)
    const element = elementsAt(a, middle)
    const open = lt(low, high)
    const further = side === 'left' ? before(element, values) : not(before(values, element))
    low = select(and(open, further), add(middle, 1), low)
    high = select(and(open, not(further)), middle, high)
  }
  return low
}

/**
 * Where values would be inserted into a sorted vector to keep it sorted: int32 positions.
 * @throws ShapeError if `a` is no vector, RangeError for unknown sides
 * @example np.searchsorted(np.array([1, 2, 2, 3]), 2).item() // 1
 */
export const searchsorted: Dual<[v: TensorLike, options?: SearchsortedOptions]> = dual(
  'searchsorted',
  1,
  ['side', 'sorter'],
  (x, v: TensorLike, { side = 'left', sorter }: SearchsortedOptions = {}) => {
    const [a, values] = promoteDTypes('searchsorted', [x, v]) as [Tensor, Tensor]
    if (a.ndim !== 1)
      throw new ShapeError(`searchsorted: takes a sorted vector, not ${showType(a)}. Use vmap for many.`)
    if (side !== 'left' && side !== 'right')
      throw new RangeError(`searchsorted: side ${show(side)} is neither 'left' nor 'right'.`)
    return bisect(sorter === undefined ? a : elementsAt(a, convertElementType(sorter, 'int32')), values, side)
  },
)

export interface DigitizeOptions {
  /** Whether bins hold their right end rather than their left. */
  readonly right?: boolean
}

/**
 * The bin each value falls into: i where bins[i−1] ≤ x < bins[i]. Bins increase or decrease.
 * @throws ShapeError if the bins are no vector
 * @example np.digitize(np.array([0.5, 1, 5]), np.array([1, 2])).toArray() // [0, 1, 2]
 */
export const digitize: Dual<[bins: Tensor, options?: DigitizeOptions]> = dual(
  'digitize',
  1,
  ['right'],
  (x, bins: Tensor, { right = false }: DigitizeOptions = {}) => {
    const [values, edges] = promoteDTypes('digitize', [x, bins]) as [Tensor, Tensor]
    if (edges.ndim !== 1) throw new ShapeError(`digitize: bins are a vector, not ${showType(edges)}.`)
    const n = edges.sizes[0] as number
    if (n === 0) return uniform(0, { shape: values.sizes, dtype: 'int32', weakType: false })
    const side = right ? 'left' : 'right'
    const rising = bisect(edges, values, side)
    const falling = sub(n, bisect(rev(edges, [0]), values, side))
    const ends = elementsAt(edges, uniform(n - 1, { shape: values.sizes, dtype: 'int32', weakType: false }))
    const starts = elementsAt(edges, uniform(0, { shape: values.sizes, dtype: 'int32', weakType: false }))
    return select(ge(ends, starts), rising, falling)
  },
)
