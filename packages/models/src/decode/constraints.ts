/** Processors that forbid tokens or favour them, whatever was said before. */
import { np, operation, ShapeError, Tensor } from '@puregrad/core'
import { checkTokens } from './penalties.js'
import { keepOnly, type Processor } from './processor.js'
import { checkCount } from './warping.js'

/** A number for some tokens, and another for the rest: [vocabulary]. */
const rowOf = (vocabulary: number, entries: readonly (readonly [number, number])[]): Tensor => {
  const row = new Float32Array(vocabulary)
  for (const [token, value] of entries) row[token] = value
  return np.array(row)
}

/** Which tokens of a vocabulary are not among these, bool [vocabulary]. */
const others = (name: string, tokens: readonly number[], vocabulary: number): Tensor => {
  checkTokens(name, tokens, vocabulary)
  return rowOf(
    vocabulary,
    tokens.map((t) => [t, 1] as const),
  ).eq(0)
}

/**
 * These tokens never come.
 * @throws RangeError for what is no token
 * @example
 * const past = { tokens: np.zeros([1, 1], { dtype: 'int32' }), known: np.array(1), chosen: np.zeros([1]) }
 * decode.ban([0])(np.array([[1, 2, 3]]), past).toArray() // [[-Infinity, 2, 3]]
 */
export const ban = operation('decode.ban', {}, (tokens: readonly number[]): Processor => {
  checkTokens('decode.ban', tokens)
  return (logits) => keepOnly(others('decode.ban', tokens, logits.shape[1] as number), logits)
})

/** What is added to logits: [vocabulary], or a record of some tokens' numbers. */
export type Bias = Tensor | Readonly<Record<number, number>>

/**
 * Something is added to the logits: of a few tokens by a record, or of all by a tensor [vocabulary]. −Infinity bans.
 * @throws RangeError for what is no token; ShapeError for a tensor of another size
 * @example
 * const past = { tokens: np.zeros([1, 1], { dtype: 'int32' }), known: np.array(1), chosen: np.zeros([1]) }
 * decode.bias({ 1: 5 })(np.array([[1, 2, 3]]), past).toArray() // [[1, 7, 3]]
 */
export const bias = operation('decode.bias', {}, (added: Bias): Processor => {
  const entries = added instanceof Tensor ? [] : Object.entries(added).map(([t, x]) => [Number(t), x] as const)
  checkTokens(
    'decode.bias',
    entries.map(([token]) => token),
  )
  return (logits) => {
    const vocabulary = logits.shape[1] as number
    if (!(added instanceof Tensor)) {
      checkTokens(
        'decode.bias',
        entries.map(([token]) => token),
        vocabulary,
      )
      return logits.add(rowOf(vocabulary, entries).astype(logits.dtype))
    }
    if (added.ndim !== 1 || added.shape[0] !== vocabulary)
      throw new ShapeError(
        `decode.bias: [${added.shape}] is added to logits of ${vocabulary} tokens; one number is needed for each.`,
      )
    return logits.add(added.astype(logits.dtype))
  }
})

/**
 * These tokens, those that end a text, do not come before `least` others were chosen.
 * @throws RangeError unless least is a whole number from 0 up, or for what is no token
 * @example
 * const past = { tokens: np.array([[0, 1]], { dtype: 'int32' }), known: np.array(2), chosen: np.array([1]) }
 * decode.minLength(2, [0])(np.array([[1, 2, 3]]), past).toArray() // [[-Infinity, 2, 3]]
 */
export const minLength = operation('decode.minLength', {}, (least: number, ends: readonly number[]): Processor => {
  checkCount('decode.minLength: it', least, 0)
  checkTokens('decode.minLength', ends)
  return (logits, { chosen }) => {
    const mayEnd = np.expandDims(chosen.ge(least), 1)
    return keepOnly(np.logicalOr(mayEnd, others('decode.minLength', ends, logits.shape[1] as number)), logits)
  }
})
