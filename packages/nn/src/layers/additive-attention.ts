/** Attention by a small network instead of a product. */
import { np, operation, type Tensor } from '@puregrad/core'
import { lowest } from '../functions/attention.js'
import { softmax } from '../functions/softmax.js'
import { type Layer, stateless } from '../layer.js'
import { under } from '../plan.js'
import { unlessRefused } from '../refusal.js'
import { positionwise, type Stepping } from '../steps.js'
import { type AttentionInput, sourcesOf } from './attention.js'
import { affine, type DenseParams, type KernelOptions, planKernel, type WithBias } from './dense.js'

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
    const layer = stateless<AdditiveAttentionParams<B>, AttentionInput, Tensor>(
      name,
      unlessRefused((input) => {
        const { query, key, value } = sourcesOf(name, input)
        const params = {
          query: under('query', planKernel([query[1], units], { ...options, useBias: false })),
          key: under('key', planKernel([key[1], units], options)),
          score: under('score', planKernel([units, 1], { ...options, useBias: false })),
        }
        return { params, out: [query[0], value[1]] }
      }),
      (params, { query, key, value = key, mask }) => {
        const see = mask === undefined ? null : (mask.ndim === 2 ? np.expandDims(mask, 1) : mask).astype('bool')
        // Keys that no query sees may be anything, NaN too: gradients of kernels would multiply it by 0.
        const seen = see === null ? null : np.expandDims(np.any(see, { axis: 1 }), 2)
        const taking = (x: Tensor): Tensor => (seen === null ? x : np.where(seen, x, 0))
        const sought = np.expandDims(affine(`${name} query`, params.query, query), 2)
        const found = np.expandDims(affine(`${name} key`, params.key, taking(key)), 1)
        const scores = np.squeeze(affine(`${name} score`, params.score, np.tanh(sought.add(found))), -1)
        if (see === null) return np.matmul(softmax(scores), value)
        const mixed = np.matmul(softmax(np.where(see, scores, lowest(scores))), taking(value))
        return np.where(np.any(see, { axis: 2, keepdims: true }), mixed, 0)
      },
    )
    return positionwise(layer)
  },
)
