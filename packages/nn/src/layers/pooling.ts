/** Pooling as layers. */
import { np, operation, type Shape, type Tensor } from '@puregrad/core'
import { adaptiveAvgPool, adaptiveMaxPool } from '../functions/adaptive-pooling.js'
import { type Padding, resolvePadding } from '../functions/padding.js'
import { type AvgPoolOptions, avgPool, maxPool, roundedUp } from '../functions/pooling.js'
import { type Layer, stateless } from '../layer.js'
import { refuse, unlessRefused } from '../refusal.js'
import { channelsIn, type Rank } from './convolve.js'
import { sizesOf, windowSizes } from './windows.js'

export interface PoolLayerOptions {
  /** The size of the window unless said, so that windows touch and do not overlap. */
  readonly strides?: number | Shape
  /** 'VALID' unless said. */
  readonly padding?: Padding
  /** Whether a window that reaches beyond the end still counts, as PyTorch's ceil_mode: false unless said. */
  readonly ceilMode?: boolean
}

export interface AvgPoolLayerOptions extends PoolLayerOptions, Pick<AvgPoolOptions, 'countIncludePad'> {}

type Pool<O> = (x: Tensor, window: Shape, options: O & { strides: Shape; padding: Padding }) => Tensor

const pooling =
  <O extends PoolLayerOptions>(kind: 'maxPool' | 'avgPool', rank: Rank, pool: Pool<Omit<O, keyof PoolLayerOptions>>) =>
  (window: number | Shape, options: O = {} as O): Layer<null, null> => {
    const size = sizesOf(`${kind}${rank}d`, 'the window', window, rank)
    const name = `${kind}${rank}d([${size}])`
    const strides = sizesOf(name, 'strides', options.strides ?? size, rank)
    const { padding = 'VALID', ceilMode = false } = options
    const pads = resolvePadding(name, padding, rank)
    return stateless<null>(
      name,
      unlessRefused((input) => {
        const channels = channelsIn(name, rank, input)
        const spatial = input.slice(0, rank)
        const around = ceilMode ? roundedUp(spatial, size, strides, pads) : pads
        const sizes = windowSizes(name, spatial, size, strides, around)
        return { params: null, out: [...sizes, channels] }
      }),
      (_, x) => pool(x, size, { ...options, strides, padding }),
    )
  }

/**
 * The largest element of every stretch of time; windows touch unless strides are given.
 * @throws ShapeError if sizes are no whole numbers ≥ 1
 * @example maxPool1d(2).apply(null, null, np.ones([1, 28, 3]), { mode: 'eval' })[0].shape // [1, 14, 3]
 */
export const maxPool1d = operation(
  'maxPool1d',
  { at: 1, names: ['strides', 'padding', 'ceilMode'] },
  pooling<PoolLayerOptions>('maxPool', 1, maxPool),
)

/**
 * The largest element of every window of an image; windows touch unless strides are given.
 * @throws ShapeError if sizes are no whole numbers ≥ 1
 * @example maxPool2d(2).apply(null, null, np.ones([1, 28, 28, 3]), { mode: 'eval' })[0].shape // [1, 14, 14, 3]
 */
export const maxPool2d = operation(
  'maxPool2d',
  { at: 1, names: ['strides', 'padding', 'ceilMode'] },
  pooling<PoolLayerOptions>('maxPool', 2, maxPool),
)

/**
 * The largest element of every window of a volume; windows touch unless strides are given.
 * @throws ShapeError if sizes are no whole numbers ≥ 1
 * @example maxPool3d(2).apply(null, null, np.ones([1, 4, 4, 4, 3]), { mode: 'eval' })[0].shape // [1, 2, 2, 2, 3]
 */
export const maxPool3d = operation(
  'maxPool3d',
  { at: 1, names: ['strides', 'padding', 'ceilMode'] },
  pooling<PoolLayerOptions>('maxPool', 3, maxPool),
)

/**
 * The mean of every stretch of time; windows touch unless strides are given.
 * @throws ShapeError if sizes are no whole numbers ≥ 1
 * @example avgPool1d(2).apply(null, null, np.ones([1, 28, 3]), { mode: 'eval' })[0].shape // [1, 14, 3]
 */
export const avgPool1d = operation(
  'avgPool1d',
  { at: 1, names: ['strides', 'padding', 'ceilMode', 'countIncludePad'] },
  pooling<AvgPoolLayerOptions>('avgPool', 1, avgPool),
)

/**
 * The mean of every window of an image; windows touch unless strides are given.
 * @throws ShapeError if sizes are no whole numbers ≥ 1
 * @example avgPool2d([2, 2]).apply(null, null, np.ones([1, 28, 28, 3]), { mode: 'eval' })[0].shape // [1, 14, 14, 3]
 */
export const avgPool2d = operation(
  'avgPool2d',
  { at: 1, names: ['strides', 'padding', 'ceilMode', 'countIncludePad'] },
  pooling<AvgPoolLayerOptions>('avgPool', 2, avgPool),
)

/**
 * The mean of every window of a volume; windows touch unless strides are given.
 * @throws ShapeError if sizes are no whole numbers ≥ 1
 * @example avgPool3d(2).apply(null, null, np.ones([1, 4, 4, 4, 3]), { mode: 'eval' })[0].shape // [1, 2, 2, 2, 3]
 */
export const avgPool3d = operation(
  'avgPool3d',
  { at: 1, names: ['strides', 'padding', 'ceilMode', 'countIncludePad'] },
  pooling<AvgPoolLayerOptions>('avgPool', 3, avgPool),
)

const adaptive =
  (kind: 'adaptiveAvgPool' | 'adaptiveMaxPool', rank: Rank, pool: (x: Tensor, sizes: Shape) => Tensor) =>
  (size: number | Shape): Layer<null, null> => {
    const sizes = sizesOf(`${kind}${rank}d`, 'the size', size, rank)
    const name = `${kind}${rank}d([${sizes}])`
    return stateless<null>(
      name,
      unlessRefused((input) => ({ params: null, out: [...sizes, channelsIn(name, rank, input)] })),
      (_, x) => pool(x, sizes),
    )
  }

/**
 * Means of as many stretches of time as asked for.
 * @throws ShapeError if the size is no whole number ≥ 1
 * @example adaptiveAvgPool1d(3).apply(null, null, np.ones([1, 7, 2]), { mode: 'eval' })[0].shape // [1, 3, 2]
 */
export const adaptiveAvgPool1d = adaptive('adaptiveAvgPool', 1, adaptiveAvgPool)

/**
 * Means of windows of an image, as many as asked for: a fixed size from images of any.
 * @throws ShapeError if sizes are no whole numbers ≥ 1
 * @example adaptiveAvgPool2d([3, 2]).apply(null, null, np.ones([1, 7, 9, 2]), { mode: 'eval' })[0].shape // [1, 3, 2, 2]
 */
export const adaptiveAvgPool2d = adaptive('adaptiveAvgPool', 2, adaptiveAvgPool)

/**
 * Means of windows of a volume, as many as asked for.
 * @throws ShapeError if sizes are no whole numbers ≥ 1
 * @example adaptiveAvgPool3d(2).apply(null, null, np.ones([1, 5, 4, 3, 2]), { mode: 'eval' })[0].shape // [1, 2, 2, 2, 2]
 */
export const adaptiveAvgPool3d = adaptive('adaptiveAvgPool', 3, adaptiveAvgPool)

/**
 * The largest elements of as many stretches of time as asked for.
 * @throws ShapeError if the size is no whole number ≥ 1
 * @example adaptiveMaxPool1d(3).apply(null, null, np.ones([1, 7, 2]), { mode: 'eval' })[0].shape // [1, 3, 2]
 */
export const adaptiveMaxPool1d = adaptive('adaptiveMaxPool', 1, adaptiveMaxPool)

/**
 * The largest elements of windows of an image, as many as asked for.
 * @throws ShapeError if sizes are no whole numbers ≥ 1
 * @example adaptiveMaxPool2d(3).apply(null, null, np.ones([1, 7, 9, 2]), { mode: 'eval' })[0].shape // [1, 3, 3, 2]
 */
export const adaptiveMaxPool2d = adaptive('adaptiveMaxPool', 2, adaptiveMaxPool)

/**
 * The largest elements of windows of a volume, as many as asked for.
 * @throws ShapeError if sizes are no whole numbers ≥ 1
 * @example adaptiveMaxPool3d(2).apply(null, null, np.ones([1, 5, 4, 3, 2]), { mode: 'eval' })[0].shape // [1, 2, 2, 2, 2]
 */
export const adaptiveMaxPool3d = adaptive('adaptiveMaxPool', 3, adaptiveMaxPool)

const global = (name: string, reduce: (x: Tensor, axis: readonly number[]) => Tensor): Layer<null, null> =>
  stateless<null>(
    name,
    unlessRefused((input) =>
      input.length >= 2
        ? { params: null, out: input.slice(-1) }
        : refuse(name, `the input [${input}] has no axes between batch and channels.`, 'Leave the layer out.'),
    ),
    (_, x) =>
      reduce(
        x,
        Array.from({ length: x.ndim - 2 }, (__, i) => i + 1),
      ),
  )

/**
 * The mean of each channel over all axes between batch and channels.
 * @example globalAvgPool().apply(null, null, np.ones([2, 7, 7, 64]), { mode: 'eval' })[0].shape // [2, 64]
 */
export const globalAvgPool = (): Layer<null, null> => global('globalAvgPool', (x, axis) => np.mean(x, { axis }))

/**
 * The largest element of each channel over all axes between batch and channels.
 * @example globalMaxPool().apply(null, null, np.ones([2, 7, 7, 64]), { mode: 'eval' })[0].shape // [2, 64]
 */
export const globalMaxPool = (): Layer<null, null> => global('globalMaxPool', (x, axis) => np.max(x, { axis }))
