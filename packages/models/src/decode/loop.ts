/** The loop that greedy decoding and sampling are: what is carried from token to token, and what one token takes. */
import { evalShape, lax, np, type Tensor, whileLoop } from '@puregrad/core'
import { logSoftmax } from '@puregrad/nn'
import { type Ending, endingOf, type LengthOptions, promptLengthsOf } from './options.js'
import { checkTokens } from './penalties.js'
import type { Past, Processor } from './processor.js'
import { checkRoom } from './room.js'
import { callStep, checkStart, checkStep, type DecodeStep, ofLastPosition } from './step.js'

/** What a decoder found. Sizes are static: `lengths` says what counts. */
export interface Decoded<C> {
  /** int32 [batch, length]: what was chosen, without the prompt; `pad` behind an end. */
  readonly tokens: Tensor
  /** int32 [batch]: how many were chosen, one that ends included. */
  readonly lengths: Tensor
  /** [batch, length], of each token, when it was chosen, as the processors left it; 0 behind an end. */
  readonly logProbabilities: Tensor
  /** Behind all tokens but the last: to go on, start with that one. Behind an end it holds what nobody asked for. */
  readonly cache: C
}

/** Prompts and what was chosen behind them. */
export interface Tape {
  /** int32 [rows, room] */
  readonly tokens: Tensor
  /** [rows, room] */
  readonly logProbabilities: Tensor
  /** int32, a scalar: how many of a row's tokens are known. */
  readonly known: Tensor
  /** bool [rows] */
  readonly ended: Tensor
  /** int32 [rows]: how many were chosen, ends included. */
  readonly lengths: Tensor
}

/** From processed logits [rows, vocabulary], for the n-th token that a row chooses: int32 [rows]. */
export type Choose = (logits: Tensor, nth: Tensor) => Tensor

/** What does not change from token to token. */
export interface Plan {
  readonly name: string
  readonly prompts: Tensor
  readonly promptLengths: Tensor
  /** Whether prompts differ in length, so that the longer ones are still read while others choose. */
  readonly ragged: boolean
  readonly length: number
  readonly ending: Ending
  readonly process: Processor
}

/** @throws errors about whatever does not fit */
export const planOf = (
  name: string,
  step: unknown,
  start: Tensor,
  options: LengthOptions,
  process: Processor,
): Plan => {
  checkStep(name, step)
  const prompts = checkStart(name, start)
  return {
    name,
    prompts,
    promptLengths: promptLengthsOf(name, prompts, options),
    ragged: options.promptLengths !== undefined,
    length: options.length,
    ending: endingOf(name, options),
    process,
  }
}

/** The prompts with room for what is chosen, and some to spare. */
export const startTape = ({ prompts, ragged, length, ending }: Plan, dtype: Tensor['dtype'], spare = 0): Tape => {
  const [rows, positions] = prompts.shape as readonly [number, number]
  const room = np.full([rows, length + spare], ending.pad, { dtype: 'int32' })
  return {
    tokens: np.concatenate([prompts, room], { axis: 1 }),
    logProbabilities: np.zeros([rows, positions + length + spare], { dtype }),
    known: np.array(ragged ? 1 : positions, { dtype: 'int32' }),
    ended: np.zeros([rows], { dtype: 'bool' }),
    lengths: np.zeros([rows], { dtype: 'int32' }),
  }
}

/** In what the model counts. @throws RangeError for an end that its vocabulary does not have */
export const dtypeOf = <C>({ name, prompts, ending }: Plan, step: DecodeStep<C>, cache: C): Tensor['dtype'] => {
  const { shape, dtype } = evalShape(
    (held: C, tokens: Tensor) => callStep(name, step, held, tokens)[0],
    cache,
    lax.sliceInDim(prompts, 0, 1, { axis: 1 }),
  )
  checkTokens(name, ending.tokens, shape[2])
  return dtype
}

/** The cache behind all of the prompts but their last tokens, which the loop begins with. */
export const readPrompt = <C>(
  { name, prompts, ragged }: Plan,
  step: DecodeStep<C>,
  cache: C,
  { prefill = 'once' }: LengthOptions,
): C => {
  const last = (prompts.shape[1] as number) - 1
  if (ragged || last === 0) return cache
  const all = lax.sliceInDim(prompts, 0, last, { axis: 1 })
  if (prefill === 'once') return callStep(name, step, cache, all)[1]
  const [, read] = whileLoop(
    ([at]: readonly [Tensor, C]) => at.lt(last),
    ([at, held]: readonly [Tensor, C]): readonly [Tensor, C] => [
      at.add(1),
      callStep(name, step, held, lax.dynamicSliceInDim(all, at, 1, 1))[1],
    ],
    [np.array(0, { dtype: 'int32' }), cache],
  )
  return read
}

/** What processors see. */
export const pastOf = ({ tokens, known }: Pick<Tape, 'tokens' | 'known'>, promptLengths: Tensor): Past => ({
  tokens,
  known,
  chosen: np.maximum(known.sub(promptLengths), 0).astype('int32'),
})

/** One column of a tape. */
const at = (x: Tensor, column: Tensor): Tensor => np.squeeze(lax.dynamicSliceInDim(x, column, 1, 1), 1)
const put = (x: Tensor, value: Tensor, column: Tensor): Tensor =>
  lax.dynamicUpdateSliceInDim(x, np.expandDims(value, 1), column, 1)

/** The tape with one more token in each row, by the logits [rows, vocabulary] behind those that are known. */
export const write = (plan: Plan, tape: Tape, logits: Tensor, choose: Choose): Tape => {
  const { promptLengths, ragged, length, ending, process } = plan
  const past = pastOf(tape, promptLengths)
  const processed = process(logits, past)
  const chosen = choose(processed, past.chosen)
  const likely = np.takeAlongAxis(logSoftmax(processed, { axis: 1 }), np.expandDims(chosen, 1), { axis: 1 })
  const reading = ragged ? tape.known.lt(promptLengths) : null
  const token = np.where(tape.ended, ending.pad, chosen)
  const silent = reading === null ? tape.ended : np.logicalOr(tape.ended, reading)
  const written = {
    tokens: put(
      tape.tokens,
      reading === null ? token : np.where(reading, at(tape.tokens, tape.known), token),
      tape.known,
    ),
    logProbabilities: put(tape.logProbabilities, np.where(silent, 0, np.squeeze(likely, 1)), tape.known),
    known: tape.known.add(1),
  }
  const lengths = tape.lengths.add(np.where(silent, 0, 1)).astype('int32')
  const here = np.logicalOr(ending.ends(pastOf(written, promptLengths)), lengths.ge(length))
  return { ...written, lengths, ended: np.logicalOr(tape.ended, np.logicalAnd(here, np.logicalNot(silent))) }
}

/** One step of the model, and the token that it leads to. */
export const advance = <C>(
  plan: Plan,
  step: DecodeStep<C>,
  choose: Choose,
  [tape, cache]: readonly [Tape, C],
): readonly [Tape, C] => {
  const last = lax.dynamicSliceInDim(tape.tokens, tape.known.sub(1), 1, 1)
  const [logits, next] = callStep(plan.name, step, cache, last)
  return [write(plan, tape, ofLastPosition(logits), choose), next]
}

/** What was chosen, cut out of the tape. */
export const cutOut = (
  plan: Plan,
  { tokens, logProbabilities, lengths }: Pick<Tape, 'tokens' | 'logProbabilities' | 'lengths'>,
): Omit<Decoded<unknown>, 'cache'> => {
  const { prompts, promptLengths, ragged, length, ending } = plan
  const positions = prompts.shape[1] as number
  const place = np.arange(length, { dtype: 'int32' }).reshape([1, length])
  const cut = (x: Tensor): Tensor =>
    ragged
      ? np.takeAlongAxis(x, place.add(np.expandDims(promptLengths, 1)), { axis: 1 })
      : lax.sliceInDim(x, positions, positions + length, { axis: 1 })
  const counts = place.lt(np.expandDims(lengths, 1))
  return {
    tokens: np.where(counts, cut(tokens), ending.pad).astype('int32'),
    lengths,
    logProbabilities: np.where(counts, cut(logProbabilities), 0),
  }
}

/** What the loop starts from: the prompt read, and nothing chosen. */
export const begin = <C>(
  plan: Plan,
  step: DecodeStep<C>,
  cache: C,
  options: LengthOptions,
): readonly [tape: Tape, cache: C] => {
  checkRoom(plan.name, cache, (plan.prompts.shape[1] as number) + plan.length - 1)
  return [startTape(plan, dtypeOf(plan, step, cache)), readPrompt(plan, step, cache, options)]
}

/** The whole loop. */
export const decodeWith = <C>(
  plan: Plan,
  step: DecodeStep<C>,
  cache: C,
  options: LengthOptions,
  choose: Choose,
): Decoded<C> => {
  const room = (plan.prompts.shape[1] as number) + plan.length
  const [tape, held] = whileLoop(
    ([{ known, ended }]: readonly [Tape, C]) => np.logicalAnd(known.lt(room), np.logicalNot(np.all(ended))),
    (now: readonly [Tape, C]): readonly [Tape, C] => advance(plan, step, choose, now),
    begin(plan, step, cache, options),
  )
  return { ...cutOut(plan, tape), cache: held }
}
