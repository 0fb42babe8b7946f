/** Attention by a small network instead of a product. */
import { np, operation, type Tensor } from '@puregrad/core'
import { statelessBlock } from '../combinators/block.js'
import { refusing } from '../combinators/refusing.js'
import { lowest } from '../functions/attention.js'
import { softmax } from '../functions/softmax.js'
import type { Layer } from '../layer.js'
import { recordWeights } from '../recording.js'
import type { Stepping } from '../steps.js'
import { type AttentionInput, noSources } from './attention.js'
import { type DenseParams, type KernelOptions, projection, type WithBias } from './dense.js'

export interface AdditiveAttentionParams<B extends boolean = true> {
  /** [query features, units] */
  readonly query: Omit<DenseParams, 'bias'>
  /** [key features, units], with a bias */
  readonly key: WithBias<DenseParams, B>
  /** [units, 1] */
  readonly score: Omit<DenseParams, 'bias'>
}

/**
 * Additive attention (Bahdanau et al. 2015): scores are score · tanh(query · W + key · U + b), and what comes out is the mixture of
 * values that their softmax weighs; 0 for a query that sees no key.
 * @param units the width of the small network
 * @returns a layer from { query: [batch, queries, n], key: [batch, keys, m], value?, mask?: [batch, keys] } to [batch, queries, …value]
 * @example
 * const layer = additiveAttention(16)
 * const { params } = init(layer, { query: [3, 8], key: [5, 6] }, random.key(0))
 * layer.apply(params, null, { query: np.ones([1, 3, 8]), key: np.ones([1, 5, 6]) }, { mode: 'eval' })[0].shape // [1, 3, 6]
 */
export const additiveAttention = operation(
  'additiveAttention',
  { at: 1, numbers: ['units'], names: ['useBias', 'kernelInit', 'biasInit'] },
  <const B extends boolean = true>(
    units: number,
    options: KernelOptions<B> = {},
  ): Layer<AdditiveAttentionParams<B>, null, AttentionInput, Tensor> &
    Stepping<AdditiveAttentionParams<B>, null, AttentionInput, Tensor> => {
    const name = `additiveAttention(${units})`
    const plain = { ...options, useBias: false } as const
    const layer = statelessBlock(
      name,
      {
        query: projection(() => units, plain, `${name} query`),
        key: projection(() => units, options, `${name} key`),
        score: projection(() => 1, plain, `${name} score`),
      },
      (run, { query, key, value = key, mask }: AttentionInput, ctx) => {
        const see = mask === undefined ? null : (mask.ndim === 2 ? np.expandDims(mask, 1) : mask).astype('bool')
        // Keys that no query sees may be anything, NaN too: gradients of kernels would multiply it by 0.
        const seen = see === null ? null : np.expandDims(np.any(see, { axis: 1 }), 2)
        const taking = (x: Tensor): Tensor => (seen === null ? x : np.where(seen, x, 0))
        const sought = np.expandDims(run.query([query]), 2)
        const found = np.expandDims(run.key([taking(key)]), 1)
        const scores = np.squeeze(run.score([np.tanh(sought.add(found))]), -1)
        const weights = softmax(see === null ? scores : np.where(see, scores, lowest(scores)))
        recordWeights(ctx, () => (see === null ? weights : np.where(see, weights, 0)))
        if (see === null) return np.matmul(weights, value)
        return np.where(np.any(see, { axis: 2, keepdims: true }), np.matmul(weights, taking(value)), 0)
      },
    )
    return refusing(layer, noSources)
  },
)
