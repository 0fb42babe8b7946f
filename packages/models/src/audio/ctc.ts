/** What frames spell (Graves et al. 2006): labels out of what a network that was trained by `losses.ctcLoss` gives for each frame. */
import { lax, np, operation, RangeError, ShapeError, scan, type Tensor, tree } from '@puregrad/core'
import { type Cache, logSoftmax, oneHot, reorderCache } from '@puregrad/nn'
import type { DecodeStep } from '../decode/step.js'

export interface CtcGreedyOptions {
  /** The class that means "no label here", which also stands behind the last label: 0 unless said. */
  readonly blankId?: number
}

/** A model of which labels follow which, which may be any step that `decode` takes; its vocabulary are the classes. */
export interface CtcLanguageModel<C = Cache> {
  readonly step: DecodeStep<C>
  /** Before the first label, for the batch, or null where it needs none. */
  readonly cache: C
  /** What it reads before the first label: the blank unless said. */
  readonly start?: number
  /** How much its log-probabilities count: 1 unless said. */
  readonly weight?: number
  /** What each label adds, against its liking of few: 0 unless said. */
  readonly bonus?: number
}

export interface CtcBeamOptions<C = Cache> extends CtcGreedyOptions {
  /** How many label sequences are followed at once, and come out: 16 unless said. */
  readonly beams?: number
  /** How many labels there are at most: as many as frames unless said. */
  readonly max?: number
  readonly languageModel?: CtcLanguageModel<C>
}

/** Labels of a static size: `lengths` says how many count. */
export interface CtcLabels {
  /** int32 [batch, max]; behind the last is the blank. */
  readonly tokens: Tensor
  /** int32 [batch] */
  readonly lengths: Tensor
  /** [batch], the log-probability of the alignment that was taken. */
  readonly scores: Tensor
}

/** The best label sequences first; where there are not so many a score is −∞. */
export interface CtcBeams {
  /** int32 [batch, beams, max]; behind the last is the blank. */
  readonly tokens: Tensor
  /** int32 [batch, beams] */
  readonly lengths: Tensor
  /** [batch, beams], the log-probability of all alignments that the search saw, with the language model's share. */
  readonly scores: Tensor
}

const check = (name: string, logits: Tensor, paddings: Tensor, blankId: number): void => {
  const [batch, time, classes] = logits.shape
  if (logits.ndim !== 3 || paddings.ndim !== 2 || paddings.shape[0] !== batch || paddings.shape[1] !== time)
    throw new ShapeError(
      `${name}: logits [${logits.shape}] and logitPaddings [${paddings.shape}] have to be [batch, time, classes] and [batch, time], 1 for frames beyond the end.`,
    )
  if (!(Number.isInteger(blankId) && blankId >= 0 && blankId < (classes as number)))
    throw new RangeError(`${name}: blankId is ${blankId}, and has to be one of the ${classes} classes.`)
}

/** Which entries of an axis come first, those that count, in their order. */
const front = (counts: Tensor): Tensor => {
  const time = counts.shape[1] as number
  const place = np.arange(time, { dtype: 'int32' })
  return np.argsort(np.where(counts, place, place.add(time)), { axis: 1 }).astype('int32')
}

const until = (lengths: Tensor, size: number): Tensor =>
  np.arange(size, { dtype: 'int32' }).lt(np.expandDims(lengths, -1))

/**
 * The labels of the likeliest class of each frame: runs count once, blanks not at all.
 * @param logits [batch, time, classes]  @param logitPaddings [batch, time], 1 for frames beyond the end and 0 for others
 * @returns tokens [batch, time], lengths and scores [batch]
 * @throws ShapeError if shapes do not fit; RangeError for a blank that is no class
 * @example
 * const frames = np.log(np.array([[[0.1, 0.9], [0.2, 0.8], [0.7, 0.3], [0.4, 0.6]]]))
 * ctc.greedy(frames, np.zeros([1, 4])).tokens // [[1, 1, 0, 0]]
 */
export const greedy = operation(
  'ctc.greedy',
  { at: 2, names: ['blankId'] },
  (logits: Tensor, logitPaddings: Tensor, { blankId = 0 }: CtcGreedyOptions = {}): CtcLabels => {
    check('ctc.greedy', logits, logitPaddings, blankId)
    const time = logits.shape[1] as number
    const logs = logSoftmax(logits)
    const heard = logitPaddings.le(0)
    const frames = np.sum(heard.astype('int32'), { axis: 1 }).astype('int32')
    const best = np.takeAlongAxis(np.argmax(logs, { axis: 2 }).astype('int32'), front(heard), { axis: 1 })
    const none = np.full([logits.shape[0] as number, 1], blankId, { dtype: 'int32' })
    const before = np.concatenate([none, best.slice({}, { stop: -1 })], { axis: 1 })
    const counts = np.logicalAnd(np.logicalAnd(best.ne(blankId), best.ne(before)), until(frames, time))
    const lengths = np.sum(counts.astype('int32'), { axis: 1 }).astype('int32')
    const labels = np.takeAlongAxis(best, front(counts), { axis: 1 })
    return {
      tokens: np.where(until(lengths, time), labels, blankId).astype('int32'),
      lengths,
      scores: np.sum(np.where(heard, np.max(logs, { axis: 2 }), 0), { axis: 1 }),
    }
  },
)

/** Label sequences so far, [batch, beams, …]. */
interface Prefixes {
  readonly tokens: Tensor
  readonly lengths: Tensor
  /** The last label; the blank where there is none. */
  readonly last: Tensor
  /** Log-probabilities of alignments that end in a blank, and in the last label. */
  readonly blank: Tensor
  readonly label: Tensor
  /** What the language model, with the bonus, adds to the score of each, and of each with one label more, [batch, beams, classes]. */
  readonly liked: Tensor
  readonly liking: Tensor
}

interface Search<C> {
  readonly prefixes: Prefixes
  readonly cache: C
}

const never = Number.NEGATIVE_INFINITY

/** Entries [batch, beams, …] by positions [batch, beams]. */
const pick = (x: Tensor, at: Tensor): Tensor =>
  np.takeAlongAxis(x, at.reshape([...at.shape, ...x.shape.slice(2).map(() => 1)]), { axis: 1 })

/** Which prefix j is prefix i with one label more, [batch, i, j], where j is one that there is. */
const extensions = ({ tokens, lengths }: Prefixes, total: Tensor): Tensor => {
  const [rows, columns] = [np.expandDims(tokens, 2), np.expandDims(tokens, 1)]
  const [shorter, longer] = [np.expandDims(lengths, 2), np.expandDims(lengths, 1)]
  const beyond = np.logicalNot(until(shorter, tokens.shape[2] as number))
  const same = np.all(np.logicalOr(rows.eq(columns), beyond), { axis: 3 })
  return np.logicalAnd(np.logicalAnd(same, longer.eq(shorter.add(1))), np.expandDims(total.gt(never), 1))
}

/** One frame more: every prefix stays as it is or has one label more, and the best of all go on. */
const advance = (prefixes: Prefixes, logs: Tensor, blankId: number) => {
  const { tokens, lengths, last, blank, label, liked, liking } = prefixes
  const [batch, beams, max] = tokens.shape as readonly [number, number, number]
  const classes = logs.shape[1] as number
  const total = np.logaddexp(blank, label)
  const each = np.broadcastTo(np.expandDims(logs, 1), [batch, beams, classes])
  const ofLast = oneHot(last, classes, { dtype: 'bool' })
  // A label may follow itself only behind a blank.
  const before = np.where(ofLast, np.expandDims(blank, 2), np.expandDims(total, 2))
  const isBlank = np.arange(classes, { dtype: 'int32' }).eq(blankId)
  const possible = np.logicalAnd(np.logicalNot(isBlank), np.expandDims(lengths.lt(max), 2))
  const longer = np.where(possible, before.add(each), never)
  // What a longer prefix gets by being spelled from the shorter one is added to it where it is followed already.
  const extended = extensions(prefixes, total)
  const lasts = np.broadcastTo(np.expandDims(last, 1), [batch, beams, beams])
  const gained = np.max(np.where(extended, np.takeAlongAxis(longer, lasts, { axis: 2 }), never), { axis: 1 })
  const repeated = label.add(np.squeeze(np.takeAlongAxis(each, np.expandDims(last, 2), { axis: 2 }), 2))
  const stayLabel = np.logaddexp(repeated, gained)
  const stayBlank = total.add(each.slice('...', blankId))
  const followed = np.any(np.logicalAnd(np.expandDims(extended, 3), np.expandDims(ofLast, 1)), { axis: 2 })
  const fresh = np.where(followed, never, longer)
  const scores = np.concatenate(
    [
      np.logaddexp(stayBlank, stayLabel).add(liked),
      fresh
        .add(np.expandDims(liked, 2))
        .add(liking)
        .reshape([batch, beams * classes]),
    ],
    { axis: 1 },
  )
  const [, chosen] = lax.topK(scores, beams)
  const stays = chosen.lt(beams)
  const rest = np.maximum(chosen.sub(beams), 0)
  const parent = np.where(stays, chosen, np.floorDivide(rest, classes)).astype('int32')
  const token = np.where(stays, pick(last, parent), rest.mod(classes)).astype('int32')
  const ofClass = (x: Tensor): Tensor =>
    np.squeeze(np.takeAlongAxis(pick(x, parent), np.expandDims(token, 2), { axis: 2 }), 2)
  const length = pick(lengths, parent)
  const here = np.arange(max, { dtype: 'int32' }).eq(np.expandDims(length, 2))
  const grows = np.logicalAnd(here, np.expandDims(np.logicalNot(stays), 2))
  return {
    stays,
    parent,
    token,
    next: {
      tokens: np.where(grows, np.expandDims(token, 2), pick(tokens, parent)).astype('int32'),
      lengths: length.add(np.where(stays, 0, 1)).astype('int32'),
      last: token,
      blank: np.where(stays, pick(stayBlank, parent), never),
      label: np.where(stays, pick(stayLabel, parent), ofClass(fresh)),
      liked: pick(liked, parent).add(np.where(stays, 0, ofClass(liking))),
      liking: pick(liking, parent),
    },
  }
}

/** What a language model says of every next label, with its weight and bonus, and its cache behind the tokens. */
const asked = <C>(
  { step, weight = 1, bonus = 0 }: CtcLanguageModel<C>,
  cache: C,
  tokens: Tensor,
  classes: number,
): readonly [liking: Tensor, cache: C] => {
  const [logits, next] = step(cache, tokens.reshape([-1, 1]))
  if (logits.shape.at(-1) !== classes)
    throw new ShapeError(
      `ctc.beam: the language model gives logits of ${logits.shape.at(-1)} classes, and there are ${classes}, the blank included.`,
    )
  return [
    logSoftmax(logits)
      .mul(weight)
      .add(bonus)
      .reshape([...tokens.shape, classes]),
    next,
  ]
}

const chooseBetween = (which: Tensor, x: Tensor, y: Tensor): Tensor =>
  np.where(which.reshape([...which.shape, ...x.shape.slice(which.ndim).map(() => 1)]), x, y).astype(x.dtype)

/**
 * The likeliest label sequences, each over all alignments that spell it (prefix beam search, Hannun et al. 2014). With as many beams as
 * there are label sequences the scores are exact. Sizes are static, so that all of it jits and vmaps.
 * @param logits [batch, time, classes]  @param logitPaddings [batch, time], 1 for frames beyond the end and 0 for others
 * @returns tokens [batch, beams, max], lengths and scores [batch, beams], best first
 * @throws ShapeError if shapes do not fit; RangeError for a blank that is no class, or beams and max that are no whole numbers from 1 up
 * @example
 * const frames = np.log(np.array([[[0.6, 0.4], [0.6, 0.4]]]))
 * ctc.greedy(frames, np.zeros([1, 2])).lengths // [0]
 * const { tokens, scores } = ctc.beam(frames, np.zeros([1, 2]), { beams: 2 })
 * tokens // [[[1, 0], [0, 0]]]
 * np.exp(scores) // [[0.64, 0.36]]
 * @example
 * // A language in which 2 comes first.
 * const follows = np.log(np.array([[0.01, 0.01, 0.98], [0.4, 0.3, 0.3], [0.4, 0.3, 0.3]]))
 * const languageModel = { step: (cache: null, at: Tensor) => [np.take(follows, at, { axis: 0 }), cache] as const, cache: null }
 * const heard = np.log(np.array([[[0.2, 0.5, 0.3]]]))
 * ctc.beam(heard, np.zeros([1, 1]), { beams: 3 }).tokens.slice(0, 0) // [1]
 * ctc.beam(heard, np.zeros([1, 1]), { beams: 3, languageModel }).tokens.slice(0, 0) // [2]
 */
export const beam = operation(
  'ctc.beam',
  { at: 2, names: ['blankId', 'beams', 'max', 'languageModel'] },
  <C = null>(logits: Tensor, logitPaddings: Tensor, options: CtcBeamOptions<C> = {}): CtcBeams => {
    const { blankId = 0, beams = 16, max = logits.shape[1] ?? 1, languageModel } = options
    check('ctc.beam', logits, logitPaddings, blankId)
    for (const [what, n] of Object.entries({ beams, max }))
      if (!Number.isInteger(n) || n < 1)
        throw new RangeError(`ctc.beam: ${what} is ${n}, and has to be a whole number from 1 up.`)
    const [batch, , classes] = logits.shape as readonly [number, number, number]
    const logs = logSoftmax(logits)
    const { dtype } = logs
    const first = np.arange(beams, { dtype: 'int32' }).eq(0)
    const none = np.full([batch, beams], blankId, { dtype: 'int32' })
    const rows = np.repeat(np.arange(batch, { dtype: 'int32' }), beams)
    const [liking, cache] =
      languageModel === undefined
        ? [np.zeros([batch, beams, classes], { dtype }), null as C]
        : asked(
            languageModel,
            reorderCache(languageModel.cache, rows),
            np.full([batch, beams], languageModel.start ?? blankId, { dtype: 'int32' }),
            classes,
          )
    const start: Search<C> = {
      prefixes: {
        tokens: np.full([batch, beams, max], blankId, { dtype: 'int32' }),
        lengths: np.zeros([batch, beams], { dtype: 'int32' }),
        last: none,
        blank: np.broadcastTo(np.where(first, 0, never).astype(dtype), [batch, beams]),
        label: np.full([batch, beams], never, { dtype }),
        liked: np.zeros([batch, beams], { dtype }),
        liking: liking.astype(dtype),
      },
      cache,
    }
    const [{ prefixes }] = scan(
      (search: Search<C>, [frame, padded]: readonly [Tensor, Tensor]): readonly [Search<C>, null] => {
        const { next, stays, parent, token } = advance(search.prefixes, frame, blankId)
        const heard = np.broadcastTo(np.expandDims(padded.le(0), 1), [batch, beams])
        const held = (now: Tensor, before: Tensor): Tensor => chooseBetween(heard, now, before)
        if (languageModel === undefined)
          return [{ prefixes: tree.map(held, next, search.prefixes), cache: search.cache }, null]
        const flat = np.arange(batch, { dtype: 'int32' }).mul(beams).reshape([batch, 1]).add(parent).reshape([-1])
        const before = reorderCache(search.cache, flat.astype('int32'))
        const [now, behind] = asked(languageModel, before, token, classes)
        const known = { ...next, liking: chooseBetween(stays, next.liking, now.astype(dtype)) }
        const kept = (a: unknown, b: unknown, c: unknown): Tensor => {
          const [x, y, z] = [a, b, c] as [Tensor, Tensor, Tensor]
          if (x.ndim === 0) return x
          return chooseBetween(heard.reshape([-1]), chooseBetween(stays.reshape([-1]), y, x), z)
        }
        const memory = tree.map(kept as never, behind, before, search.cache) as C
        return [{ prefixes: tree.map(held, known, search.prefixes), cache: memory }, null]
      },
      start,
      [logs.transpose([1, 0, 2]), logitPaddings.T] as const,
    )
    const { tokens, lengths, blank, label, liked } = prefixes
    return { tokens, lengths, scores: np.logaddexp(blank, label).add(liked) }
  },
)
