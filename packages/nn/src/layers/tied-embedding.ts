/** One matrix for words going in and words coming out. */

import { np, operation, type Shape, type Tensor } from '@puregrad/core'
import { chain, map } from 'fp-ts/lib/Either.js'
import { checkApply } from '../arguments.js'
import {
  applyChild,
  childOf,
  type Erased,
  type ErasedPlan,
  planChild,
  stated,
  stepChild,
  stepsOf,
} from '../combinators/erased.js'
import type { Layer, Planned } from '../layer.js'
import { type CanStep, evaluation, type SteppingIf } from '../steps.js'
import { type EmbeddingOptions, type EmbeddingParams, embedding } from './embedding.js'

/**
 * How well vectors agree with each embedding: x · embeddingᵀ, logits over what is embedded.
 * @param x [..., features]
 * @returns [..., count]
 * @example attend({ embedding: np.eye(3) }, np.ones([2, 3])).shape // [2, 3]
 */
export const attend = ({ embedding: matrix }: EmbeddingParams, x: Tensor): Tensor => np.matmul(x, matrix.T)

export interface TiedParams<P> extends EmbeddingParams {
  readonly body: P
}

/**
 * A model of words around `body`: embeds integers, applies the body, and compares what comes out with the same embeddings, which
 * gives logits (Press & Wolf 2017).
 * @param count how many words there are  @param features the length of their vectors, which the body keeps
 * @returns a layer from integers [batch, …] to logits [batch, …, count]
 * @example
 * const model = tiedEmbedding(100, 16, gru(16))
 * const { params, state } = init(model, [12], random.key(0))
 * model.apply(params, state, np.zeros([2, 12], { dtype: 'int32' }), { mode: 'eval' })[0].shape // [2, 12, 100]
 */
export const tiedEmbedding = operation(
  'tiedEmbedding',
  { at: 3, numbers: ['count', 'features'], names: ['embeddingInit'] },
  <P, S, L>(
    count: number,
    features: number,
    body: Layer<P, S> & L,
    options: EmbeddingOptions = {},
  ): Layer<TiedParams<P>, S> & SteppingIf<CanStep<L>, TiedParams<P>, S, Tensor, Tensor> => {
    const name = `tiedEmbedding(${count}, ${features})`
    const words = embedding(count, features, options)
    const child = childOf(body, 'body')
    const heldIn = (params: unknown): TiedParams<unknown> => params as TiedParams<unknown>
    const layer: Erased = {
      name,
      plan: (input) =>
        chain((first: Planned<EmbeddingParams, null>) => {
          const own = { path: [words.name], name: words.name, out: first.out, parameters: count * features }
          return map(({ params, state, out, parts }: Required<ErasedPlan>) => ({
            params: { ...first.params, body: params },
            state,
            out: [...(out as Shape).slice(0, -1), count],
            parts: [own, ...parts],
          }))(planChild(name, child, first.out))
        })(words.plan(input as Shape)),
      apply: (params, state, x, ctx) => {
        checkApply(name, params, state, x, ctx)
        const tied = heldIn(params)
        const [vectors] = words.apply(tied, null, x as Tensor, ctx)
        const [y, next] = applyChild(child, tied.body, state, vectors, ctx)
        return [attend(tied, y as Tensor), next]
      },
      startCache: (params, ...rest) => stepsOf(name, child).startCache(heldIn(params).body, ...rest),
      step: (params, state, cache, x, ctx = evaluation) => {
        const tied = heldIn(params)
        const [vectors] = words.apply(tied, null, x as Tensor, ctx)
        const [y, next] = stepChild(name, child, tied.body, state, cache, vectors, ctx)
        return [attend(tied, y as Tensor), next]
      },
    }
    return stated(layer)
  },
)
