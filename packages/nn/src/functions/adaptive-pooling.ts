/** Pooling to a given size, whatever the size of the input. The batch axis first, channels last. */
import { np, type Shape, ShapeError, type Tensor } from '@puregrad/core'
import { floating, type WithArgument, withArgument } from '../dual.js'
import { alongAxis } from './resize.js'

const none: Readonly<Record<string, never>> = {}

/** From where to where each of `count` windows reaches: they cover all elements and overlap where sizes do not divide. */
const windows = (size: number, count: number): readonly (readonly [from: number, to: number])[] =>
  Array.from({ length: count }, (_, i) => [Math.floor((i * size) / count), Math.ceil(((i + 1) * size) / count)])

const check = (operation: string, x: Tensor, sizes: Shape): void => {
  if (x.ndim === sizes.length + 2 && sizes.every((n) => Number.isInteger(n) && n >= 1)) return
  throw new ShapeError(
    `${operation}: sizes [${sizes}] have to be whole numbers ≥ 1, one per axis between batch and channels of ${x.dtype}[${x.shape}].`,
  )
}

/**
 * Means of windows that are placed so that `sizes` of them come out: window i of n reaches from ⌊i · size / n⌋ to ⌈(i + 1) · size / n⌉.
 * @param sizes one per axis between batch and channels
 * @throws ShapeError if ranks do not fit
 * @example adaptiveAvgPool(np.arange(5).reshape([1, 5, 1]), [2]).reshape([2]).toArray() // [1, 3]
 */
export const adaptiveAvgPool: WithArgument<Shape, typeof none> = withArgument(
  'adaptiveAvgPool',
  [],
  (sizes) => Array.isArray(sizes),
  (x, sizes) => {
    check('adaptiveAvgPool', x, sizes)
    return sizes.reduce((y: Tensor, count, i) => {
      const size = y.shape[i + 1] as number
      const rows = windows(size, count).map(([from, to]) =>
        Array.from({ length: size }, (_, j) => (j >= from && j < to ? 1 / (to - from) : 0)),
      )
      return alongAxis(y, i + 1, rows)
    }, floating(x))
  },
)

/**
 * The largest element of each window, placed as in `adaptiveAvgPool`; several share the derivative.
 * @param sizes one per axis between batch and channels
 * @throws ShapeError if ranks do not fit
 * @example adaptiveMaxPool(np.arange(5).reshape([1, 5, 1]), [2]).reshape([2]).toArray() // [2, 4]
 */
export const adaptiveMaxPool: WithArgument<Shape, typeof none> = withArgument(
  'adaptiveMaxPool',
  [],
  (sizes) => Array.isArray(sizes),
  (x, sizes) => {
    check('adaptiveMaxPool', x, sizes)
    return sizes.reduce((y: Tensor, count, i) => {
      const spans = windows(y.shape[i + 1] as number, count)
      const parts = spans.map(([start, stop]) =>
        np.max(y.slice(...Array.from({ length: i + 1 }, () => ({})), { start, stop }), { axis: i + 1, keepdims: true }),
      )
      return np.concatenate(parts, { axis: i + 1 })
    }, x)
  },
)
