/** Speculative decoding: a small model proposes, a large one looks at several proposals in one step; the tokens are those of the large one. */
import { lax, np, operation, type Tensor, whileLoop } from '@puregrad/core'
import type { Key } from '@puregrad/nn'
import { likeliest } from './greedy.js'
import {
  type Choose,
  cutOut,
  type Decoded,
  dtypeOf,
  type Plan,
  planOf,
  readPrompt,
  startTape,
  type Tape,
  write,
} from './loop.js'
import {
  type LengthOptions,
  lengthNames,
  type ProcessOptions,
  processNames,
  processorOf,
  type WarpOptions,
  warpNames,
} from './options.js'
import { rewind as rewindCounted } from './rewind.js'
import { checkRoom } from './room.js'
import { drawing, keysOf } from './sample.js'
import { callStep, checkStep, type DecodeStep, ofLastPosition } from './step.js'
import { checkCount } from './warping.js'

/** What proposes: a step of its own, with its cache before the start. */
export interface Draft<D> {
  readonly step: DecodeStep<D>
  readonly cache: D
}

export interface SpeculativeOptions<C, D> extends Omit<LengthOptions, 'promptLengths'>, ProcessOptions, WarpOptions {
  readonly draft: Draft<D>
  /** How many tokens are proposed before the model looks at them: 4 unless said. */
  readonly ahead?: number
  /** With a key tokens are those of `sample`, without those of `greedy`. */
  readonly key?: Key
  /** The caches some positions earlier: `decode.rewind` unless said, which those of attention take. */
  readonly rewind?: <X extends C | D>(cache: X, back: Tensor) => X
}

/** What came, and how good the proposals were. */
export interface Speculated {
  /** int32 [batch, length]: what was chosen, without the prompt; `pad` behind an end. */
  readonly tokens: Tensor
  /** int32 [batch]: how many were chosen, one that ends included. */
  readonly lengths: Tensor
  /** [batch, length], of each token, as the processors left it; 0 behind an end. */
  readonly logProbabilities: Tensor
  /** int32, a scalar: how many steps of the model it took. */
  readonly steps: Tensor
  /** The share of proposals that were chosen. */
  readonly accepted: Tensor
}

interface Carry<C, D> {
  readonly tape: Tape
  readonly cache: C
  readonly draftCache: D
  readonly steps: Tensor
  readonly taken: Tensor
}

interface Speculating<C, D> {
  readonly plan: Plan
  readonly step: DecodeStep<C>
  readonly draft: DecodeStep<D>
  readonly ahead: number
  readonly choose: Choose
  readonly rewind: <X extends C | D>(cache: X, back: Tensor) => X
}

const column = (x: Tensor, at: Tensor | number, count = 1): Tensor => lax.dynamicSliceInDim(x, at, count, 1)

/** The draft reads one token more than it proposes, since all of them may be chosen. */
const propose = <C, D>(
  { plan, draft, ahead, choose }: Speculating<C, D>,
  tape: Tape,
  cache: D,
): readonly [proposed: Tape, cache: D] => {
  const [all, held] = Array.from({ length: ahead }).reduce<readonly [Tape, D]>(
    ([now, c]) => {
      const [logits, next] = callStep(plan.name, draft, c, column(now.tokens, now.known.sub(1)))
      return [write(plan, now, ofLastPosition(logits), choose), next]
    },
    [tape, cache],
  )
  return [all, callStep(plan.name, draft, held, column(all.tokens, all.known.sub(1)))[1]]
}

/** Tapes with one token, two, … of the model's own choice after those proposed before. */
const verify = <C, D>(
  { plan, ahead, choose }: Speculating<C, D>,
  before: Tape,
  proposed: Tensor,
  logits: Tensor,
): readonly Tape[] => {
  const tapes: Tape[] = []
  for (let i = 0; i <= ahead; i++) {
    // Behind what it chose itself comes what was proposed: where these differ, nobody will look.
    const known = { ...(tapes.at(-1) ?? before), tokens: proposed }
    tapes.push(write(plan, known, np.take(logits, i, { axis: 1 }), choose))
  }
  return tapes
}

/** One round: as many tokens as were proposed rightly, and one more. */
const round = <C, D>(speculating: Speculating<C, D>, carry: Carry<C, D>): Carry<C, D> => {
  const { plan, step, ahead, rewind } = speculating
  const { tape } = carry
  const [proposed, draftCache] = propose(speculating, tape, carry.draftCache)
  const [logits, cache] = callStep(plan.name, step, carry.cache, column(proposed.tokens, tape.known.sub(1), ahead + 1))
  const tapes = verify(speculating, tape, proposed.tokens, logits)

  const chosen = np.concatenate(
    tapes.map(({ tokens }, i) => column(tokens, tape.known.add(i))),
    { axis: 1 },
  )
  const guesses = column(proposed.tokens, tape.known, ahead)
  // A sequence that has ended takes whatever comes.
  const ended = np.stack(
    [tape, ...tapes.slice(0, ahead - 1)].map((t) => t.ended),
    { axis: 1 },
  )
  const right = np.logicalOr(guesses.eq(lax.sliceInDim(chosen, 0, ahead, { axis: 1 })), ended)
  const runs = np.cumprod(np.all(right, { axis: 0 }).astype('int32'))
  const accepted = np.sum(runs).astype('int32')

  const pick = (of: (tape: Tape) => Tensor): Tensor => np.take(np.stack(tapes.map(of)), accepted, { axis: 0 })
  const known = tape.known.add(accepted).add(1)
  const back = np.subtract(ahead, accepted).astype('int32')
  return {
    tape: {
      tokens: lax.dynamicUpdateSliceInDim(tape.tokens, chosen, tape.known, 1),
      logProbabilities: pick((t) => t.logProbabilities),
      known,
      ended: pick((t) => t.ended),
      lengths: pick((t) => t.lengths),
    },
    cache: rewind(cache, back),
    draftCache: rewind(draftCache, back),
    steps: carry.steps.add(1),
    taken: carry.taken.add(accepted),
  }
}

/**
 * Speculative decoding (Leviathan et al. 2023) by common random numbers: the very tokens of `greedy`, or with a key of `sample`, in
 * fewer steps of the model. Draft and model draw by the same noise for each place, so that they agree where they think alike; a
 * proposal that the model would not have chosen is replaced by what it would have, and nothing behind it counts. Where the logits of a
 * step of several positions differ in their last bits from those of single steps, so do those that tokens are chosen by. In a batch
 * all sequences go on together, as far as the proposals for all of them were right.
 * @param step (cache, tokens) ↦ [logits, cache] of a model that takes several positions at once
 * @param cache before the start, with room for prompt, length and `ahead`, as that of the draft
 * @param start int32 [batch], a first token each, or [batch, positions], a prompt
 * @throws ArgumentError for caches that cannot go back; RangeError, ShapeError, DTypeError as `sample` does
 * @example
 * const model = gpt({ vocabulary: 9, layers: 2, heads: 2, width: 8 })
 * const small = gpt({ vocabulary: 9, layers: 1, heads: 2, width: 8 })
 * const [large, little] = [init(model, [1], random.key(0)), init(small, [1], random.key(1))]
 * const next = decode.stepOf(model, large)
 * const draft = { step: decode.stepOf(small, little), cache: startCache(small, little.params, 1, 16) }
 * const [cache, start] = [startCache(model, large.params, 1, 16), np.array([3], { dtype: 'int32' })]
 * const found = decode.speculative(next, cache, start, { length: 8, key: random.key(2), draft })
 * const { tokens } = decode.sample(next, cache, start, { length: 8, key: random.key(2) })
 * np.all(found.tokens.eq(tokens)).item() // true
 */
export const speculative = operation(
  'decode.speculative',
  {
    at: 3,
    names: [
      ...lengthNames.filter((name) => name !== 'promptLengths'),
      ...processNames,
      ...warpNames,
      ...(['key', 'draft', 'ahead', 'rewind'] as const),
    ],
  },
  <C, D>(step: DecodeStep<C>, cache: C, start: Tensor, options: SpeculativeOptions<C, D>): Speculated => {
    const name = 'decode.speculative'
    const { ahead = 4, key, draft, length, rewind = rewindCounted } = options
    checkCount(`${name}: ahead`, ahead, 1)
    checkStep(`${name}: draft`, draft.step)
    const plan = planOf(name, step, start, options, processorOf(options))
    const [batch, positions] = plan.prompts.shape as readonly [number, number]
    const room = positions + length + ahead - 1
    checkRoom(name, cache, room, ', and `ahead`')
    checkRoom(name, draft.cache, room, ', and `ahead`')
    const choose = key === undefined ? likeliest : drawing(keysOf(name, key, batch))
    const speculating: Speculating<C, D> = { plan, step, draft: draft.step, ahead, choose, rewind }
    const none = np.array(0, { dtype: 'int32' })
    const last = whileLoop(
      ({ tape }: Carry<C, D>) => np.logicalAnd(tape.known.lt(positions + length), np.logicalNot(np.all(tape.ended))),
      (carry: Carry<C, D>): Carry<C, D> => round(speculating, carry),
      {
        tape: startTape(plan, dtypeOf(plan, step, cache), ahead + 1),
        cache: readPrompt(plan, step, cache, options),
        draftCache: readPrompt(plan, draft.step, draft.cache, options),
        steps: none,
        taken: none,
      } satisfies Carry<C, D>,
    )
    const cut: Omit<Decoded<unknown>, 'cache'> = cutOut(plan, last.tape)
    return { ...cut, steps: last.steps, accepted: last.taken.div(np.maximum(last.steps.mul(ahead), 1)) }
  },
)
