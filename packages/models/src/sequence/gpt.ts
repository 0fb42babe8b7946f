/** GPT-2 (Radford et al. 2019): what comes next, from what was there, by causal attention and nothing else. */
import { operation, type Tensor } from '@puregrad/core'
import {
  attend,
  block,
  dense,
  dropout,
  type EncoderParams,
  embedding,
  gelu,
  identity,
  initializers,
  type Layer,
  lambda,
  layerNorm,
  type NormParamsOf,
  type PositionParams,
  parameter,
  type Stepping,
  serial,
  transformerEncoder,
} from '@puregrad/nn'
import { addedPositions, attendedPositions, checkPositions, type Positions } from './positions.js'
import { checkSizes } from './sizes.js'

export interface GptOptions<B extends boolean = boolean> {
  /** How many tokens there are: 50257 unless said. */
  readonly vocabulary?: number
  /** How many blocks: 12 unless said. */
  readonly layers?: number
  /** 12 unless said. */
  readonly heads?: number
  /** The length of the vector of a token: 768 unless said. */
  readonly width?: number
  /** The longest sequence of learnt positions: 1024 unless said. The other kinds have no longest one. */
  readonly context?: number
  /** The width of the small networks: 4 times `width` unless said. */
  readonly hidden?: number
  /** Dropped in training behind embeddings and at the end of each branch, though not of weights of attention: 0.1 unless said. */
  readonly dropout?: number
  /** Whether vectors of tokens going in are those that logits compare with (Press & Wolf 2017): true unless said. */
  readonly tied?: boolean
  /** 'learned' unless said. */
  readonly positions?: Positions
  /** How many heads keys and values have, each shared by a group of queries (Ainslie et al. 2023): as many as `heads` unless said. */
  readonly keyValueHeads?: number
  /** Of the small networks: `gelu`, by tanh, unless said. */
  readonly activation?: (x: Tensor) => Tensor
  /** Of the norms: 1e-5 unless said. */
  readonly epsilon?: number
  /** Whether projections and norms have biases: true unless said. */
  readonly useBias?: B
}

/** The matrix of embeddings [vocabulary, width], learnt positions if there are any, the blocks, and an output that is not tied. */
export interface GptParams<B extends boolean = true> {
  readonly embedding: Tensor
  readonly positions: PositionParams | null
  readonly blocks: readonly EncoderParams<B>[]
  readonly norm: NormParamsOf<true, B>
  readonly head: { readonly kernel: Tensor } | null
}

/** Of which nothing is kept: a null for every part. */
export interface GptState {
  readonly embedding: null
  readonly positions: null
  readonly blocks: readonly null[]
  readonly norm: null
  readonly head: null
}

/** A language model: from tokens [batch, time] to logits [batch, time, vocabulary] of what comes next. */
export type Gpt<B extends boolean = true> = Layer<GptParams<B>, GptState> & Stepping<GptParams<B>, GptState>

const names = [
  ...(['vocabulary', 'layers', 'heads', 'width', 'context', 'hidden', 'dropout', 'tied', 'positions'] as const),
  ...(['keyValueHeads', 'activation', 'epsilon', 'useBias'] as const),
]

// "… a modified initialization which accounts for the accumulation on the residual path with model depth": section 2.3.
const deviation = 0.02

const language = <const B extends boolean = true>(name: string, options: GptOptions<B>): Gpt<B> => {
  const { vocabulary = 50257, layers = 12, heads = 12, width = 768, context = 1024, hidden = 4 * width } = options
  const { dropout: rate = 0.1, tied = true, positions = 'learned', keyValueHeads = heads } = options
  const { activation = gelu, epsilon = 1e-5, useBias = true as B } = options
  checkSizes(name, { vocabulary, layers, width, context, hidden })
  checkPositions(name, positions)
  const kernelInit = initializers.normal({ stddev: deviation })
  // Each block adds two branches to what flows through.
  const outInit = initializers.normal({ stddev: deviation / Math.sqrt(2 * layers) })
  const wholes = { useBias, epsilon }
  const blockOf = () =>
    transformerEncoder<false, B, true>({
      ...wholes,
      ...attendedPositions(positions),
      ...{ heads, keyValueHeads, hidden, activation, kernelInit, outInit, dropout: rate, causal: true },
    })
  const words = embedding(vocabulary, width)
  const dropped = dropout(rate)
  // Waves are as large as 1, and vectors of tokens start far smaller: section 3.4 of Vaswani et al. 2017.
  const scale = positions === 'sinusoidal' ? Math.sqrt(width) : 1
  return block(
    {
      embedding: parameter([vocabulary, width], kernelInit),
      positions: addedPositions(positions, context, initializers.normal({ stddev: 0.01 })),
      blocks: serial(...Array.from({ length: layers }, blockOf)),
      norm: layerNorm<true, B>(wholes),
      head: tied ? lambda(identity) : dense(vocabulary, { useBias: false, kernelInit }),
    },
    (run, tokens: Tensor, ctx) => {
      const matrix = { embedding: run.embedding(tokens) }
      const [vectors] = words.apply(matrix, null, tokens, ctx)
      const [x] = dropped.apply(null, null, run.positions(vectors.mul(scale)), ctx)
      const y = run.head(run.norm(run.blocks(x)))
      return tied ? attend(matrix, y) : y
    },
    { name },
  )
}

/**
 * A language model of GPT-2's structure: embeddings with their positions, blocks of causal attention with norms before each branch, a
 * last norm, and logits by the same embeddings. `startCache` and `step` go on token by token; `fromGpt2` reads its weights.
 * @returns a layer from tokens [batch, time] to logits [batch, time, vocabulary]
 * @throws RangeError unless sizes are whole numbers from 1 up, and heads of keys and values divide the heads
 * @throws ArgumentError if there are no such positions
 * @example
 * const model = gpt({ vocabulary: 65, layers: 2, heads: 2, width: 16, context: 32 })
 * const { params, state } = init(model, [8], random.key(0))
 * const tokens = np.array([[1, 2, 3, 4, 5, 6, 7, 8]], { dtype: 'int32' })
 * model.apply(params, state, tokens, { mode: 'eval' })[0].shape // [1, 8, 65]
 * @example
 * const ids = (row: number[]) => np.array([row], { dtype: 'int32' })
 * const model = gpt({ vocabulary: 9, layers: 2, heads: 4, keyValueHeads: 2, width: 16, positions: 'rotary' })
 * const { params, state } = init(model, [1], random.key(0))
 * const [logits, cache] = model.step(params, state, model.startCache(params, 1, 8), ids([3, 1]))
 * model.step(params, state, cache, ids([4]))[0].shape // [1, 1, 9]
 */
export const gpt = operation(
  'gpt',
  { at: 0, names },
  <const B extends boolean = true>(options: GptOptions<B> = {}): Gpt<B> => language('gpt', options),
)

/**
 * GPT-2: 124,439,808 parameters.
 * @example parameterCount(gpt2(), [1024]) // right(124439808)
 */
export const gpt2 = operation(
  'gpt2',
  { at: 0, names },
  <const B extends boolean = true>(options: GptOptions<B> = {}): Gpt<B> => language('gpt2', options),
)

/**
 * GPT-2 of 24 layers: 354,823,168 parameters.
 * @example parameterCount(gpt2Medium(), [1024]) // right(354823168)
 */
export const gpt2Medium = operation(
  'gpt2Medium',
  { at: 0, names },
  <const B extends boolean = true>(options: GptOptions<B> = {}): Gpt<B> =>
    language('gpt2Medium', { layers: 24, heads: 16, width: 1024, ...options }),
)

/**
 * GPT-2 of 36 layers: 774,030,080 parameters.
 * @example parameterCount(gpt2Large(), [1024]) // right(774030080)
 */
export const gpt2Large = operation(
  'gpt2Large',
  { at: 0, names },
  <const B extends boolean = true>(options: GptOptions<B> = {}): Gpt<B> =>
    language('gpt2Large', { layers: 36, heads: 20, width: 1280, ...options }),
)

/**
 * GPT-2 of 48 layers: 1,557,611,200 parameters.
 * @example parameterCount(gpt2Xl(), [1024]) // right(1557611200)
 */
export const gpt2Xl = operation(
  'gpt2Xl',
  { at: 0, names },
  <const B extends boolean = true>(options: GptOptions<B> = {}): Gpt<B> =>
    language('gpt2Xl', { layers: 48, heads: 25, width: 1600, ...options }),
)
