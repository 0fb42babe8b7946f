/** Pooling as layers. */
import { np, type Shape, ShapeError, type Tensor } from '@puregrad/core'
import { left, right } from 'fp-ts/lib/Either.js'
import { avgPool, maxPool, type Padding } from '../functions/pooling.js'
import { type Layer, stateless } from '../layer.js'
import { sizesOf, windowSizes } from './windows.js'

export interface PoolLayerOptions {
  /** The size of the window unless said, so that windows touch and do not overlap. */
  readonly strides?: number | Shape
  /** 'VALID' unless said. */
  readonly padding?: Padding
}

type Pool = (x: Tensor, window: Shape, options: { strides: Shape; padding: Padding }) => Tensor

const pool2d =
  (kind: string, pool: Pool) =>
  (window: number | Shape, options: PoolLayerOptions = {}): Layer<null, null> => {
    const size = sizesOf(kind, 'the window', window, 2)
    const name = `${kind}([${size}])`
    const strides = sizesOf(name, 'strides', options.strides ?? size, 2)
    const { padding = 'VALID' } = options
    return stateless(
      name,
      (input) => {
        if (input.length !== 3) {
          return left(
            new ShapeError(
              `${name}: takes [height, width, channels] after the batch axis and the input is [${input}]. Put nn.reshape before it.`,
            ),
          )
        }
        const sizes = windowSizes(name, input.slice(0, 2), size, strides, padding)
        return sizes._tag === 'Left' ? sizes : right({ params: null, out: [...sizes.right, input[2] as number] })
      },
      (_, x) => pool(x, size, { strides, padding }),
    )
  }

/**
 * The largest element of every window of an image; windows touch unless strides are given.
 * @throws ShapeError if sizes are no whole numbers ≥ 1
 * @example maxPool2d(2).apply(null, null, np.ones([1, 28, 28, 3]), { mode: 'eval' })[0].shape // [1, 14, 14, 3]
 */
export const maxPool2d = pool2d('maxPool2d', maxPool)

/**
 * The mean of every window of an image; windows touch unless strides are given.
 * @throws ShapeError if sizes are no whole numbers ≥ 1
 * @example avgPool2d([2, 2]).apply(null, null, np.ones([1, 28, 28, 3]), { mode: 'eval' })[0].shape // [1, 14, 14, 3]
 */
export const avgPool2d = pool2d('avgPool2d', avgPool)

const global = (name: string, reduce: (x: Tensor, axis: readonly number[]) => Tensor): Layer<null, null> =>
  stateless(
    name,
    (input) => {
      if (input.length >= 2) return right({ params: null, out: input.slice(-1) })
      return left(
        new ShapeError(`${name}: the input [${input}] has no axes between batch and channels. Leave the layer out.`),
      )
    },
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
