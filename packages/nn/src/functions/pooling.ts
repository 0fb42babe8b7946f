/** Pooling: one number for every window of an image, channel by channel. The batch axis first, channels last. */
import { lax, np, type Shape, ShapeError, type Tensor } from '@puregrad/core'
import { floating, type WithArgument, withArgument } from '../dual.js'
import { type Padding, type Pairs, type Resolved, resolvePadding } from './padding.js'

/**
 * The same widths with as much more at the end as it takes for the last window not to be cut off, as PyTorch's ceil_mode does it: a
 * window that would begin behind the input and its padding is left out.
 */
export const roundedUp = (sizes: Shape, window: Shape, strides: Shape, pads: Resolved): 'SAME' | Pairs => {
  if (pads === 'SAME') return pads
  return sizes.map((size, i) => {
    const [reach, stride] = [window[i] as number, strides[i] as number]
    const [low, high] = pads === 'VALID' ? [0, 0] : (pads[i] as readonly [number, number])
    const count = Math.ceil((size + low + high - reach) / stride) + 1
    const last = (count - 1) * stride >= size + low ? count - 1 : count
    return [low, Math.max(high, (last - 1) * stride + reach - size - low)] as const
  })
}

export interface PoolOptions {
  /** One per pooled axis: 1 unless said. */
  readonly strides?: Shape
  /** 'VALID' unless said. */
  readonly padding?: Padding
  /** Whether a window that reaches beyond the end still counts, as PyTorch's ceil_mode: false unless said. */
  readonly ceilMode?: boolean
}

export interface AvgPoolOptions extends PoolOptions {
  /** Whether padding counts as elements of value 0: true unless said. */
  readonly countIncludePad?: boolean
}

const isWindow = (x: unknown): boolean => Array.isArray(x)

const overWindows = (
  operation: string,
  x: Tensor,
  window: Shape,
  { strides = window.map(() => 1), padding = 'VALID', ceilMode = false }: PoolOptions,
  initial: number,
  combine: (a: Tensor, b: Tensor) => Tensor,
): Tensor => {
  if (x.ndim !== window.length + 2) {
    throw new ShapeError(
      `${operation}: a window [${window}] slides over [batch, …${window.length} axes, channels] and x is ${x.dtype}[${x.shape}]. ` +
        'Add the missing axis with np.expandDims, or pass a window of as many sizes as there are axes between.',
    )
  }
  if (strides.length !== window.length) {
    throw new ShapeError(
      `${operation}: window [${window}] and strides [${strides}] need one number per pooled axis each.`,
    )
  }
  const given = resolvePadding(operation, padding, window.length)
  const pads = ceilMode ? roundedUp(x.shape.slice(1, -1), window, strides, given) : given
  return lax.reduceWindow(
    x,
    initial,
    combine,
    [1, ...window, 1],
    [1, ...strides, 1],
    typeof pads === 'string' ? pads : [[0, 0], ...pads, [0, 0]],
  )
}

/**
 * The largest element of every window; of several, the first gets the derivative. Padding never wins.
 * @param window sizes, one per axis between batch and channels
 * @throws ShapeError if ranks do not fit
 * @example maxPool(np.ones([1, 28, 28, 3]), [2, 2], { strides: [2, 2] }).shape // [1, 14, 14, 3]
 */
export const maxPool: WithArgument<Shape, PoolOptions> = withArgument(
  'maxPool',
  ['strides', 'padding', 'ceilMode'],
  isWindow,
  (x, window, options) => overWindows('maxPool', x, window, options, Number.NEGATIVE_INFINITY, lax.max),
)

/**
 * The smallest element of every window, as `maxPool`.
 * @throws ShapeError if ranks do not fit
 * @example minPool(np.ones([1, 28, 28, 3]), [2, 2], { strides: [2, 2] }).shape // [1, 14, 14, 3]
 */
export const minPool: WithArgument<Shape, PoolOptions> = withArgument(
  'minPool',
  ['strides', 'padding', 'ceilMode'],
  isWindow,
  (x, window, options) => overWindows('minPool', x, window, options, Number.POSITIVE_INFINITY, lax.min),
)

/**
 * The mean of every window.
 * @param window sizes, one per axis between batch and channels
 * @throws ShapeError if ranks do not fit
 * @example avgPool(np.ones([1, 28, 28, 3]), [2, 2], { strides: [2, 2] }).shape // [1, 14, 14, 3]
 */
export const avgPool: WithArgument<Shape, AvgPoolOptions> = withArgument(
  'avgPool',
  ['countIncludePad', 'strides', 'padding', 'ceilMode'],
  isWindow,
  (x, window, options) => {
    const values = floating(x)
    const sums = overWindows('avgPool', values, window, options, 0, lax.add)
    const { countIncludePad = true, ceilMode = false, padding = 'VALID', strides = window.map(() => 1) } = options
    if (countIncludePad && !ceilMode) return sums.div(window.reduce((product, n) => product * n, 1))
    const ones = np.ones([1, ...values.shape.slice(1)], { dtype: values.dtype })
    const pads = resolvePadding('avgPool', padding, window.length)
    if (!countIncludePad || typeof pads === 'string')
      return sums.div(overWindows('avgPool', ones, window, options, 0, lax.add))
    // What only rounding up adds behind the padding does not count.
    const rounded = roundedUp(x.shape.slice(1, -1), window, strides, pads) as typeof pads
    const behind = rounded.map(([, high], i) => [0, high - (pads[i]?.[1] as number)] as const)
    const counted = np.pad(ones, [[0, 0], ...pads, [0, 0]], { constantValues: 1 })
    return sums.div(overWindows('avgPool', counted, window, { strides, padding: behind }, 0, lax.add))
  },
)
