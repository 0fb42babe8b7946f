/** Multi-head attention: of a sequence to itself, or to another. */
import { operation, type Shape, type Tensor } from '@puregrad/core'
import { refusing } from '../combinators/refusing.js'
import type { Layer, ShapeOf } from '../layer.js'
import type { Stepping } from '../steps.js'
import {
  type AttentionInput,
  checkHeads,
  type Decoding,
  type HeadOptions,
  type HeadParams,
  type MemoryCache,
  otherHeads,
  ownHeads,
  stepsOfAttention,
} from './heads.js'

export type { AttentionInput, AttentionParams } from './heads.js'

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
  {
    at: 0,
    names: ['heads', 'keyValueHeads', 'causal', 'rope', 'alibi', 'outInit', 'useBias', 'kernelInit', 'biasInit'],
  },
  <const B extends boolean = true>(
    options: SelfAttentionOptions<B>,
  ): Layer<HeadParams<B>, null> & Decoding<HeadParams<B>> => {
    const name = `selfAttention(${options.heads})`
    checkHeads(name, options)
    const layer = ownHeads(name, options, (x: Tensor) => ({ x }))
    const { startCache, step } = layer
    return {
      ...refusing(layer, (input) =>
        input.length === 2
          ? null
          : [`takes [time, features] after the batch axis and the input is [${input}].`, 'Put nn.reshape before it.'],
      ),
      ...stepsOfAttention(startCache, (params, cache, x, ctx) => step(params, null, cache, x, ctx)),
    }
  },
)

type Sequence = readonly [time: number, features: number]

const isSequence = (shape: Shape | undefined): shape is Sequence => Array.isArray(shape) && shape.length === 2

/** Why the shapes are not those of what attends and what is attended to, with a value for every key; null if they are. */
export const noSources = (input: ShapeOf<AttentionInput>): readonly [why: string, cure: string] | null => {
  const { query, key, value = key } = input
  return isSequence(query) && isSequence(key) && isSequence(value) && key[0] === value[0]
    ? null
    : [
        `takes { query: [time, features], key: [time, features], value?, mask? } with a value for every key, and the shapes are ${JSON.stringify(input)}.`,
        'Give sequences, without the batch axis.',
      ]
}

/**
 * Multi-head attention from one sequence to another (Vaswani et al. 2017), or to itself with a mask: the query looks for keys, what
 * comes out is a mixture of their values, as wide as the query. As `step`, with the `memory` that keys and values are made of given
 * to `startCache`, it projects that once.
 * @throws RangeError unless heads is a whole number ≥ 1
 * @example
 * const layer = multiHeadAttention({ heads: 2 })
 * const { params } = init(layer, { query: [3, 8], key: [5, 6] }, random.key(0))
 * const x = { query: np.ones([1, 3, 8]), key: np.ones([1, 5, 6]), mask: np.array([[1, 1, 1, 0, 0]]) }
 * layer.apply(params, null, x, { mode: 'eval' })[0].shape // [1, 3, 8]
 */
export const multiHeadAttention = operation(
  'multiHeadAttention',
  {
    at: 0,
    names: ['heads', 'keyValueHeads', 'causal', 'rope', 'alibi', 'outInit', 'useBias', 'kernelInit', 'biasInit'],
  },
  <const B extends boolean = true>(
    options: HeadOptions<B>,
  ): Layer<HeadParams<B>, null, AttentionInput, Tensor> &
    Stepping<HeadParams<B>, null, AttentionInput, Tensor, MemoryCache | null> => {
    const name = `multiHeadAttention(${options.heads})`
    checkHeads(name, options)
    return refusing(otherHeads(name, options), noSources)
  },
)
