/** Sampling: tokens as often as the model finds them likely. */
import { np, operation, random, ShapeError, show, Tensor, vmap } from '@puregrad/core'
import type { Key } from '@puregrad/nn'
import { type Choose, type Decoded, decodeWith, planOf } from './loop.js'
import {
  type LengthOptions,
  lengthNames,
  type ProcessOptions,
  processNames,
  processorOf,
  type WarpOptions,
  warpNames,
} from './options.js'
import type { DecodeStep } from './step.js'

export interface SampleOptions extends LengthOptions, ProcessOptions, WarpOptions {
  /** One for all sequences, or one for each, [batch, 2], with which a sequence is the same in any batch. */
  readonly key: Key
}

/** A key for each of the rows. @throws ShapeError unless there is one for all, or one for each */
export const keysOf = (name: string, key: Key, rows: number): Tensor => {
  if (!(key instanceof Tensor) || key.dtype !== 'uint32' || key.shape.at(-1) !== 2 || key.ndim > 2)
    throw new ShapeError(
      `${name}: the key is ${key instanceof Tensor ? `${key.dtype}[${key.shape}]` : show(key)}. Make one with random.key(seed), or one for each sequence with random.split(key, ${rows}).`,
    )
  if (key.ndim === 1) return vmap((i: Tensor) => random.foldIn(key, i))(np.arange(rows, { dtype: 'int32' }))
  if (key.shape[0] !== rows)
    throw new ShapeError(
      `${name}: there are ${key.shape[0]} keys for ${rows} sequences. Take random.split(key, ${rows}).`,
    )
  return key
}

/** By the logits with Gumbel noise of a key of the row and of how many it chose before, so that nothing else decides what comes. */
export const drawing = (keys: Tensor): Choose => {
  const draw = vmap((key: Tensor, n: Tensor, logits: Tensor) => random.categorical(random.foldIn(key, n), logits))
  return (logits, nth) => draw(keys, nth, logits)
}

/**
 * Tokens at random, as likely as the logits say once the processors have been at them. A token depends on the key of its row, on
 * how many came before and on the logits, and on nothing else: batches, jit and streaming change nothing.
 * @param step (cache, tokens) ↦ [logits, cache], as `decode.stepOf` makes it
 * @param cache before the start, with room for prompt and length
 * @param start int32 [batch], a first token each, or [batch, positions], a prompt
 * @throws RangeError for options outside their range or a cache without room; ShapeError, DTypeError for what are no tokens or keys
 * @example
 * const follows = np.array([[0, 9, 0], [0, 0, 9], [9, 0, 0]]) // after 0 comes 1, then 2, then 0
 * const step = (cache: null, tokens: Tensor) => [np.take(follows, tokens, { axis: 0 }), cache] as const
 * const start = np.array([0, 1], { dtype: 'int32' })
 * decode.sample(step, null, start, { length: 3, key: random.key(0), topK: 1 }).tokens // [[1, 2, 0], [2, 0, 1]]
 */
export const sample = operation(
  'decode.sample',
  { at: 3, names: [...lengthNames, ...processNames, ...warpNames, 'key'] },
  <C>(step: DecodeStep<C>, cache: C, start: Tensor, options: SampleOptions): Decoded<C> => {
    const plan = planOf('decode.sample', step, start, options, processorOf(options))
    const keys = keysOf('decode.sample', options.key, plan.prompts.shape[0] as number)
    return decodeWith(plan, step, cache, options, drawing(keys))
  },
)
