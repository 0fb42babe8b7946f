/**
 * Operations along axes by JAX's names. In reading order: reductions, where extrema are, running reductions, and the two
 * stable compositions around exp that deserve kernels of their own.
 */

export { type CumulativeOptions, cumlogsumexp, cummax, cummin, cumprod, cumsum } from '../primitives/cumulative.js'
export {
  argmax,
  argmin,
  reduceAnd,
  reduceMax,
  reduceMin,
  reduceOr,
  reduceProd,
  reduceSum,
  reduceXor,
} from '../primitives/reduction.js'
export { logsumexp, softmax } from '../primitives/softmax.js'
