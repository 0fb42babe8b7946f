/** What is done to logits before a token is chosen: pure functions of them and of the tokens before, which compose. */
import { ArgumentError, np, operation, type Tensor } from '@puregrad/core'
import type { Monoid as MonoidOf } from 'fp-ts/lib/Monoid.js'

/** The tokens before the one that is chosen. Sizes are static: numbers say what counts. */
export interface Past {
  /** int32 [rows, room]: the prompt and what was chosen after it; beyond `known` there is nothing to be read. */
  readonly tokens: Tensor
  /** int32, a scalar: how many of a row's tokens are known. */
  readonly known: Tensor
  /** int32 [rows]: how many of these were chosen; those before them are the prompt. */
  readonly chosen: Tensor
}

/** Logits [rows, vocabulary] to others; −∞ for tokens that are out of the question. Greedy, beam and sample take the same ones. */
export type Processor = (logits: Tensor, past: Past) => Tensor

/**
 * Processors one after the other. Associative, with `chain()` as its unit, which changes nothing.
 * @throws ArgumentError for what is no function
 * @example
 * const warm = decode.chain(decode.temperature(0.5), decode.topK(2))
 * const past = { tokens: np.zeros([1, 1], { dtype: 'int32' }), known: np.array(1), chosen: np.zeros([1]) }
 * warm(np.array([[1, 2, 3]]), past).toArray() // [[-Infinity, 4, 6]]
 */
export const chain = operation('decode.chain', {}, (...processors: readonly Processor[]): Processor => {
  const wrong = processors.findIndex((f) => typeof f !== 'function')
  if (wrong >= 0)
    throw new ArgumentError(
      `decode.chain: argument ${wrong + 1} of ${processors.length} is no function. Processors are made first: decode.chain(decode.topK(40)).`,
    )
  return (logits, past) => processors.reduce((now, f) => f(now, past), logits)
})

/**
 * `chain` of two as an fp-ts Monoid.
 * @example
 * const both = decode.Monoid.concat(decode.topK(2), decode.ban([2]))
 * const past = { tokens: np.zeros([1, 1], { dtype: 'int32' }), known: np.array(1), chosen: np.zeros([1]) }
 * both(np.array([[1, 2, 3]]), past).toArray() // [[-Infinity, 2, -Infinity]]
 */
export const Monoid: MonoidOf<Processor> = Object.freeze({
  concat: (x: Processor, y: Processor) => chain(x, y),
  empty: chain(),
})

/** Which places of `tokens` hold the prompt or a chosen token, and which of them a chosen one: bool [rows, room]. */
export const placesOf = ({ tokens, known, chosen }: Past): { readonly known: Tensor; readonly chosen: Tensor } => {
  const place = np.arange(tokens.shape[1] as number, { dtype: 'int32' }).reshape([1, -1])
  const isKnown = place.lt(known)
  const isChosen = np.logicalAnd(isKnown, place.ge(np.expandDims(known.sub(chosen), 1)))
  return { known: np.broadcastTo(isKnown, tokens.shape), chosen: isChosen }
}

/** How often each token of the vocabulary stands at these places, [rows, vocabulary]. */
export const countsAt = (places: Tensor, { tokens }: Past, logits: Tensor): Tensor => {
  const [rows, vocabulary] = logits.shape as readonly [number, number]
  const row = np.arange(rows, { dtype: 'int32' }).reshape([rows, 1]).mul(vocabulary)
  return np
    .zeros([rows * vocabulary], { dtype: logits.dtype })
    .at(np.where(places, tokens, 0).add(row).reshape([-1]))
    .add(places.astype(logits.dtype).reshape([-1]))
    .reshape([rows, vocabulary])
}

/** Logits with −∞ wherever tokens are not kept. */
export const keepOnly = (kept: Tensor, logits: Tensor): Tensor => np.where(kept, logits, Number.NEGATIVE_INFINITY)
