/** Transformer blocks: attention and a small network, each around a residual connection. `repeat` stacks them. */

import { operation, type Shape, type Tensor } from '@puregrad/core'
import { type Run, statelessBlock } from '../combinators/block.js'
import { stated } from '../combinators/erased.js'
import { refusing } from '../combinators/refusing.js'
import { gelu } from '../functions/sigmoids.js'
import { ones } from '../initializers/constant.js'
import type { Initializer } from '../initializers/initializer.js'
import { ctxAt } from '../keys.js'
import type { Ctx, Layer } from '../layer.js'
import { type Cache, evaluation, type Stepping, stepless } from '../steps.js'
import { type DenseParams, projection, type WithBias } from './dense.js'
import { dropout } from './dropout.js'
import {
  checkHeads,
  type DecoderSteps,
  type Decoding,
  ending,
  type HeadOptions,
  type HeadParams,
  type OwnInput,
  otherHeads,
  ownHeads,
} from './heads.js'
import { layerNorm, type NormParamsOf } from './normalization.js'

/**
 * Without `useBias`, neither projections nor norms have biases, as by PyTorch's `bias`; `kernelInit` and `biasInit` are those of
 * projections.
 */
export interface TransformerOptions<B extends boolean = true, A extends boolean = true> extends HeadOptions<B> {
  /** The width of the small network: 4 times the features unless said. */
  readonly hidden?: number
  /** Where norms stand: before each branch (Xiong et al. 2020), or after each sum (Vaswani et al. 2017). 'pre' unless said. */
  readonly norm?: 'pre' | 'post'
  /** Of the small network: `gelu` unless said. */
  readonly activation?: (x: Tensor) => Tensor
  /** Dropped at the end of each branch in training: 0 unless said. */
  readonly dropout?: number
  /** Of the norms: 1e-6 unless said, as in Flax; PyTorch adds 1e-5. */
  readonly epsilon?: number
  /** Whether the norms have a scale, and a bias, to learn: true unless said. */
  readonly affine?: A
  /** Of the norms: `ones` unless said. */
  readonly scaleInit?: Initializer
}

export interface EncoderOptions<M extends boolean = boolean, B extends boolean = true, A extends boolean = true>
  extends TransformerOptions<B, A> {
  /** Input and output are records { x, mask } with a mask [batch, time] of the tokens that count: false unless said. */
  readonly mask?: M
}

export interface EncoderParams<B extends boolean = true, A extends boolean = true> {
  readonly attention: HeadParams<B>
  readonly attentionNorm: NormParamsOf<A, B>
  readonly mlp: { readonly hidden: WithBias<DenseParams, B>; readonly out: WithBias<DenseParams, B> }
  readonly mlpNorm: NormParamsOf<A, B>
}

export interface DecoderParams<B extends boolean = true, A extends boolean = true> extends EncoderParams<B, A> {
  readonly cross: HeadParams<B>
  readonly crossNorm: NormParamsOf<A, B>
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

/** The small network, as wide at its end as at its beginning. */
const network = <B extends boolean, A extends boolean>(options: TransformerOptions<B, A>) =>
  statelessBlock(
    'mlp',
    {
      hidden: projection<B>(([input]) => options.hidden ?? 4 * (input?.at(-1) as number), options),
      out: projection<B>(([, like]) => like?.at(-1) as number, ending(options)),
    },
    (run, x: Tensor) => run.out([(options.activation ?? gelu)(run.hidden([x])), x]),
  )

const normOf = <B extends boolean, A extends boolean>({
  epsilon = defaultEpsilon,
  affine = true as A,
  useBias = true as B,
  scaleInit = ones,
}: TransformerOptions<B, A>) => layerNorm<A, B>({ epsilon, affine, useBias, scaleInit })

const parts = <B extends boolean, A extends boolean>(options: TransformerOptions<B, A>) => ({
  attention: ownHeads('attention', options, (input: OwnInput) => input),
  attentionNorm: normOf(options),
  mlp: network(options),
  mlpNorm: normOf(options),
})

/** One residual branch: x + f(norm x), or norm(x + f(x)). */
const branch = (
  { norm = 'pre', dropout: rate = 0 }: Pick<TransformerOptions, 'norm' | 'dropout'>,
  normalize: (x: Tensor) => Tensor,
  x: Tensor,
  ctx: Ctx,
  f: (x: Tensor) => Tensor,
): Tensor => {
  const dropped = (y: Tensor): Tensor => dropout(rate).apply(null, null, y, ctx)[0]
  return norm === 'pre' ? x.add(dropped(f(normalize(x)))) : normalize(x.add(dropped(f(x))))
}

const isSequence = (shape: unknown): shape is Shape => Array.isArray(shape) && shape.length === 2

const noSequence = (input: unknown) =>
  [
    `takes [time, features] after the batch axis and the input is ${JSON.stringify(input)}.`,
    'Put an embedding before it.',
  ] as const

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
      'affine',
      'scaleInit',
      'useBias',
      'kernelInit',
      'biasInit',
      'heads',
      'keyValueHeads',
      'causal',
      'rope',
      'alibi',
      'outInit',
    ],
  },
  <const M extends boolean = false, const B extends boolean = true, const A extends boolean = true>(
    options: EncoderOptions<M, B, A>,
  ): Layer<EncoderParams<B, A>, null, M extends true ? Masked : Tensor, M extends true ? Masked : Tensor> &
    Decoding<EncoderParams<B, A>, Tensor, Tensor, Cache> => {
    const name = `transformerEncoder(${options.heads})`
    checkHeads(name, options)
    const encode = (
      run: Run<ReturnType<typeof parts<B, A>>>,
      { x, mask }: Partial<Masked> & { x: Tensor },
      ctx: Ctx,
    ): Tensor => {
      const seen = branch(options, run.attentionNorm, x, ctxAt(ctx, 'attention'), (v) =>
        run.attention(mask === undefined ? { x: v } : { x: v, mask }),
      )
      return branch(options, run.mlpNorm, seen, ctxAt(ctx, 'mlp'), run.mlp)
    }
    if (options.mask === true) {
      const masked = statelessBlock(name, parts(options), (run, input: Masked, ctx) => ({
        x: encode(run, input, ctx),
        mask: input.mask,
      }))
      const layer = refusing(masked, (input) => (isSequence(input.x) ? null : noSequence(input)))
      return stated({ ...layer, ...stepless(name, 'its input is a record with a mask. Take mask: false.') })
    }
    const plain = statelessBlock(name, parts(options), (run, x: Tensor | Masked, ctx) =>
      'mask' in x ? { x: encode(run, x, ctx), mask: x.mask } : encode(run, { x }, ctx),
    )
    const layer = refusing(plain, (input) => (isSequence(input) ? null : noSequence(input)))
    return stated({ ...layer, ...eitherForm(layer, (y) => y) })
  },
)

/** The steps of a block without state, also called without it, as for a block alone: then they give the tokens. */
const eitherForm = <P, I, O, T>(
  layer: Stepping<P, null, I, O>,
  tokens: (y: O) => T,
): { readonly startCache: DecoderSteps<P, I>['startCache']; readonly step: EitherStep<P, I, O, T> } => {
  function step(params: P, state: null, cache: Cache, x: I, ctx?: Ctx): readonly [O, Cache]
  function step(params: P, cache: Cache, x: I): readonly [T, Cache]
  function step(params: P, ...[a, b, c, ctx = evaluation]: readonly unknown[]): readonly [O | T, Cache] {
    if (c !== undefined) return layer.step(params, null, b, c as I, ctx as Ctx)
    const [y, next] = layer.step(params, null, a, b as I, evaluation)
    return [tokens(y), next]
  }
  return { startCache: layer.startCache, step }
}

interface EitherStep<P, I, O, T> {
  (params: P, state: null, cache: Cache, x: I, ctx?: Ctx): readonly [O, Cache]
  (params: P, cache: Cache, x: I): readonly [T, Cache]
}

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
      'affine',
      'scaleInit',
      'useBias',
      'kernelInit',
      'biasInit',
      'heads',
      'keyValueHeads',
      'causal',
      'rope',
      'alibi',
      'outInit',
    ],
  },
  <const B extends boolean = true, const A extends boolean = true>(
    given: TransformerOptions<B, A>,
  ): Layer<DecoderParams<B, A>, null, DecoderInput, DecoderInput> & DecoderSteps<DecoderParams<B, A>, DecoderInput> => {
    const options: TransformerOptions<B, A> = { causal: true, ...given }
    // Tokens of the encoder are all there already, at positions of their own.
    const across: TransformerOptions<B, A> = { ...options, causal: false, rope: false, alibi: false }
    const name = `transformerDecoder(${options.heads})`
    checkHeads(name, options)
    const children = {
      ...parts(options),
      cross: otherHeads('cross', across),
      crossNorm: normOf(options),
    }
    const decoder = statelessBlock(name, children, (run, input: DecoderInput, ctx): DecoderInput => {
      const { mask, memory, memoryMask } = input
      const seen = branch(options, run.attentionNorm, input.x, ctxAt(ctx, 'attention'), (x) =>
        run.attention(mask === undefined ? { x } : { x, mask }),
      )
      const read = branch(options, run.crossNorm, seen, ctxAt(ctx, 'cross'), (query) =>
        run.cross(memoryMask === undefined ? { query, key: memory } : { query, key: memory, mask: memoryMask }),
      )
      return { ...input, x: branch(options, run.mlpNorm, read, ctxAt(ctx, 'mlp'), run.mlp) }
    })
    const layer = refusing(decoder, (input) => {
      if (!isSequence(input.x)) return noSequence(input)
      return isSequence(input.memory)
        ? null
        : [
            `takes { x, memory: [time, features] } and the shapes are ${JSON.stringify(input)}.`,
            'Give what the encoder gives as memory.',
          ]
    })
    return { ...layer, ...eitherForm(layer, ({ x }) => x) }
  },
)
