/** What decoders can be told, and what becomes of it: one processor, and a condition to end. */
import { lax, np, RangeError, ShapeError, show, Tensor } from '@puregrad/core'
import { type Bias, ban, bias, minLength } from './constraints.js'
import { checkTokens, frequencyPenalty, noRepeat, presencePenalty, repetitionPenalty } from './penalties.js'
import { chain, type Past, type Processor } from './processor.js'
import { type Amount, checkCount, minP, temperature, topK, topP, typical } from './warping.js'

/** When sequences end, and how a prompt is read. */
export interface LengthOptions {
  /** How many tokens are chosen at most, which is the size of the result. */
  readonly length: number
  /** The token that ends a sequence, or several that do: none unless said. It counts as chosen. */
  readonly end?: number | readonly number[]
  /** Runs of tokens that end a sequence when it has chosen one of them: none unless said. */
  readonly stop?: readonly (readonly number[])[]
  /** What stands behind the end of a sequence: the first end token unless said, 0 if there is none. */
  readonly pad?: number
  /** Of prompts of different lengths, how long each is: int32 [batch]; what is behind that is not read. Each row chooses as it would alone. */
  readonly promptLengths?: Tensor
  /** Whether the prompt is read in one step or position by position: 'once' unless said, which is faster; by position with `promptLengths`. */
  readonly prefill?: 'once' | 'stepwise'
}

/** What is done to logits whatever chooses by them, in this order. */
export interface ProcessOptions {
  readonly repetitionPenalty?: Amount
  readonly presencePenalty?: Amount
  readonly frequencyPenalty?: Amount
  /** Runs of this many tokens do not come twice. */
  readonly noRepeat?: number
  readonly bias?: Bias
  /** Tokens that never come. */
  readonly ban?: readonly number[]
  /** How many tokens come before the one that ends. */
  readonly minLength?: number
  /** A processor of one's own, or a chain of them, behind all others. */
  readonly process?: Processor
}

/** What sampling does besides, in this order, behind penalties and before `process`. */
export interface WarpOptions {
  readonly temperature?: Amount
  readonly topK?: number
  readonly topP?: Amount
  readonly minP?: Amount
  readonly typical?: Amount
}

export const lengthNames = ['length', 'end', 'stop', 'pad', 'promptLengths', 'prefill'] as const
export const processNames = [
  'repetitionPenalty',
  'presencePenalty',
  'frequencyPenalty',
  'noRepeat',
  'bias',
  'ban',
  'minLength',
  'process',
] as const
export const warpNames = ['temperature', 'topK', 'topP', 'minP', 'typical'] as const

const endsOf = ({ end }: LengthOptions): readonly number[] =>
  end === undefined ? [] : typeof end === 'number' ? [end] : end

/** All of it as one processor. */
export const processorOf = (options: LengthOptions & ProcessOptions & WarpOptions): Processor => {
  const made = <X>(x: X | undefined, make: (x: X) => Processor): readonly Processor[] =>
    x === undefined ? [] : [make(x)]
  return chain(
    ...made(options.repetitionPenalty, repetitionPenalty),
    ...made(options.presencePenalty, presencePenalty),
    ...made(options.frequencyPenalty, frequencyPenalty),
    ...made(options.noRepeat, noRepeat),
    ...made(options.bias, bias),
    ...made(options.ban, ban),
    ...made(options.minLength, (least) => minLength(least, endsOf(options))),
    ...made(options.temperature, temperature),
    ...made(options.topK, topK),
    ...made(options.topP, topP),
    ...made(options.minP, minP),
    ...made(options.typical, typical),
    ...made(options.process, (own) => own),
  )
}

/** How sequences end. */
export interface Ending {
  /** Whether the last token that is known ends its sequence: bool [rows]. */
  readonly ends: (past: Past) => Tensor
  readonly pad: number
  /** All tokens that it speaks of, of which the model has to know. */
  readonly tokens: readonly number[]
  /** How many next tokens can end one sequence, at most. */
  readonly ways: number
}

/** @throws RangeError for a length, tokens or runs that make no sense */
export const endingOf = (name: string, options: LengthOptions): Ending => {
  const { length, stop = [], prefill = 'once' } = options
  const ends = endsOf(options)
  checkCount(`${name}: length`, length, 1)
  checkTokens(`${name}: end`, ends)
  if (prefill !== 'once' && prefill !== 'stepwise')
    throw new RangeError(`${name}: prefill is ${show(prefill)}, and has to be 'once' or 'stepwise'.`)
  if (!Array.isArray(stop) || !stop.every((run) => Array.isArray(run) && run.length > 0))
    throw new RangeError(`${name}: stop is ${show(stop)}, and has to be a list of runs of tokens, as [[13, 10]].`)
  for (const run of stop) checkTokens(`${name}: stop`, run)
  const pad = options.pad ?? ends[0] ?? 0
  checkTokens(`${name}: pad`, [pad])
  const runs = [...ends.map((token) => [token]), ...stop]
  const ended = ({ tokens, known, chosen }: Past): Tensor =>
    runs.reduce(
      (any, run) => {
        const n = run.length
        if (n > (tokens.shape[1] as number)) return any
        const last = lax.dynamicSliceInDim(tokens, np.maximum(known.sub(n), 0).astype('int32'), n, 1)
        const same = np.all(last.eq(np.array(run, { dtype: 'int32' })), { axis: 1 })
        return np.logicalOr(any, np.logicalAnd(same, chosen.ge(n)))
      },
      np.zeros([tokens.shape[0] as number], { dtype: 'bool' }),
    )
  return { ends: ended, pad, tokens: runs.flat(), ways: runs.length }
}

/** int32 [rows], and whether they may differ. @throws ShapeError unless there is one for each row */
export const promptLengthsOf = (name: string, start: Tensor, { promptLengths }: LengthOptions): Tensor => {
  const [rows, positions] = start.shape as readonly [number, number]
  if (promptLengths === undefined) return np.full([rows], positions, { dtype: 'int32' })
  if (!(promptLengths instanceof Tensor) || promptLengths.ndim !== 1 || promptLengths.shape[0] !== rows)
    throw new ShapeError(
      `${name}: promptLengths is ${promptLengths instanceof Tensor ? `${promptLengths.dtype}[${promptLengths.shape}]` : show(promptLengths)}; it has to be int32[${rows}], a length for each prompt.`,
    )
  return np.clip(promptLengths, 1, positions).astype('int32')
}
