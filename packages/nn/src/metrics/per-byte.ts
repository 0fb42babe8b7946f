/** How well texts were foretold, whatever they were cut into. */
import { np, type Tensor } from '@puregrad/core'
import { type Metric, sums } from './metric.js'
import type { Weighed } from './streaming.js'

/** Nats that tokens cost, how many bytes (or characters) their text has, and what each token weighs. */
type Told = [losses: Tensor, bytes: Tensor | number, weights?: Tensor]

const f64 = (x: Tensor | number): Tensor =>
  typeof x === 'number' ? np.array(x, { dtype: 'float64' }) : x.astype('float64')

const perByte = (read: (nats: Tensor) => Tensor): Metric<Told, Weighed> => ({
  monoid: sums({ total: f64(0), weight: f64(0) }),
  measure: (losses, bytes, weights) => {
    const share = np.broadcastTo(f64(weights ?? 1), losses.shape)
    // Selected, not multiplied: 0 · NaN and 0 · ∞ are NaN.
    return { total: np.sum(np.where(share.eq(0), 0, f64(losses).mul(share))), weight: np.sum(f64(bytes)) }
  },
  result: ({ total, weight }) => read(total.div(weight)).astype('float32'),
})

/**
 * exp of the nats that a text costs for each of its bytes: with it models whose tokens differ can be compared, as they cannot by the
 * `perplexity` of a token. Weights of 0 leave out padding.
 * @returns a metric of the losses of tokens, the bytes of their text, and weights
 * @example metrics.reduceBatches(metrics.streaming.perplexityPerByte(), [[np.log(np.array([4, 4])), 4]]).item() // 2
 */
export const perplexityPerByte = (): Metric<Told, Weighed> => perByte(np.exp)

/**
 * The bits that a text costs for each of its bytes: log₂ of `perplexityPerByte`.
 * @returns a metric of the losses of tokens, the bytes of their text, and weights
 * @example metrics.reduceBatches(metrics.streaming.bitsPerByte(), [[np.log(np.array([4, 4])), 4]]).item() // 1
 */
export const bitsPerByte = (): Metric<Told, Weighed> => perByte((nats) => nats.div(Math.LN2))
