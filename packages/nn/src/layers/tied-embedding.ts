/** One matrix for words going in and words coming out. */

import { np, operation, type Tensor } from '@puregrad/core'
import { isLeft, map } from 'fp-ts/lib/Either.js'
import { checkApply } from '../arguments.js'
import { applyChild, type Child, type Erased, planChild, stepChild, stepsOf } from '../combinators/erased.js'
import type { Layer, Planned } from '../layer.js'
import { type CanStep, evaluation, type Stepping, type SteppingIf } from '../steps.js'
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
    const child: Child = { label: 'body', layer: body as unknown as Erased }
    const layer: Layer<TiedParams<P>, S> & Stepping<TiedParams<P>, S> = {
      name,
      plan: (input) => {
        const first = words.plan(input)
        if (isLeft(first)) return first
        const inner = planChild(name, child, first.right.out)
        const own = { path: [words.name], name: words.name, out: first.right.out, parameters: count * features }
        return map(({ params, out, parts = [], ...rest }: Planned<P, S>) => ({
          ...rest,
          params: { ...first.right.params, body: params },
          out: [...out.slice(0, -1), count],
          parts: [own, ...parts],
        }))(inner as never) as never
      },
      apply: (params, state, x, ctx) => {
        checkApply(name, params, state, x, ctx)
        const [vectors] = words.apply(params, null, x, ctx)
        const [y, next] = applyChild(child, params.body, state, vectors, ctx)
        return [attend(params, y as Tensor), next as S]
      },
      startCache: (params, batch, length, given) => stepsOf(name, child).startCache(params.body, batch, length, given),
      step: (params, state, cache, x, ctx = evaluation) => {
        const [vectors] = words.apply(params, null, x, ctx)
        const [y, next] = stepChild(name, child, params.body, state, cache, vectors, ctx)
        return [attend(params, y as Tensor), next]
      },
    }
    return layer as never
  },
)
