/** The transformer (Vaswani et al. 2017): an encoder reads, a decoder writes, and both do so by attention alone. */
import { ArgumentError, np, operation, type Tensor } from '@puregrad/core'
import {
  attend,
  block,
  type DecoderInput,
  type DecoderParams,
  dense,
  dropout,
  type EncoderParams,
  embedding,
  identity,
  initializers,
  lambda,
  layerNorm,
  type Masked,
  type NormParams,
  type PositionParams,
  parameter,
  type Run,
  relu,
  serial,
  transformerDecoder,
  transformerEncoder,
} from '@puregrad/nn'
import { checkMemory, type EncoderDecoder, type Source, type Translation } from './encoder-decoder.js'
import { addedPositions, attendedPositions, checkPositions, type Positions } from './positions.js'
import { checkSizes } from './sizes.js'

/** Which embeddings are one matrix: those of the target and of logits, all three, or none. */
export type TiedEmbeddings = 'output' | 'all' | 'none'

export interface TransformerModelOptions {
  /** How many tokens sources have. */
  readonly sourceVocabulary: number
  /** How many targets have: as many as sources unless said. */
  readonly targetVocabulary?: number
  /** How many blocks encoder and decoder have each, or one number for both: 6 unless said. */
  readonly layers?: number | { readonly encoder: number; readonly decoder: number }
  /** 8 unless said. */
  readonly heads?: number
  /** The length of the vector of a token: 512 unless said. */
  readonly width?: number
  /** The width of the small networks: 4 times `width` unless said. */
  readonly hidden?: number
  /** Dropped in training behind embeddings and at the end of each branch, though not of weights of attention: 0.1 unless said. */
  readonly dropout?: number
  /** 'output' unless said. */
  readonly tied?: TiedEmbeddings
  /** Where norms stand: after each sum, as in the paper, or before each branch. 'post' unless said. */
  readonly norm?: 'pre' | 'post'
  /** Whether encoder and decoder end with a norm: true, as in PyTorch, unless said. */
  readonly finalNorm?: boolean
  /** 'sinusoidal' unless said. */
  readonly positions?: Positions
  /** The longest sequence of learnt positions: 512 unless said. The other kinds have no longest one. */
  readonly context?: number
  /** How many heads keys and values have, each shared by a group of queries: as many as `heads` unless said. */
  readonly keyValueHeads?: number
  /** Of the small networks: `relu` unless said. */
  readonly activation?: (x: Tensor) => Tensor
  /** Of the norms: 1e-5 unless said. */
  readonly epsilon?: number
}

/** Blocks one after another, and the norm behind them. */
export interface Stack<P> {
  readonly blocks: readonly P[]
  readonly norm: NormParams | null
}

export interface TransformerModelParams {
  /** [target vocabulary, width]; of the source, too, if all are tied. */
  readonly embedding: Tensor
  /** [source vocabulary, width], unless all are tied. */
  readonly sourceEmbedding: Tensor | null
  readonly sourcePositions: PositionParams | null
  readonly targetPositions: PositionParams | null
  readonly encoder: Stack<EncoderParams>
  readonly decoder: Stack<DecoderParams>
  readonly head: { readonly kernel: Tensor } | null
  readonly sourceDropout: null
  readonly targetDropout: null
}

/** Of which nothing is kept: a null for every part. */
export interface TransformerModelState {
  readonly embedding: null
  readonly sourceEmbedding: null
  readonly sourcePositions: null
  readonly targetPositions: null
  readonly encoder: { readonly blocks: readonly null[]; readonly norm: null }
  readonly decoder: { readonly blocks: readonly null[]; readonly norm: null }
  readonly head: null
  readonly sourceDropout: null
  readonly targetDropout: null
}

/** A transformer from source to target. */
export type TransformerModel = EncoderDecoder<TransformerModelParams, TransformerModelState>

const names = [
  ...(['sourceVocabulary', 'targetVocabulary', 'layers', 'heads', 'width', 'hidden', 'dropout', 'tied'] as const),
  ...(['norm', 'finalNorm', 'positions', 'context', 'keyValueHeads', 'activation', 'epsilon'] as const),
]

const ties: readonly TiedEmbeddings[] = ['output', 'all', 'none']

/** Where a decoder's step looks for a memory whose keys and values its cache has already: nowhere. */
const nothing = (tokens: Tensor, width: number): Tensor => np.zeros([tokens.shape[0] as number, 0, width])

/** Every token counts. */
const allOf = (tokens: Tensor): Tensor => np.ones(tokens.shape, { dtype: 'bool' })

const partsOf = (name: string, options: TransformerModelOptions) => {
  const { sourceVocabulary, targetVocabulary = sourceVocabulary, layers = 6, heads = 8, width = 512 } = options
  const { hidden = 4 * width, dropout: rate = 0.1, tied = 'output', norm = 'post', finalNorm = true } = options
  const { positions = 'sinusoidal', context = 512, keyValueHeads = heads, activation = relu, epsilon = 1e-5 } = options
  const depth = typeof layers === 'number' ? { encoder: layers, decoder: layers } : layers
  checkSizes(name, { sourceVocabulary, targetVocabulary, ...depth, width, hidden, context })
  checkPositions(name, positions)
  if (!ties.includes(tied))
    throw new ArgumentError(`${name}: tied is '${String(tied)}', and has to be one of ${ties.join(', ')}.`)
  if (tied === 'all' && sourceVocabulary !== targetVocabulary)
    throw new ArgumentError(
      `${name}: all embeddings are tied, and sources have ${sourceVocabulary} tokens and targets ${targetVocabulary}. Make one vocabulary of both, or take tied: 'output'.`,
    )
  const kernelInit = initializers.glorotUniform()
  // Times √width, as section 3.4 has it, vectors of tokens are as large as 1.
  const embeddingInit = initializers.normal({ stddev: width ** -0.5 })
  const blocks = {
    ...attendedPositions(positions),
    ...{ heads, keyValueHeads, hidden, activation, epsilon, norm, kernelInit, dropout: rate },
  }
  const lastNorm = () => (finalNorm ? layerNorm({ epsilon }) : lambda(identity))
  const encoder = block(
    {
      blocks: serial(...Array.from({ length: depth.encoder }, () => transformerEncoder({ ...blocks, mask: true }))),
      norm: lastNorm(),
    },
    (run, input: Masked) => run.norm(run.blocks(input).x),
    { name: 'encoder' },
  )
  const decoder = block(
    {
      blocks: serial(...Array.from({ length: depth.decoder }, () => transformerDecoder(blocks))),
      norm: lastNorm(),
    },
    (run, input: DecoderInput) => run.norm(run.blocks(input).x),
    { name: 'decoder' },
  )
  const words = parameter([targetVocabulary, width], embeddingInit)
  return {
    width,
    tied,
    reading: {
      embedding: words,
      sourceEmbedding: tied === 'all' ? lambda(identity) : parameter([sourceVocabulary, width], embeddingInit),
      sourcePositions: addedPositions(positions, context, embeddingInit),
      sourceDropout: dropout(rate),
      encoder,
    },
    writing: {
      embedding: words,
      targetPositions: addedPositions(positions, context, embeddingInit),
      targetDropout: dropout(rate),
      decoder,
      head: tied === 'none' ? dense(targetVocabulary, { useBias: false, kernelInit }) : lambda(identity),
    },
  }
}

type Parts = ReturnType<typeof partsOf>

/** The vectors of tokens, as large as positions are. */
const lookUp = (matrix: Tensor, tokens: Tensor): Tensor => {
  const [count, width] = matrix.shape as readonly [number, number]
  return embedding(count, width).apply({ embedding: matrix }, null, tokens, { mode: 'eval' })[0].mul(Math.sqrt(width))
}

const read = (run: Run<Parts['reading']>, tied: TiedEmbeddings, { source, sourceMask }: Source): Tensor => {
  // If all are tied, this one is no parameter.
  const own = run.sourceEmbedding(source)
  const vectors = lookUp(tied === 'all' ? run.embedding(source) : own, source)
  const x = run.sourceDropout(run.sourcePositions(vectors))
  return run.encoder({ x, mask: sourceMask ?? allOf(source) })
}

/** What a decoder is given of its own and of what was read. */
interface Writing extends Pick<DecoderInput, 'memory' | 'memoryMask'> {
  readonly target: Tensor
  readonly targetMask?: Tensor
}

const write = (run: Run<Parts['writing']>, tied: TiedEmbeddings, { target, targetMask, ...read }: Writing): Tensor => {
  const matrix = run.embedding(target)
  const x = run.targetDropout(run.targetPositions(lookUp(matrix, target)))
  const y = run.head(run.decoder({ ...read, x, ...(targetMask === undefined ? {} : { mask: targetMask }) }))
  return tied === 'none' ? y : attend({ embedding: matrix }, y)
}

/**
 * The transformer of "Attention is all you need": embeddings times √width with their positions, an encoder, a decoder that sees it, and
 * logits by the embeddings of the target. With the weights of torch.nn.Transformer it gives its numbers.
 * @returns a layer from { source, target } to logits [batch, target time, vocabulary], which reads once by `encode` and writes by `step`
 * @throws RangeError unless sizes are whole numbers from 1 up; ArgumentError for other names, or one matrix for two vocabularies
 * @example
 * const model = transformer({ sourceVocabulary: 20, targetVocabulary: 30, layers: 2, heads: 2, width: 16 })
 * const { params, state } = init(model, { source: [5], target: [4] }, random.key(0))
 * const ids = (row: number[]) => np.array([row], { dtype: 'int32' })
 * const pair = { source: ids([3, 4, 5, 6, 7]), target: ids([1, 8, 9, 2]) }
 * model.apply(params, state, pair, { mode: 'eval' })[0].shape // [1, 4, 30]
 * @example
 * const model = transformer({ sourceVocabulary: 20, layers: 1, heads: 2, width: 16, tied: 'all', norm: 'pre' })
 * const { params, state } = init(model, { source: [5], target: [4] }, random.key(0))
 * const source = np.array([[3, 4, 5, 0, 0]], { dtype: 'int32' })
 * const read = model.encode(params, state, { source, sourceMask: source.ne(0) })
 * const [logits] = model.step(params, state, model.startCache(params, 1, 8, read), np.array([[1]], { dtype: 'int32' }))
 * logits.shape // [1, 1, 20]
 */
export const transformer = operation(
  'transformer',
  { at: 0, names },
  (options: TransformerModelOptions): TransformerModel => {
    const { width, tied, reading, writing } = partsOf('transformer', options)
    const encoder = block(reading, (run, source: Source) => read(run, tied, source))
    const decoder = block(writing, (run, input: Writing) => write(run, tied, input))
    const whole = block(
      { ...reading, ...writing },
      (run, { source, sourceMask, target, targetMask }: Translation) => {
        const mask = sourceMask === undefined ? {} : { sourceMask }
        const memory = read(run, tied, { source, ...mask })
        return write(run, tied, {
          memory,
          target,
          ...(sourceMask === undefined ? {} : { memoryMask: sourceMask }),
          ...(targetMask === undefined ? {} : { targetMask }),
        })
      },
      { name: 'transformer' },
    )
    const { name, plan, apply } = whole
    return {
      name,
      plan,
      apply,
      encode: (params, state, source, ctx = { mode: 'eval' }) => {
        const [memory] = encoder.apply(params, state, source, ctx)
        return source.sourceMask === undefined ? { memory } : { memory, memoryMask: source.sourceMask }
      },
      startCache: (params, batch, length, read = {}) => {
        checkMemory('transformer', read.memory)
        return decoder.startCache(params, batch, length, read)
      },
      step: (params, state, cache, target, ctx) =>
        decoder.step(params, state, cache, { target, memory: nothing(target, width) }, ctx),
    }
  },
)
