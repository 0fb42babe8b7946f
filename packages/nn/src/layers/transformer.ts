/** Transformer blocks: attention and a small network, each around a residual connection. `repeat` stacks them. */

import { operation, type Shape, ShapeError, type Tensor } from '@puregrad/core'
import { type Either, left, right } from 'fp-ts/lib/Either.js'
import { checkApply } from '../arguments.js'
import { gelu } from '../functions/sigmoids.js'
import { ctxAt } from '../keys.js'
import type { Ctx, Layer } from '../layer.js'
import { under } from '../plan.js'
import { affine, type DenseParams, planKernel } from './dense.js'
import { dropout } from './dropout.js'
import {
  type AttentionParams,
  attendCache,
  attendHeads,
  checkHeads,
  type Decoding,
  emptyCache,
  type HeadOptions,
  headsError,
  planHeads,
} from './heads.js'
import { layerNorm, type NormParams, planScaleAndBias } from './normalization.js'

export interface TransformerOptions extends Omit<HeadOptions, 'useBias'> {
  /** The width of the small network: 4 times the features unless said. */
  readonly hidden?: number
  /** Where norms stand: before each branch (Xiong et al. 2020), or after each sum (Vaswani et al. 2017). 'pre' unless said. */
  readonly norm?: 'pre' | 'post'
  /** Of the small network: `gelu` unless said. */
  readonly activation?: (x: Tensor) => Tensor
  /** Dropped at the end of each branch in training: 0 unless said. */
  readonly dropout?: number
  /** Of the norms: 1e-6 unless said. */
  readonly epsilon?: number
}

export interface EncoderOptions<M extends boolean = boolean> extends TransformerOptions {
  /** Input and output are records { x, mask } with a mask [batch, time] of the tokens that count: false unless said. */
  readonly mask?: M
}

export interface EncoderParams {
  readonly attention: AttentionParams
  readonly attentionNorm: NormParams
  readonly mlp: { readonly hidden: DenseParams; readonly out: DenseParams }
  readonly mlpNorm: NormParams
}

export interface DecoderParams extends EncoderParams {
  readonly cross: AttentionParams
  readonly crossNorm: NormParams
}

/** Tokens and which of them count. */
export interface Masked {
  readonly x: Tensor
  /** [batch, time] */
  readonly mask: Tensor
}

/** What a decoder sees: its own tokens and those of the encoder, [batch, time, features] each. */
export interface DecoderInput {
  readonly x: Tensor
  readonly memory: Tensor
  /** Which of its own tokens count, [batch, time]. */
  readonly mask?: Tensor
  /** Which tokens of the encoder count, [batch, memory time]. */
  readonly memoryMask?: Tensor
}

const defaultEpsilon = 1e-6

/** One residual branch: x + f(norm x), or norm(x + f(x)). */
const branch = (
  { norm = 'pre', epsilon = defaultEpsilon, dropout: rate = 0 }: TransformerOptions,
  params: NormParams,
  x: Tensor,
  ctx: Ctx,
  f: (x: Tensor) => Tensor,
): Tensor => {
  const normalize = (y: Tensor): Tensor => layerNorm({ epsilon }).apply(params, null, y, ctx)[0]
  const dropped = (y: Tensor): Tensor => dropout(rate).apply(null, null, y, ctx)[0]
  return norm === 'pre' ? x.add(dropped(f(normalize(x)))) : normalize(x.add(dropped(f(x))))
}

const mlp = (
  name: string,
  { activation = gelu }: TransformerOptions,
  params: EncoderParams['mlp'],
  x: Tensor,
): Tensor => affine(`${name} out`, params.out, activation(affine(`${name} hidden`, params.hidden, x)))

const planBlock = (options: TransformerOptions, features: number): Record<string, unknown> => {
  const { hidden = 4 * features, epsilon = defaultEpsilon } = options
  const network = {
    hidden: under('hidden', planKernel([features, hidden], options)),
    out: under('out', planKernel([hidden, features], options)),
  }
  return {
    attention: under('attention', planHeads(options, features, { key: features, value: features })),
    attentionNorm: under('attentionNorm', planScaleAndBias(features, epsilon)),
    mlp: under('mlp', network),
    mlpNorm: under('mlpNorm', planScaleAndBias(features, epsilon)),
  }
}

const fit = (name: string, options: TransformerOptions, shape: unknown, input: unknown): Either<ShapeError, number> => {
  if (!Array.isArray(shape) || shape.length !== 2) {
    return left(
      new ShapeError(
        `${name}: takes [time, features] after the batch axis and the input is ${JSON.stringify(input)}. Put an embedding before it.`,
      ),
    )
  }
  const features = shape[1] as number
  const wrong = headsError(name, options, features)
  return wrong === null ? right(features) : left(wrong)
}

/**
 * A block of self-attention and a small network: [batch, time, features] to the same shape. With `causal` it is the block of a
 * decoder-only model (GPT), and `startCache` and `step` generate token by token.
 * @throws RangeError unless heads is a whole number ≥ 1
 * @example
 * const model = repeat(transformerEncoder({ heads: 2 }), 3)
 * const { params, state } = init(model, [5, 8], random.key(0))
 * model.apply(params, state, np.ones([1, 5, 8]), { mode: 'eval' })[0].shape // [1, 5, 8]
 */
export const transformerEncoder = operation(
  'transformerEncoder',
  {
    at: 0,
    names: [
      'mask',
      'hidden',
      'norm',
      'activation',
      'dropout',
      'epsilon',
      'kernelInit',
      'biasInit',
      'heads',
      'keyValueHeads',
      'causal',
      'rope',
    ],
  },
  <const M extends boolean = false>(
    options: EncoderOptions<M>,
  ): Layer<EncoderParams, null, M extends true ? Masked : Tensor, M extends true ? Masked : Tensor> &
    Decoding<EncoderParams> => {
    const name = `transformerEncoder(${options.heads})`
    checkHeads(name, options)
    const block = (params: EncoderParams, x: Tensor, ctx: Ctx, attend: (x: Tensor) => Tensor): Tensor => {
      const seen = branch(options, params.attentionNorm, x, ctxAt(ctx, 'attention'), attend)
      return branch(options, params.mlpNorm, seen, ctxAt(ctx, 'mlp'), (y) => mlp(name, options, params.mlp, y))
    }
    const layer: Layer<EncoderParams, null, Tensor | Masked, Tensor | Masked> = {
      name,
      plan: (input: unknown) => {
        const shape = options.mask === true ? (input as { readonly x?: Shape }).x : input
        const features = fit(name, options, shape, input)
        if (features._tag === 'Left') return features
        return right({ params: planBlock(options, features.right), state: null, out: input }) as never
      },
      apply: (params, state, input, ctx) => {
        checkApply(name, input, ctx)
        const { x, mask } = 'mask' in input ? (input as Masked) : { x: input as Tensor, mask: undefined }
        const y = block(params, x, ctx, (v) => attendHeads(name, options, params.attention, { query: v, key: v, mask }))
        return [mask === undefined ? y : { x: y, mask }, state]
      },
    }
    const decoding: Decoding<EncoderParams> = {
      startCache: (params, batch, length) => emptyCache(options, params.attention, batch, length),
      step: (params, cache, x) => {
        let next = cache
        const y = block(params, x, { mode: 'eval' }, (v) => {
          const [mixed, after] = attendCache(name, options, params.attention, cache, v)
          next = after
          return mixed
        })
        return [y, next]
      },
    }
    return { ...layer, ...decoding } as never
  },
)

/**
 * A block of causal self-attention, attention to what an encoder gave, and a small network. Input and output are one kind of
 * record, { x, memory, mask?, memoryMask? }, so that `repeat` stacks blocks.
 * @throws RangeError unless heads is a whole number ≥ 1
 * @example
 * const block = transformerDecoder({ heads: 2 })
 * const { params, state } = init(block, { x: [3, 8], memory: [5, 6] }, random.key(0))
 * block.apply(params, state, { x: np.ones([1, 3, 8]), memory: np.ones([1, 5, 6]) }, { mode: 'eval' })[0].x.shape // [1, 3, 8]
 */
export const transformerDecoder = operation(
  'transformerDecoder',
  {
    at: 0,
    names: [
      'hidden',
      'norm',
      'activation',
      'dropout',
      'epsilon',
      'kernelInit',
      'biasInit',
      'heads',
      'keyValueHeads',
      'causal',
      'rope',
    ],
  },
  (
    given: TransformerOptions,
  ): Layer<DecoderParams, null, DecoderInput, DecoderInput> & Decoding<DecoderParams, DecoderInput> => {
    const options: TransformerOptions = { causal: true, ...given }
    // Tokens of the encoder are all there already, at positions of their own.
    const across: TransformerOptions = { ...options, causal: false, rope: false }
    const name = `transformerDecoder(${options.heads})`
    checkHeads(name, options)
    const block = (params: DecoderParams, input: DecoderInput, ctx: Ctx, attend: (x: Tensor) => Tensor): Tensor => {
      const { memory, memoryMask } = input
      const seen = branch(options, params.attentionNorm, input.x, ctxAt(ctx, 'attention'), attend)
      const read = branch(options, params.crossNorm, seen, ctxAt(ctx, 'cross'), (query) =>
        attendHeads(`${name} cross`, across, params.cross, { query, key: memory, mask: memoryMask }),
      )
      return branch(options, params.mlpNorm, read, ctxAt(ctx, 'mlp'), (y) => mlp(name, options, params.mlp, y))
    }
    const layer: Layer<DecoderParams, null, DecoderInput, DecoderInput> = {
      name,
      plan: (input) => {
        const { x, memory } = input as unknown as Readonly<Record<'x' | 'memory', Shape>>
        const features = fit(name, options, x, input)
        if (features._tag === 'Left') return features
        const source = memory?.[1]
        if (source === undefined) {
          return left(
            new ShapeError(
              `${name}: takes { x, memory: [time, features] } and the shapes are ${JSON.stringify(input)}.`,
            ),
          )
        }
        const cross = planHeads(across, features.right, { key: source, value: source })
        const params = {
          ...planBlock(options, features.right),
          cross: under('cross', cross),
          crossNorm: under('crossNorm', planScaleAndBias(features.right, options.epsilon ?? defaultEpsilon)),
        }
        return right({ params: params as never, state: null, out: input })
      },
      apply: (params, state, input, ctx) => {
        checkApply(name, input, ctx)
        const { mask } = input
        const x = block(params, input, ctx, (v) =>
          attendHeads(name, options, params.attention, { query: v, key: v, mask }),
        )
        return [{ ...input, x }, state]
      },
    }
    const decoding: Decoding<DecoderParams, DecoderInput> = {
      startCache: (params, batch, length) => emptyCache(options, params.attention, batch, length),
      step: (params, cache, input) => {
        let next = cache
        const y = block(params, input, { mode: 'eval' }, (v) => {
          const [mixed, after] = attendCache(name, options, params.attention, cache, v)
          next = after
          return mixed
        })
        return [y, next]
      },
    }
    return { ...layer, ...decoding }
  },
)
