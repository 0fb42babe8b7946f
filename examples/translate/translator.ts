/** A transformer that learns to translate, and what it says. */
import { jit, np, random, type Tensor } from '@puregrad/core'
import { decode, type TransformerModel, type TransformerModelParams, transformer } from '@puregrad/models'
import { capture, init, losses, metrics } from '@puregrad/nn'
import { adam, averageOf, chain, clipByGlobalNorm, warmupCosineDecaySchedule, withEma } from '@puregrad/optim'
import { fit, type Progress } from '@puregrad/train'
import { batchesOf, begin, encode, end, type Languages, padding, sizesOf, sourcesOf, unknown } from './batches.js'
import type { Pair } from './corpus.js'

/** How a network looks and how it learns. */
export interface Recipe {
  readonly width: number
  readonly layers: number
  readonly dropout: number
  readonly epochs: number
  /** Target tokens of a batch. */
  readonly tokens: number
  readonly learningRate: number
  readonly labelSmoothing: number
  /** How much of the average of parameters stays at every step. */
  readonly average: number
}

/** A network that has learnt, and how long that took. */
export interface Translator {
  readonly model: TransformerModel
  readonly languages: Languages
  readonly params: TransformerModelParams
  /** The mean loss of each epoch. */
  readonly losses: readonly number[]
  readonly seconds: number
  readonly stopped: boolean
}

const state = (model: TransformerModel, params: TransformerModelParams) => {
  // Nothing of a transformer is kept between calls: a null for every part.
  const none = init(model, { source: [1], target: [1] }, random.key(0)).state
  return { params, state: none }
}

/** Cross-entropy of what counts; padding does not. */
const lossOf =
  (labelSmoothing: number) =>
  (logits: Tensor, labels: Tensor): Tensor =>
    losses.softmaxCrossEntropyWithIntegerLabels(logits, labels, {
      ignoreIndex: padding,
      labelSmoothing,
      reduction: 'mean',
    })

/** Learns from pairs: warm-up, then a cosine down to nothing; what is judged is an average of the parameters. */
export const learn = async (
  pairs: readonly Pair[],
  languages: Languages,
  recipe: Recipe,
  seed: number,
  watch: { readonly progress: Progress; readonly signal: AbortSignal },
): Promise<Translator> => {
  const { width, layers, dropout, epochs, tokens, learningRate, labelSmoothing, average } = recipe
  const encoded = encode(languages, pairs)
  const model = transformer({
    sourceVocabulary: languages.source.tokens.length,
    targetVocabulary: languages.target.tokens.length,
    heads: 4,
    norm: 'pre',
    ...{ width, layers, dropout },
  })
  const train = batchesOf(encoded, tokens, seed)
  const steps = epochs * train.length
  const schedule = warmupCosineDecaySchedule(0, learningRate, Math.ceil(steps / 10), steps)
  const optimizer = withEma(chain(clipByGlobalNorm(1), adam(schedule, { b2: 0.98 })), average)
  const [longest, most] = sizesOf(encoded).at(-1) as readonly [number, number]
  const fitted = await fit(model, init(model, { source: [longest], target: [most] }, random.key(seed)), {
    loss: lossOf(labelSmoothing),
    train,
    batchSize: null,
    epochs,
    optimizer,
    key: random.key(seed + 1),
    // Batches of five sizes would make groups of any number of steps, each compiled anew.
    stepsPerCall: 1,
    ...watch,
  })
  return {
    model,
    languages,
    params: averageOf(fitted.optimizerState, fitted.params),
    losses: fitted.history.map((epoch) => epoch.train.loss ?? Number.NaN),
    seconds: fitted.history.reduce((total, epoch) => total + epoch.seconds, 0),
    stopped: fitted.stopped,
  }
}

/** Words up to the end. */
const wordsOf = ({ target }: Languages, row: readonly number[]): readonly string[] => {
  const stop = row.indexOf(end)
  return row.slice(0, stop === -1 ? row.length : stop).map((token) => target.tokens[token] as string)
}

/** How sentences are written: the likeliest word each time, or the best of some that are followed at once. */
export type Writing = 'greedy' | { readonly beams: number; readonly lengthPenalty: number }

const atOnce = 50

/** Translates sentences, given as words between spaces: words of the other language. */
export const translate = (
  { model, languages, params }: Translator,
  sentences: readonly string[],
  how: Writing,
): readonly (readonly string[])[] => {
  const rows = sentences.map((sentence) => [...languages.source.encode(sentence)])
  const longest = Math.max(1, ...rows.map(({ length }) => length))
  const length = 2 * longest + 4
  const own = state(model, params)
  const write = jit((p: typeof own, read: { readonly source: Tensor; readonly sourceMask: Tensor }) => {
    const batch = read.source.shape[0] as number
    const cache = model.startCache(p.params, batch, length, model.encode(p.params, p.state, read))
    const step: decode.DecodeStep = (before, tokens) => model.step(p.params, p.state, before, tokens)
    const start = np.full([batch], begin, { dtype: 'int32' })
    const options = { length, end, pad: padding, ban: [padding, begin, unknown] }
    return how === 'greedy'
      ? decode.greedy(step, cache, start, options).tokens
      : decode.beam(step, cache, start, { ...options, ...how }).tokens.slice({}, 0)
  })
  return Array.from({ length: Math.ceil(rows.length / atOnce) }, (_, i) => rows.slice(i * atOnce, (i + 1) * atOnce))
    .flatMap((part) => {
      // The last ones are filled up with the first, so that one program is compiled for all.
      const full = rows.length > atOnce ? [...part, ...rows].slice(0, atOnce) : part
      const tokens = write(own, sourcesOf(full, longest)).toArray() as readonly (readonly number[])[]
      return tokens.slice(0, part.length)
    })
    .map((row) => wordsOf(languages, row))
}

/** BLEU of translations, in points of a hundred. */
export const bleuOf = (translator: Translator, pairs: readonly Pair[], how: Writing): number => {
  const found = translate(
    translator,
    pairs.map(({ source }) => source),
    how,
  )
  const references = pairs.map(({ target }) => [target.split(/\s+/)])
  return 100 * metrics.reduceBatches(metrics.streaming.bleu(), [[found, references]]).item()
}

/** How much each word that is written looks at each that was read, in the last block and the mean of its heads. */
export const alignment = (
  { model, languages, params }: Translator,
  source: string,
  target: readonly string[],
): Tensor => {
  const own = state(model, params)
  const written = [begin, ...languages.target.encode(target.join(' '))]
  const pair = {
    ...sourcesOf([[...languages.source.encode(source)]], source.split(/\s+/).length),
    target: np.array([written], { dtype: 'int32' }),
  }
  const seen = capture(model, { attention: true, filter: (path) => path.endsWith('cross/weights') })
  const [{ intermediates }] = seen.apply(own.params, own.state, pair, { mode: 'eval' })
  return np.mean(Object.values(intermediates).at(-1) as Tensor, { axis: [0, 1] })
}
