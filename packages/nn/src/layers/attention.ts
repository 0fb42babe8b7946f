/** Multi-head attention: of a sequence to itself, or to another. */
import { operation, type Shape, ShapeError, type Tensor } from '@puregrad/core'
import { left, right } from 'fp-ts/lib/Either.js'
import { type Layer, stateless } from '../layer.js'
import { positionwise, type Stepping, stepless } from '../steps.js'
import type { Affine, DenseParams, WithBias } from './dense.js'
import {
  type AttentionParams,
  attendCache,
  attendHeads,
  checkHeads,
  type Decoding,
  emptyCache,
  type HeadOptions,
  headsError,
  type KvCache,
  planHeads,
  stepsOfAttention,
} from './heads.js'

export type { AttentionParams } from './heads.js'

export type SelfAttentionOptions<B extends boolean = boolean> = HeadOptions<B>

/**
 * Multi-head attention of a sequence to itself (Vaswani et al. 2017): [batch, time, features] to the same shape. If it is causal,
 * `startCache` and `step` go on where a sequence ends, one token or several at a time.
 * @throws RangeError unless heads is a whole number ≥ 1
 * @example
 * const layer = selfAttention({ heads: 4, causal: true })
 * const { params } = init(layer, [16, 64], random.key(0))
 * layer.apply(params, null, np.ones([2, 16, 64]), { mode: 'eval' })[0].shape // [2, 16, 64]
 * @example
 * const layer = selfAttention({ heads: 4, causal: true, rope: true })
 * const { params } = init(layer, [16, 64], random.key(0))
 * const [first, cache] = layer.step(params, layer.startCache(params, 2, 16), np.ones([2, 1, 64]))
 * layer.step(params, cache, first)[1].index.item() // 2
 */
export const selfAttention = operation(
  'selfAttention',
  { at: 0, names: ['heads', 'keyValueHeads', 'causal', 'rope', 'alibi', 'useBias', 'kernelInit', 'biasInit'] },
  <const B extends boolean = true>(
    options: SelfAttentionOptions<B>,
  ): Layer<AttentionParams<WithBias<DenseParams, B>>, null> & Decoding<AttentionParams<WithBias<DenseParams, B>>> => {
    const name = `selfAttention(${options.heads})`
    checkHeads(name, options)
    const layer = stateless<AttentionParams<Affine>>(
      name,
      (input) => {
        const features = input[1]
        if (input.length !== 2 || features === undefined) {
          return left(
            new ShapeError(
              `${name}: takes [time, features] after the batch axis and the input is [${input}]. Put nn.reshape before it.`,
            ),
          )
        }
        const wrong = headsError(name, options, features)
        if (wrong !== null) return left(wrong)
        const params = planHeads(options, features, { key: features, value: features })
        return right({ params: params as never, out: input })
      },
      (params, x) => attendHeads(name, options, params, { query: x, key: x }),
    )
    const decoding =
      options.causal === true
        ? stepsOfAttention<AttentionParams<Affine>, Tensor, Tensor, KvCache>(
            (params, batch, length) => emptyCache(options, params, batch, length),
            (params, cache, x) => attendCache(name, options, params, cache, x),
          )
        : stepless(name, 'it sees later positions. Take causal: true.')
    return { ...layer, ...decoding } as never
  },
)

/** What attention from one sequence to another takes, [batch, time, features] each. */
export interface AttentionInput {
  readonly query: Tensor
  readonly key: Tensor
  /** The key unless given. */
  readonly value?: Tensor
  /** Which keys count, [batch, keys], or for which queries, [batch, queries, keys] or [batch, heads, queries, keys]. */
  readonly mask?: Tensor
}

/**
 * Multi-head attention from one sequence to another (Vaswani et al. 2017), or to itself with a mask: the query looks for keys, what
 * comes out is a mixture of their values, as wide as the query.
 * @throws RangeError unless heads is a whole number ≥ 1
 * @example
 * const layer = multiHeadAttention({ heads: 2 })
 * const { params } = init(layer, { query: [3, 8], key: [5, 6] }, random.key(0))
 * const x = { query: np.ones([1, 3, 8]), key: np.ones([1, 5, 6]), mask: np.array([[1, 1, 1, 0, 0]]) }
 * layer.apply(params, null, x, { mode: 'eval' })[0].shape // [1, 3, 8]
 */
export const multiHeadAttention = operation(
  'multiHeadAttention',
  { at: 0, names: ['heads', 'keyValueHeads', 'causal', 'rope', 'alibi', 'useBias', 'kernelInit', 'biasInit'] },
  <const B extends boolean = true>(
    options: HeadOptions<B>,
  ): Layer<AttentionParams<WithBias<DenseParams, B>>, null, AttentionInput, Tensor> &
    Stepping<AttentionParams<WithBias<DenseParams, B>>, null, AttentionInput, Tensor> => {
    const name = `multiHeadAttention(${options.heads})`
    checkHeads(name, options)
    const layer = stateless<AttentionParams<Affine>, AttentionInput, Tensor>(
      name,
      (input) => {
        const { query, key, value = key } = input as unknown as Readonly<Record<'query' | 'key' | 'value', Shape>>
        if (query?.length !== 2 || key?.length !== 2 || value.length !== 2 || key[0] !== value[0]) {
          return left(
            new ShapeError(
              `${name}: takes { query: [time, features], key: [time, features], value?, mask? } with a value for every key, and the shapes are ${JSON.stringify(input)}.`,
            ),
          )
        }
        const wrong = headsError(name, options, query[1] as number)
        if (wrong !== null) return left(wrong)
        const source = { key: key[1] as number, value: value[1] as number }
        return right({ params: planHeads(options, query[1] as number, source) as never, out: query as never })
      },
      (params, x) => attendHeads(name, options, params, x),
    )
    const { causal = false, rope = false, alibi = false } = options
    if (causal || alibi || rope !== false)
      return {
        ...layer,
        ...stepless(name, 'queries of one step do not know where they stand. Take selfAttention.'),
      } as never
    // Every query looks for itself: of those before it, nothing has to be remembered.
    return positionwise(layer) as never
  },
)
