/** Processors that make what was said before less likely. */
import { np, operation, RangeError } from '@puregrad/core'
import { countsAt, keepOnly, type Processor, placesOf } from './processor.js'
import { type Amount, checkAmount, checkCount } from './warping.js'

/**
 * Logits of tokens of the prompt and of those chosen so far, divided by the penalty where they are positive, else multiplied (CTRL,
 * Keskar et al. 2019): 1 changes nothing.
 * @throws RangeError unless it is positive
 * @example
 * const past = { tokens: np.array([[0, 1, 2]], { dtype: 'int32' }), known: np.array(2), chosen: np.array([1]) }
 * decode.repetitionPenalty(2)(np.array([[3, -1, 5]]), past).toArray() // [[1.5, -2, 5]]
 */
export const repetitionPenalty = operation('decode.repetitionPenalty', {}, (penalty: Amount): Processor => {
  checkAmount('decode.repetitionPenalty: it', penalty, (x) => x > 0, 'positive')
  return (logits, past) => {
    const said = countsAt(placesOf(past).known, past, logits).gt(0)
    return np.where(said, np.where(logits.gt(0), logits.div(penalty), logits.mul(penalty)), logits).astype(logits.dtype)
  }
})

/**
 * Takes the penalty off the logits of tokens that were chosen before, however often; the prompt does not count (OpenAI's).
 * @throws RangeError unless it is a number
 * @example
 * const past = { tokens: np.array([[0, 1, 1, 2]], { dtype: 'int32' }), known: np.array(3), chosen: np.array([2]) }
 * decode.presencePenalty(0.5)(np.array([[3, 3, 3]]), past).toArray() // [[3, 2.5, 3]]
 */
export const presencePenalty = operation('decode.presencePenalty', {}, (penalty: Amount): Processor => {
  checkAmount('decode.presencePenalty: it', penalty, Number.isFinite, 'a number')
  return (logits, past) => {
    const said = countsAt(placesOf(past).chosen, past, logits).gt(0)
    return np.where(said, logits.sub(penalty), logits).astype(logits.dtype)
  }
})

/**
 * Takes the penalty off the logits of tokens as often as they were chosen before; the prompt does not count (OpenAI's).
 * @throws RangeError unless it is a number
 * @example
 * const past = { tokens: np.array([[0, 1, 1, 2]], { dtype: 'int32' }), known: np.array(3), chosen: np.array([2]) }
 * decode.frequencyPenalty(0.5)(np.array([[3, 3, 3]]), past).toArray() // [[3, 2, 3]]
 */
export const frequencyPenalty = operation('decode.frequencyPenalty', {}, (penalty: Amount): Processor => {
  checkAmount('decode.frequencyPenalty: it', penalty, Number.isFinite, 'a number')
  return (logits, past) => logits.sub(countsAt(placesOf(past).chosen, past, logits).mul(penalty)).astype(logits.dtype)
})

/**
 * No run of n tokens comes twice: tokens that would complete one that is there, in the prompt or behind it, are out (Paulus et al. 2018).
 * @throws RangeError unless n is a whole number from 1 up
 * @example
 * const past = { tokens: np.array([[0, 1, 2, 0]], { dtype: 'int32' }), known: np.array(4), chosen: np.array([3]) }
 * decode.noRepeat(2)(np.array([[3, 3, 3]]), past).toArray() // [[3, -Infinity, 3]]
 */
export const noRepeat = operation('decode.noRepeat', {}, (n: number): Processor => {
  checkCount('decode.noRepeat: n', n, 1)
  return (logits, past) => {
    const { tokens, known } = past
    const [rows, room] = tokens.shape as readonly [number, number]
    if (room < n) return logits
    const place = np.arange(room, { dtype: 'int32' }).reshape([1, room])
    // A place ends a run if the n − 1 tokens before it are those that now come last.
    const ends = Array.from({ length: n - 1 }, (_, i) => n - 1 - i).reduce(
      (same, back) => {
        const before = np.roll(tokens, back, { axis: 1 })
        const last = np.take(tokens, np.maximum(known.sub(back), 0).astype('int32').reshape([1]), { axis: 1 })
        return np.logicalAnd(same, before.eq(last))
      },
      np.broadcastTo(np.logicalAnd(place.ge(n - 1), place.lt(known)), [rows, room]),
    )
    return keepOnly(countsAt(ends, past, logits).eq(0), logits)
  }
})

/** @throws RangeError unless they are whole numbers from 0 up, fewer than the vocabulary has */
export const checkTokens = (name: string, tokens: readonly number[], vocabulary = Number.POSITIVE_INFINITY): void => {
  const wrong = Array.isArray(tokens)
    ? tokens.find((t) => !Number.isInteger(t) || t < 0 || t >= vocabulary)
    : (tokens as unknown)
  if (wrong === undefined) return
  const size = Number.isFinite(vocabulary) ? `, and the vocabulary has ${vocabulary}` : ''
  throw new RangeError(`${name}: ${String(wrong)} is no token${size}. They are whole numbers from 0 up.`)
}
