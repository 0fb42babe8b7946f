/** The laws that every function of tensors obeys, by what they are about: derivatives, batches, programs, purity; then trees. */
import { freezeDeep } from '../../freeze.js'
import { batching } from './batching.js'
import { compilation } from './compilation.js'
import { linearity } from './linearity.js'
import { linearization } from './linearization.js'
import type { Law } from './law.js'
import { purity } from './purity.js'
import { transposition } from './transposition.js'

export { batching } from './batching.js'
export { compilation } from './compilation.js'
export type { Law } from './law.js'
export { linearity } from './linearity.js'
export { linearization } from './linearization.js'
export { purity } from './purity.js'
export { transposition } from './transposition.js'
export { flattening, functor } from './trees.js'

/**
 * All laws of functions, to run over your own.
 * @example
 * const loss = (x: Tensor) => np.sum(np.square(x))
 * for (const { title, property } of laws.functionLaws) {
 *   it(title, () => fc.assert(property(loss, fc.tuple(tensors({ shape: [3], dtype: 'float64' })))))
 * }
 */
export const functionLaws: readonly Law[] = freezeDeep([
  linearization,
  linearity,
  transposition,
  batching,
  compilation,
  purity,
])
