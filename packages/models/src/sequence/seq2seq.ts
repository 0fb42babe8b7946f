/** Translation by jointly learning to align (Bahdanau et al. 2015): a recurrent decoder looks back at what a recurrent encoder read. */
import { np, operation, type Shape, scan, type Tensor } from '@puregrad/core'
import {
  attend,
  block,
  type DenseParams,
  dense,
  dropout,
  embedding,
  type GruParams,
  gruCell,
  identity,
  initializers,
  type Layer,
  lambda,
  type PerDirection,
  parameter,
  type RecurrentCell,
  type Run,
  rnn,
  softmax,
  stateless,
  tanh,
} from '@puregrad/nn'
import { right } from 'fp-ts/lib/Either.js'
import { checkMemory, type Encoded, type EncoderDecoder, type Source, type Translation } from './encoder-decoder.js'
import { checkSizes } from './sizes.js'

export interface Seq2SeqOptions<P = GruParams, C = Tensor> {
  /** How many tokens sources have. */
  readonly sourceVocabulary: number
  /** How many targets have: as many as sources unless said. */
  readonly targetVocabulary?: number
  /** What both networks step by, such as `lstmCell`: `gruCell`, as in the paper, unless said. */
  readonly cell?: (features: number) => RecurrentCell<P, C>
  /** The length of hidden states, of each direction of the encoder: 256 unless said. */
  readonly features?: number
  /** The length of the vector of a token: 256 unless said. */
  readonly width?: number
  /** The width of the small network that aligns: as `features` unless said. */
  readonly units?: number
  /** Dropped in training of vectors of tokens and of what logits are made of: 0 unless said. */
  readonly dropout?: number
  /** Whether vectors of target tokens are those that logits compare with: false unless said. */
  readonly tied?: boolean
}

export interface Seq2SeqParams<P = GruParams> {
  /** [source vocabulary, width] */
  readonly sourceEmbedding: Tensor
  readonly encoder: PerDirection<P, true>
  /** From the encoder's state at the beginning to the decoder's. */
  readonly start: DenseParams
  /** The small network that aligns: vₐ · tanh(Wₐ s + Uₐ h). */
  readonly alignKey: DenseParams
  readonly alignQuery: { readonly kernel: Tensor }
  readonly alignScore: { readonly kernel: Tensor }
  /** [target vocabulary, width] */
  readonly embedding: Tensor
  readonly cell: P
  /** From the state, the token before and the context to pairs of numbers, of which the greater one goes on. */
  readonly readout: DenseParams
  readonly head: DenseParams | null
  readonly sourceDropout: null
  readonly targetDropout: null
  readonly readoutDropout: null
}

/** Of which nothing is kept: a null for every part. */
export type Seq2SeqState = { readonly [K in keyof Seq2SeqParams]: null }

/** A recurrent model from source to target that says where it looks. */
export interface Seq2Seq<P = GruParams> extends EncoderDecoder<Seq2SeqParams<P>, Seq2SeqState> {
  /** How much each target token looks at each source token, [batch, target time, source time]. */
  readonly weights: (params: Seq2SeqParams<P>, state: Seq2SeqState, pair: Translation) => Tensor
}

const names = ['sourceVocabulary', 'targetVocabulary', 'cell', 'features', 'width', 'units', 'dropout', 'tied'] as const

const evaluation = { mode: 'eval' } as const

/** One step of a cell as a layer: from what it carries and an input [batch, inputs] to what it carries then. */
const stepOf = <P, C>(cell: RecurrentCell<P, C>): Layer<P, null, { readonly x: Tensor; readonly carry: C }, C> =>
  stateless<P, { readonly x: Tensor; readonly carry: C }, C>(
    cell.name,
    ({ x, carry }) => right({ params: cell.plan((x as Shape).at(-1) as number), out: carry }),
    (params, { x, carry }) => cell.step(params, carry, cell.prepare(params, x)),
  )

// Loses against every score, and is finite, as its derivatives have to be.
const unseen = -1e30

const lookUp = (matrix: Tensor, tokens: Tensor): Tensor => {
  const [count, width] = matrix.shape as readonly [number, number]
  return embedding(count, width).apply({ embedding: matrix }, null, tokens, { mode: 'eval' })[0]
}

const partsOf = <P, C>(options: Seq2SeqOptions<P, C>) => {
  const { sourceVocabulary, targetVocabulary = sourceVocabulary, features = 256, width = 256 } = options
  const { units = features, dropout: rate = 0, tied = false } = options
  checkSizes('seq2seq', { sourceVocabulary, targetVocabulary, features, width, units })
  const cell = (options.cell ?? (gruCell as unknown as (n: number) => RecurrentCell<P, C>))(features)
  const embeddingInit = initializers.normal({ stddev: width ** -0.5 })
  return {
    cell,
    tied,
    reading: {
      sourceEmbedding: parameter([sourceVocabulary, width], embeddingInit),
      sourceDropout: dropout(rate),
      encoder: rnn(cell, { bidirectional: true, mask: true }),
    },
    beginning: {
      start: dense(features),
      alignKey: dense(units),
    },
    writing: {
      embedding: parameter([targetVocabulary, width], embeddingInit),
      targetDropout: dropout(rate),
      alignQuery: dense(units, { useBias: false }),
      alignScore: dense(1, { useBias: false }),
      cell: stepOf(cell),
      readout: dense(2 * width),
      readoutDropout: dropout(rate),
      head: tied ? lambda(identity) : dense(targetVocabulary),
    },
  }
}

type Parts<P, C> = ReturnType<typeof partsOf<P, C>>

const allOf = (tokens: Tensor): Tensor => np.ones(tokens.shape.slice(0, 2), { dtype: 'bool' })

/** A state for every source token, from both directions. */
const read = <P, C>(run: Run<Parts<P, C>['reading']>, { source, sourceMask }: Source): Encoded => {
  const x = run.sourceDropout(lookUp(run.sourceEmbedding(source), source))
  const memory = run.encoder({ x, mask: sourceMask ?? allOf(source) })
  return sourceMask === undefined ? { memory } : { memory, memoryMask: sourceMask }
}

/** What was read, what aligning needs of it, which of it counts, and what the decoder carries. */
interface Heard<C> {
  readonly memory: Tensor
  readonly keys: Tensor
  readonly mask: Tensor
  readonly carry: C
}

const begin = <P, C>(
  { cell }: Pick<Parts<P, C>, 'cell'>,
  run: Run<Parts<P, C>['beginning']>,
  { memory, memoryMask }: Encoded,
): Heard<C> => {
  // The backward direction has seen the whole sentence when it comes to its beginning.
  const first = tanh(run.start(memory.slice({}, 0, { start: cell.features })))
  return { memory, keys: run.alignKey(memory), mask: memoryMask ?? allOf(memory), carry: cell.start(first) }
}

/** What was heard, and what is written of it so far. */
interface Writing<C> extends Heard<C> {
  readonly target: Tensor
}

/** What is written: logits of every target token, where it looked, and the state behind the last. */
interface Written<C> {
  readonly logits: Tensor
  readonly weights: Tensor
  readonly carry: C
}

const write = <P, C>(
  { cell, tied }: Pick<Parts<P, C>, 'cell' | 'tied'>,
  run: Run<Parts<P, C>['writing']>,
  { target, memory, keys, mask, carry }: Writing<C>,
): Written<C> => {
  const matrix = run.embedding(target)
  const words = run.targetDropout(lookUp(matrix, target))
  const seen = mask.astype('bool')
  const [end, [states, contexts, weights]] = scan(
    (before: C, word: Tensor): readonly [C, readonly [Tensor, Tensor, Tensor]] => {
      const sought = np.expandDims(run.alignQuery(cell.hidden(before)), 1)
      const scores = np.squeeze(run.alignScore(np.tanh(sought.add(keys))), 2)
      const weight = np.where(seen, softmax(np.where(seen, scores, unseen)), 0)
      const context = np.squeeze(np.matmul(np.expandDims(weight, 1), memory), 1)
      const after = run.cell({ x: np.concatenate([word, context], { axis: -1 }), carry: before })
      return [after, [cell.hidden(after), context, weight]]
    },
    carry,
    words.transpose([1, 0, 2]),
  )
  const [state, context] = [states, contexts].map((x) => x.transpose([1, 0, 2])) as [Tensor, Tensor]
  // "… followed by a maxout hidden layer": the greater one of two numbers, at every place.
  const pairs = run.readout(np.concatenate([state, words, context], { axis: -1 }))
  const kept = np.max(pairs.reshape([...pairs.shape.slice(0, -1), -1, 2]), { axis: -1 })
  const y = run.head(run.readoutDropout(kept))
  return { logits: tied ? attend({ embedding: matrix }, y) : y, weights: weights.transpose([1, 0, 2]), carry: end }
}

/**
 * A recurrent encoder of both directions and a recurrent decoder that aligns: before every step it weighs what was read by a small
 * network, tanh(Wₐ s + Uₐ h), and takes the mean as context. Training forces the truth on it; `step` goes on from what it wrote itself.
 * @returns a layer from { source, target } to logits [batch, target time, vocabulary], which reads once by `encode` and writes by `step`
 * @throws RangeError unless sizes are whole numbers from 1 up
 * @example
 * const model = seq2seq({ sourceVocabulary: 20, targetVocabulary: 30, features: 8, width: 6 })
 * const { params, state } = init(model, { source: [5], target: [4] }, random.key(0))
 * const ids = (row: number[]) => np.array([row], { dtype: 'int32' })
 * const pair = { source: ids([3, 4, 5, 6, 7]), target: ids([1, 8, 9, 2]) }
 * model.apply(params, state, pair, { mode: 'eval' })[0].shape // [1, 4, 30]
 * model.weights(params, state, pair).shape // [1, 4, 5]
 * @example
 * const model = seq2seq({ sourceVocabulary: 20, cell: lstmCell, features: 8, width: 6, tied: true })
 * const { params, state } = init(model, { source: [5], target: [4] }, random.key(0))
 * const read = model.encode(params, state, { source: np.array([[3, 4, 5]], { dtype: 'int32' }) })
 * const [logits] = model.step(params, state, model.startCache(params, 1, 8, read), np.array([[1]], { dtype: 'int32' }))
 * logits.shape // [1, 1, 20]
 */
export const seq2seq = operation(
  'seq2seq',
  { at: 0, names },
  <P = GruParams, C = Tensor>(options: Seq2SeqOptions<P, C>): Seq2Seq<P> => {
    const parts = partsOf(options)
    const { reading, beginning, writing } = parts
    const all = { ...reading, ...beginning, ...writing }
    const through = (run: Run<typeof all>, { target, ...source }: Translation): Written<C> =>
      write(parts, run, { ...begin(parts, run, read(run, source)), target })
    const whole = block(all, (run, pair: Translation) => through(run, pair).logits, { name: 'seq2seq' })
    const looking = block(all, (run, pair: Translation) => through(run, pair).weights)
    const reader = block(reading, (run, source: Source) => read(run, source))
    const beginner = block(beginning, (run, encoded: Encoded) => begin(parts, run, encoded))
    const writer = block(writing, (run, heard: Writing<C>) => write(parts, run, heard))
    const { name, plan, apply } = whole
    return {
      name,
      plan,
      apply,
      encode: (params, state, source, ctx = evaluation) => reader.apply(params, state, source, ctx)[0],
      startCache: (params, _batch, _length, { memory, ...others } = {}) => {
        const encoded = { memory: checkMemory('seq2seq', memory), ...others }
        return beginner.apply(params, { start: null, alignKey: null }, encoded, evaluation)[0]
      },
      step: (params, state, cache, target, ctx = evaluation) => {
        const heard = cache as Heard<C>
        const [{ logits, carry }] = writer.apply(params, state, { ...heard, target }, ctx)
        return [logits, { ...heard, carry }]
      },
      weights: (params, state, pair) => looking.apply(params, state, pair, evaluation)[0],
    }
  },
)
