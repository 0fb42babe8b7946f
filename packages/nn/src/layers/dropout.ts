/** Dropout. */
import { np, RangeError, random } from '@puregrad/core'
import { right } from 'fp-ts/lib/Either.js'
import { type Layer, stateless } from '../layer.js'

export interface DropoutOptions {
  /** Axes, counted with the batch as 0, along which whole slices fall together. */
  readonly broadcastDims?: readonly number[]
}

/**
 * In training, sets each element to 0 with probability `rate` and divides the others by 1 − rate, so that means are kept
 * (Srivastava et al. 2014). In evaluation it does nothing.
 * @throws RangeError unless 0 ≤ rate ≤ 1
 * @example
 * dropout(0.5).apply(null, null, np.ones([4]), { mode: 'train', key: random.key(0) })[0] // zeros and twos
 */
export const dropout = (rate: number, { broadcastDims = [] }: DropoutOptions = {}): Layer<null, null> => {
  if (!(rate >= 0 && rate <= 1)) {
    throw new RangeError(`dropout: ${rate} is no probability. Pass the part that is dropped, such as 0.2.`)
  }
  return stateless(
    `dropout(${rate})`,
    (input) => right({ params: null, out: input }),
    (_, x, ctx) => {
      if (ctx.mode === 'eval' || rate === 0) return x
      if (rate === 1) return np.zerosLike(x)
      const shape = x.shape.map((n, i) => (broadcastDims.includes(i) || broadcastDims.includes(i - x.ndim) ? 1 : n))
      return np.where(random.bernoulli(ctx.key, 1 - rate, shape), x.div(1 - rate), 0)
    },
  )
}
