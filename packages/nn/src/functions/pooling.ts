/** Pooling: one number for every window of an image, channel by channel. The batch axis first, channels last. */
import { lax, np, type Shape, ShapeError, type Tensor } from '@puregrad/core'
import { floating, type WithArgument, withArgument } from '../dual.js'

/** Explicit widths before and after each pooled axis, or a rule: VALID adds nothing, SAME keeps ⌈size / stride⌉ positions. */
export type Padding = 'SAME' | 'VALID' | readonly (readonly [low: number, high: number])[]

export interface PoolOptions {
  /** One per pooled axis: 1 unless said. */
  readonly strides?: Shape
  /** 'VALID' unless said. */
  readonly padding?: Padding
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
  { strides = window.map(() => 1), padding = 'VALID' }: PoolOptions,
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
  return lax.reduceWindow(
    x,
    initial,
    combine,
    [1, ...window, 1],
    [1, ...strides, 1],
    typeof padding === 'string' ? padding : [[0, 0], ...padding, [0, 0]],
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
  ['strides', 'padding'],
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
  ['strides', 'padding'],
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
  ['countIncludePad', 'strides', 'padding'],
  isWindow,
  (x, window, options) => {
    const values = floating(x)
    const sums = overWindows('avgPool', values, window, options, 0, lax.add)
    if (options.countIncludePad ?? true) return sums.div(window.reduce((product, n) => product * n, 1))
    const ones = np.ones([1, ...values.shape.slice(1)], { dtype: values.dtype })
    return sums.div(overWindows('avgPool', ones, window, options, 0, lax.add))
  },
)
