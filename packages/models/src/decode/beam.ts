/** Beam search: the best sequences that a few beams find together. */
import { lax, np, operation, type Tensor, whileLoop } from '@puregrad/core'
import { logSoftmax } from '@puregrad/nn'
import { checkBatch, reorderChanged, widen } from './beam-cache.js'
import { futurePenalty, type LengthPenalty, penalise, penaltyTable } from './length-penalty.js'
import { cutOut, dtypeOf, type Plan, pastOf, planOf, readPrompt } from './loop.js'
import { type LengthOptions, lengthNames, type ProcessOptions, processNames, processorOf } from './options.js'
import { checkRoom } from './room.js'
import { callStep, type DecodeStep, ofLastPosition } from './step.js'
import { checkCount } from './warping.js'

export interface BeamOptions extends LengthOptions, ProcessOptions {
  /** How many sequences are followed at once, and come out: 4 unless said. */
  readonly beams?: number
  /** What sums of log-probabilities are divided by, so that long sequences are not at a disadvantage: 0 unless said. */
  readonly lengthPenalty?: LengthPenalty
  /** Whether to stop as soon as there are as many ended sequences as beams: false unless said, when it goes on while a better one can come. */
  readonly earlyStopping?: boolean
}

/** Sequences best first. Sizes are static: `lengths` says what counts, and a score of −∞ that there were not so many. */
export interface Beams {
  /** int32 [batch, beams, length]: what was chosen, without the prompt; `pad` behind an end. */
  readonly tokens: Tensor
  /** int32 [batch, beams]: how many were chosen, one that ends included. */
  readonly lengths: Tensor
  /** [batch, beams], the sum of the log-probabilities, divided by the length penalty. */
  readonly scores: Tensor
  /** [batch, beams, length], of each token, as the processors left it; 0 behind an end. */
  readonly logProbabilities: Tensor
}

/** Sequences with something about each, [batch, beams, …]. */
interface Sequences {
  readonly tokens: Tensor
  readonly logProbabilities: Tensor
  readonly scores: Tensor
}

interface Ended extends Sequences {
  readonly lengths: Tensor
}

interface Search<C> {
  readonly known: Tensor
  /** Scores of live ones are sums. */
  readonly live: Sequences
  readonly ended: Ended
  /** bool [batch] */
  readonly done: Tensor
  /** [batch · beams, …] */
  readonly cache: C
}

/** Entries [batch, n, …] of [batch, m, …] by positions [batch, n]. */
const pick = (x: Tensor, positions: Tensor): Tensor =>
  x.ndim === 2
    ? np.takeAlongAxis(x, positions, { axis: 1 })
    : np.takeAlongAxis(x, np.expandDims(positions, 2), { axis: 1 })

/** The best of [batch, m], and where they are. */
const best = (scores: Tensor, count: number): readonly [values: Tensor, positions: Tensor] => lax.topK(scores, count)

/** [batch, n, …] as [batch · n, …], and back. */
const flat = (x: Tensor): Tensor => x.reshape([-1, ...x.shape.slice(2)])
const nested = (x: Tensor, like: Tensor): Tensor => x.reshape([like.shape[0] as number, -1, ...x.shape.slice(1)])

interface Searching extends Plan {
  readonly beams: number
  readonly earlyStopping: boolean
  /** [length], what sequences of 1, 2, … tokens are divided by. */
  readonly penalties: Tensor
}

const begin = <C>(plan: Searching, dtype: Tensor['dtype'], cache: C): Search<C> => {
  const { prompts, ragged, beams, length, ending } = plan
  const [batch, positions] = prompts.shape as readonly [number, number]
  const room = positions + length
  const all = np.concatenate([prompts, np.full([batch, length], ending.pad, { dtype: 'int32' })], { axis: 1 })
  const tokens = np.broadcastTo(np.expandDims(all, 1), [batch, beams, room])
  const logProbabilities = np.zeros([batch, beams, room], { dtype })
  const none = np.full([batch, beams], Number.NEGATIVE_INFINITY, { dtype })
  // They are all the same: one of them counts.
  const first = np.where(np.arange(beams, { dtype: 'int32' }).eq(0), 0, none)
  return {
    known: np.array(ragged ? 1 : positions, { dtype: 'int32' }),
    live: { tokens, logProbabilities, scores: first },
    ended: { tokens, logProbabilities, scores: none, lengths: np.zeros([batch, beams], { dtype: 'int32' }) },
    done: np.zeros([batch], { dtype: 'bool' }),
    cache,
  }
}

/** Log-probabilities of what may come next, [batch, beams, vocabulary]; of a prompt that is still read, its own token alone. */
const nextLogs = (plan: Searching, { known, live }: Search<unknown>, logits: Tensor): Tensor => {
  const { promptLengths, ragged, beams, process } = plan
  const tokens = flat(live.tokens)
  const ofRows = np.repeat(promptLengths, beams)
  const logs = logSoftmax(process(logits, pastOf({ tokens, known }, ofRows)), { axis: 1 })
  if (!ragged) return nested(logs, live.tokens)
  const given = lax.dynamicSliceInDim(tokens, known, 1, 1)
  const only = np.arange(logits.shape[1] as number, { dtype: 'int32' }).eq(given)
  const reading = np.expandDims(known.lt(ofRows), 1)
  return nested(np.where(reading, np.where(only, 0, Number.NEGATIVE_INFINITY), logs).astype(logs.dtype), live.tokens)
}

/** One more token for every beam, of which the best go on. */
const advance = <C>(plan: Searching, step: DecodeStep<C>, search: Search<C>): Search<C> => {
  const { name, promptLengths, beams, length, ending, penalties, earlyStopping } = plan
  const { known, live, ended } = search
  const [batch, room] = [live.tokens.shape[0] as number, live.tokens.shape[2] as number]
  const [out, stepped] = callStep(
    name,
    step,
    search.cache,
    lax.dynamicSliceInDim(flat(live.tokens), known.sub(1), 1, 1),
  )
  const logs = nextLogs(plan, search, ofLastPosition(out))
  const vocabulary = logs.shape[2] as number

  // Enough for `beams` that go on, whichever of the best ones end.
  const count = Math.min(beams * (1 + ending.ways), beams * vocabulary)
  const sums = np
    .expandDims(live.scores, 2)
    .add(logs)
    .reshape([batch, beams * vocabulary])
  const [values, positions] = best(sums, count)
  const parents = np.floorDivide(positions, vocabulary).astype('int32')
  const token = np.remainder(positions, vocabulary).astype('int32')
  const put = (x: Tensor, value: Tensor): Tensor =>
    lax.dynamicUpdateSliceInDim(pick(x, parents), np.expandDims(value, 2), known, 2)
  const tokens = put(live.tokens, token)
  const likely = np.takeAlongAxis(logs.reshape([batch, -1]), positions, { axis: 1 })
  const logProbabilities = put(live.logProbabilities, likely)

  const next = known.add(1)
  const chosen = np.maximum(next.sub(promptLengths), 0).astype('int32')
  const past = pastOf({ tokens: tokens.reshape([-1, room]), known: next }, np.repeat(promptLengths, count))
  const ends = np.logicalOr(nested(ending.ends(past), tokens), np.expandDims(chosen.ge(length), 1))
  const possible = values.gt(Number.NEGATIVE_INFINITY)
  const ranked = np.arange(count, { dtype: 'int32' }).lt(beams)
  const arrives = [ranked, possible, np.logicalNot(np.expandDims(search.done, 1))].reduce(
    (all, x) => np.logicalAnd(all, x),
    ends,
  )
  const lengths = np.broadcastTo(np.expandDims(chosen, 1), [batch, count])
  const scored = np.where(arrives, penalise(penalties, values, lengths), Number.NEGATIVE_INFINITY).astype(values.dtype)
  const [endedScores, kept] = best(np.concatenate([ended.scores, scored], { axis: 1 }), beams)
  const keep = (before: Tensor, now: Tensor): Tensor => pick(np.concatenate([before, now], { axis: 1 }), kept)

  const [liveScores, going] = best(np.where(ends, Number.NEGATIVE_INFINITY, values), beams)
  const worst = np.min(endedScores, { axis: 1 })
  const hope = np.max(liveScores, { axis: 1 }).div(futurePenalty(penalties, chosen))
  const hopeless = hope.le(worst)
  const enough = earlyStopping ? np.logicalOr(hopeless, worst.gt(Number.NEGATIVE_INFINITY)) : hopeless
  return {
    known: next,
    live: { tokens: pick(tokens, going), logProbabilities: pick(logProbabilities, going), scores: liveScores },
    ended: {
      tokens: keep(ended.tokens, tokens),
      logProbabilities: keep(ended.logProbabilities, logProbabilities),
      lengths: keep(ended.lengths, lengths),
      scores: endedScores,
    },
    done: np.logicalOr(search.done, enough),
    cache: reorderChanged(search.cache, stepped, pick(parents, going)),
  }
}

/**
 * Beam search: the sequences with the highest sums of log-probabilities that `beams` of them, followed at once, find; best first. The
 * whole loop jits; caches are reordered as beams overtake each other.
 * @param step (cache, tokens) ↦ [logits, cache], as `decode.stepOf` makes it
 * @param cache before the start, with room for prompt and length, for a batch of as many sequences as start has; the batch axis comes first
 * @param start int32 [batch], a first token each, or [batch, positions], a prompt
 * @throws RangeError for options outside their range or a cache without room; ShapeError, DTypeError for what are no tokens
 * @example
 * // The likeliest first token leads to nothing good.
 * const follows = np.log(np.array([[1, 5, 4], [3, 3, 3], [9, 1, 1]]))
 * const step = (cache: null, tokens: Tensor) => [np.take(follows, tokens, { axis: 0 }), cache] as const
 * const start = np.array([0], { dtype: 'int32' })
 * decode.greedy(step, null, start, { length: 2 }).tokens // [[1, 0]]
 * decode.beam(step, null, start, { length: 2, beams: 2 }).tokens // [[[2, 0], [1, 0]]]
 */
export const beam = operation(
  'decode.beam',
  { at: 3, names: [...lengthNames, ...processNames, 'beams', 'lengthPenalty', 'earlyStopping'] },
  <C>(step: DecodeStep<C>, cache: C, start: Tensor, options: BeamOptions): Beams => {
    const { beams = 4, lengthPenalty = 0, earlyStopping = false, length } = options
    const name = 'decode.beam'
    checkCount(`${name}: beams`, beams, 1)
    const common = planOf(name, step, start, options, processorOf(options))
    const [batch, positions] = common.prompts.shape as readonly [number, number]
    checkRoom(name, cache, positions + length - 1)
    checkBatch(name, cache, batch)
    const dtype = dtypeOf(common, step, cache)
    const penalties = penaltyTable(name, lengthPenalty, length).astype(dtype)
    const plan: Searching = { ...common, beams, earlyStopping, penalties }
    const first = begin(plan, dtype, widen(readPrompt(plan, step, cache, options), batch, beams))
    const { ended } = whileLoop(
      ({ known, done }: Search<C>) => np.logicalAnd(known.lt(positions + length), np.logicalNot(np.all(done))),
      (search: Search<C>): Search<C> => advance(plan, step, search),
      first,
    )
    const cut = cutOut(
      { ...plan, promptLengths: np.repeat(plan.promptLengths, beams) },
      { tokens: flat(ended.tokens), logProbabilities: flat(ended.logProbabilities), lengths: flat(ended.lengths) },
    )
    const ofBatch = (x: Tensor): Tensor => nested(x, ended.tokens)
    return {
      tokens: ofBatch(cut.tokens),
      lengths: ended.lengths,
      scores: ended.scores,
      logProbabilities: ofBatch(cut.logProbabilities),
    }
  },
)
