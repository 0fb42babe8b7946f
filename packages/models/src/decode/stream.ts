/** Streaming: tokens as they come, the same ones that a whole loop gives. */
import { checkOptions, jit, np, operation, type Tensor } from '@puregrad/core'
import type { Key } from '@puregrad/nn'
import { likeliest } from './greedy.js'
import { advance, begin, type Choose, type Plan, planOf, type Tape } from './loop.js'
import {
  type LengthOptions,
  lengthNames,
  type ProcessOptions,
  processNames,
  processorOf,
  type WarpOptions,
  warpNames,
} from './options.js'
import { pause } from './pause.js'
import { drawing, keysOf } from './sample.js'
import type { DecodeStep } from './step.js'

export interface StreamOptions extends Omit<LengthOptions, 'promptLengths'>, ProcessOptions, WarpOptions {
  /** With a key tokens are those of `sample`, without those of `greedy`. */
  readonly key?: Key
  /** Ends the stream before its next token, as an AbortSignal does. */
  readonly signal?: { readonly aborted: boolean }
}

/** One token of every sequence. */
export interface Streamed {
  /** [batch]; `pad` behind an end. */
  readonly tokens: readonly number[]
  /** [batch], as the processors left it; 0 behind an end. */
  readonly logProbabilities: readonly number[]
  /** [batch], whether this token ends its sequence, or one before did. */
  readonly ended: readonly boolean[]
}

type Carry<C> = readonly [tape: Tape, cache: C]

/** Both parts of the loop, compiled. */
interface Runner<C> {
  readonly begin: (cache: C, start: Tensor) => Carry<C>
  readonly advance: (carry: Carry<C>, keys: Tensor | null) => Carry<C>
}

const compile = <C>(name: string, step: DecodeStep<C>, options: StreamOptions): Runner<C> => {
  const plan = (start: Tensor): Plan => planOf(name, step, start, options, processorOf(options))
  return {
    begin: jit((cache: C, start: Tensor) => begin(plan(start), step, cache, options)),
    advance: jit(([tape, cache]: Carry<C>, keys: Tensor | null) => {
      const choose: Choose = keys === null ? likeliest : drawing(keys)
      const [batch, room] = tape.tokens.shape as readonly [number, number]
      return advance(plan(np.zeros([batch, room - options.length], { dtype: 'int32' })), step, choose, [tape, cache])
    }),
  }
}

interface Remembered {
  readonly options: StreamOptions
  readonly runner: Runner<unknown>
}

/** Of each step the last few ways that it was streamed: a dialogue compiles once. */
const remembered = new WeakMap<object, readonly Remembered[]>()
const mostRemembered = 4

const isPerCall = (name: string): boolean => name === 'key' || name === 'signal'

const areAlike = (a: StreamOptions, b: StreamOptions): boolean =>
  [...new Set([...Object.keys(a), ...Object.keys(b)])].every(
    (name) => isPerCall(name) || Object.is(a[name as keyof StreamOptions], b[name as keyof StreamOptions]),
  )

const runnerOf = <C>(name: string, step: DecodeStep<C>, options: StreamOptions): Runner<C> => {
  const ways = remembered.get(step) ?? []
  const known = ways.find((way) => areAlike(way.options, options))
  if (known !== undefined) return known.runner as Runner<C>
  const { key: _, signal: __, ...lasting } = options
  const runner = compile(name, step, lasting)
  const fresh = { options: lasting, runner: runner as Runner<unknown> }
  remembered.set(step, [fresh, ...ways].slice(0, mostRemembered))
  return runner
}

/** What the tape says of its last token. */
const lastOf = ({ tokens, logProbabilities, known, ended }: Tape): Streamed => {
  const at = (known.item() as number) - 1
  return {
    tokens: tokens.slice({}, at).toArray() as number[],
    logProbabilities: logProbabilities.slice({}, at).toArray() as number[],
    ended: ended.toArray() as boolean[],
  }
}

const names = [
  ...lengthNames.filter((name) => name !== 'promptLengths'),
  ...processNames,
  ...warpNames,
  'key',
  'signal',
]

/** The tokens, once everything is checked. */
const streaming = <C>(
  name: string,
  step: DecodeStep<C>,
  cache: C,
  start: Tensor,
  options: StreamOptions,
): Generator<Streamed, void, undefined> => {
  checkOptions(name, options, names)
  const { length, key, signal } = options
  const { prompts } = planOf(name, step, start, options, processorOf(options))
  const keys = key === undefined ? null : keysOf(name, key, prompts.shape[0] as number)
  const runner = runnerOf(name, step, options)
  const first = signal?.aborted === true ? null : runner.begin(cache, prompts)
  return (function* (): Generator<Streamed, void, undefined> {
    let carry = first
    for (let n = 0; n < length && carry !== null && signal?.aborted !== true; n++) {
      carry = runner.advance(carry, keys)
      const streamed = lastOf(carry[0])
      yield streamed
      if (streamed.ended.every((is) => is)) return
    }
  })()
}

/**
 * Tokens as they come, one of each sequence at a time: those of `sample` with the same key, without one those of `greedy`. It ends when
 * all sequences have, when it is left (`break`, `return()`), or when the signal is aborted.
 * @throws as `sample` does, before the first token
 * @example
 * const follows = np.array([[0, 9, 0], [0, 0, 9], [9, 0, 0]]) // after 0 comes 1, then 2, then 0
 * const step = (cache: null, tokens: Tensor) => [np.take(follows, tokens, { axis: 0 }), cache] as const
 * const start = np.array([0], { dtype: 'int32' })
 * const found = [...decode.streamSync(step, null, start, { length: 9, end: 0 })]
 * found.map(({ tokens }) => tokens[0]) // [1, 2, 0]
 */
export const streamSync = operation(
  'decode.streamSync',
  { at: 3, names },
  <C>(step: DecodeStep<C>, cache: C, start: Tensor, options: StreamOptions): Generator<Streamed, void, undefined> =>
    streaming('decode.streamSync', step, cache, start, options),
)

/**
 * As `streamSync`, asynchronously: between two tokens others have their turn, so that a signal can be aborted and a page drawn.
 * @throws as `sample` does, before the first token
 * @example
 * const follows = np.array([[0, 9, 0], [0, 0, 9], [9, 0, 0]]) // after 0 comes 1, then 2, then 0
 * const step = (cache: null, tokens: Tensor) => [np.take(follows, tokens, { axis: 0 }), cache] as const
 * const start = np.array([0], { dtype: 'int32' })
 * const found: number[] = []
 * for await (const { tokens } of decode.stream(step, null, start, { length: 4, key: random.key(0), topK: 1 })) found.push(...tokens)
 * found // [1, 2, 0, 1]
 */
export const stream = operation(
  'decode.stream',
  { at: 3, names },
  <C>(
    step: DecodeStep<C>,
    cache: C,
    start: Tensor,
    options: StreamOptions,
  ): AsyncGenerator<Streamed, void, undefined> => {
    const tokens = streaming('decode.stream', step, cache, start, options)
    return (async function* (): AsyncGenerator<Streamed, void, undefined> {
      for (const token of tokens) {
        yield token
        await pause()
      }
    })()
  },
)
