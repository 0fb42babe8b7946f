/** Greedy decoding: always the likeliest token. */
import { np, operation, type Tensor } from '@puregrad/core'
import { type Choose, type Decoded, decodeWith, planOf } from './loop.js'
import { type LengthOptions, lengthNames, type ProcessOptions, processNames, processorOf } from './options.js'
import type { DecodeStep } from './step.js'

export interface GreedyOptions extends LengthOptions, ProcessOptions {}

/** The likeliest token; of equals the first. */
export const likeliest: Choose = (logits) => np.argmax(logits, { axis: 1 })

/**
 * The likeliest token, time and again: one step of the model for each, in one loop that jits, ends when all sequences have, and has
 * static sizes.
 * @param step (cache, tokens) ↦ [logits, cache], as `decode.stepOf` makes it
 * @param cache before the start, with room for prompt and length
 * @param start int32 [batch], a first token each, or [batch, positions], a prompt
 * @throws RangeError for a length below 1 or a cache without room; ShapeError, DTypeError for what are no tokens
 * @example
 * const follows = np.array([[0, 9, 0], [0, 0, 9], [9, 0, 0]]) // after 0 comes 1, then 2, then 0
 * const step = (cache: null, tokens: Tensor) => [np.take(follows, tokens, { axis: 0 }), cache] as const
 * const start = np.array([0, 1], { dtype: 'int32' })
 * decode.greedy(step, null, start, { length: 4, end: 0 }).tokens // [[1, 2, 0, 0], [2, 0, 0, 0]]
 */
export const greedy = operation(
  'decode.greedy',
  { at: 3, names: [...lengthNames, ...processNames] },
  <C>(step: DecodeStep<C>, cache: C, start: Tensor, options: GreedyOptions): Decoded<C> => {
    const plan = planOf('decode.greedy', step, start, options, processorOf(options))
    return decodeWith(plan, step, cache, options, likeliest)
  },
)
