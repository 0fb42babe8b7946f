/** Multi-head attention: of a sequence to itself, or to another. */
import { operation, type Shape, type Tensor } from '@puregrad/core'
import { type Layer, type ShapeOf, stateless } from '../layer.js'
import { refuse, unlessRefused } from '../refusal.js'
import { positionwise, type Stepping, stepless } from '../steps.js'
import type { DenseParams, WithBias } from './dense.js'
import {
  type AttentionParams,
  attendCache,
  attendHeads,
  checkHeads,
  type Decoding,
  emptyCache,
  type HeadOptions,
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
    const layer = stateless<AttentionParams<WithBias<DenseParams, B>>>(
      name,
      unlessRefused((input) => {
        const [, features] = input
        if (input.length !== 2 || features === undefined)
          return refuse(
            name,
            `takes [time, features] after the batch axis and the input is [${input}].`,
            'Put nn.reshape before it.',
          )
        return { params: planHeads(name, options, features, { key: features, value: features }), out: input }
      }),
      (params, x) => attendHeads(name, options, params, { query: x, key: x }),
    )
    const decoding =
      options.causal === true
        ? stepsOfAttention<AttentionParams<WithBias<DenseParams, B>>, Tensor, Tensor, KvCache>(
            (params, batch, length) => emptyCache(options, params, batch, length),
            (params, cache, x) => attendCache(name, options, params, cache, x),
          )
        : stepless(name, 'it sees later positions. Take causal: true.')
    return { ...layer, ...decoding }
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

type Sequence = readonly [time: number, features: number]

const isSequence = (shape: Shape | undefined): shape is Sequence => Array.isArray(shape) && shape.length === 2

/** The shapes of what attends and what is attended to. @throws ShapeError unless they are sequences, with a value for every key */
export const sourcesOf = (
  name: string,
  input: ShapeOf<AttentionInput>,
): Readonly<Record<'query' | 'key' | 'value', Sequence>> => {
  const { query, key, value = key } = input
  return isSequence(query) && isSequence(key) && isSequence(value) && key[0] === value[0]
    ? { query, key, value }
    : refuse(
        name,
        `takes { query: [time, features], key: [time, features], value?, mask? } with a value for every key, and the shapes are ${JSON.stringify(input)}.`,
        'Give sequences, without the batch axis.',
      )
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
    const layer = stateless<AttentionParams<WithBias<DenseParams, B>>, AttentionInput, Tensor>(
      name,
      unlessRefused((input) => {
        const { query, key, value } = sourcesOf(name, input)
        const source = { key: key[1], value: value[1] }
        return { params: planHeads(name, options, query[1], source), out: query }
      }),
      (params, x) => attendHeads(name, options, params, x),
    )
    const { causal = false, rope = false, alibi = false } = options
    if (causal || alibi || rope !== false)
      return {
        ...layer,
        ...stepless(name, 'queries of one step do not know where they stand. Take selfAttention.'),
      }
    // Every query looks for itself: of those before it, nothing has to be remembered.
    return positionwise(layer)
  },
)
