/** Processors that make a distribution sharper or cut its tail off: what sampling is done with. */
import { lax, np, operation, RangeError, show, Tensor } from '@puregrad/core'
import { logSoftmax, softmax } from '@puregrad/nn'
import { keepOnly, type Processor } from './processor.js'

/** A number, or a tensor of one that may be traced. */
export type Amount = number | Tensor

/** @throws RangeError for numbers outside; tensors may be traced and go by */
export const checkAmount = (name: string, x: Amount, fits: (x: number) => boolean, range: string): void => {
  if (x instanceof Tensor || (typeof x === 'number' && fits(x))) return
  throw new RangeError(`${name} is ${show(x)}, and has to be ${range}.`)
}

/** @throws RangeError unless it is a whole number of this size at least */
export const checkCount = (name: string, x: number, least: number): void =>
  checkAmount(
    name,
    typeof x === 'number' ? x : Number.NaN,
    (n) => Number.isInteger(n) && n >= least,
    `a whole number from ${least} up`,
  )

/**
 * Logits divided by a temperature: below 1 likely tokens get likelier still. At 0 the likeliest is alone, which is its limit.
 * @throws RangeError for a negative one
 * @example
 * const past = { tokens: np.zeros([1, 1], { dtype: 'int32' }), known: np.array(1), chosen: np.zeros([1]) }
 * decode.temperature(2)(np.array([[1, 2, 4]]), past).toArray() // [[0.5, 1, 2]]
 */
export const temperature = operation('decode.temperature', {}, (value: Amount): Processor => {
  checkAmount('decode.temperature: it', value, (t) => t >= 0, '≥ 0')
  if (value !== 0) return (logits) => logits.div(value instanceof Tensor ? value.astype(logits.dtype) : value)
  return (logits) => {
    const best = np.argmax(logits, { axis: 1, keepdims: true })
    return keepOnly(np.arange(logits.shape[1] as number, { dtype: 'int32' }).eq(best), logits)
  }
})

/**
 * The k largest logits, and those as large as the k-th; all if there are no more than k (Fan et al. 2018).
 * @throws RangeError unless k is a whole number from 1 up
 * @example
 * const past = { tokens: np.zeros([1, 1], { dtype: 'int32' }), known: np.array(1), chosen: np.zeros([1]) }
 * decode.topK(2)(np.array([[1, 4, 2]]), past).toArray() // [[-Infinity, 4, 2]]
 */
export const topK = operation('decode.topK', {}, (k: number): Processor => {
  checkCount('decode.topK: k', k, 1)
  return (logits) => {
    const size = logits.shape[1] as number
    if (k >= size) return logits
    return keepOnly(logits.ge(lax.sliceInDim(lax.topK(logits, k)[0], k - 1, k, { axis: 1 })), logits)
  }
})

/** The first of the tokens in an order, as many as it takes for their probabilities to reach `mass`: bool [rows, vocabulary]. */
const reaching = (mass: Amount, rank: Tensor, probabilities: Tensor): Tensor => {
  const order = np.argsort(rank, { axis: 1 })
  const sorted = np.takeAlongAxis(probabilities, order, { axis: 1 })
  const before = np.cumsum(sorted, { axis: 1 }).sub(sorted)
  const first = np.arange(rank.shape[1] as number, { dtype: 'int32' }).eq(0)
  const kept = np.logicalOr(before.lt(mass instanceof Tensor ? mass.astype(before.dtype) : mass), first)
  return np.putAlongAxis(np.zeros(kept.shape, { dtype: 'bool' }), order, kept, 1)
}

/**
 * The smallest set of likeliest tokens whose probabilities reach p, the nucleus; of equally likely ones the first (Holtzman et al. 2020).
 * @throws RangeError outside 0 … 1
 * @example
 * const past = { tokens: np.zeros([1, 1], { dtype: 'int32' }), known: np.array(1), chosen: np.zeros([1]) }
 * const logits = np.log(np.array([[0.5, 0.3, 0.2]]))
 * np.isfinite(decode.topP(0.6)(logits, past)).toArray() // [[true, true, false]]
 */
export const topP = operation('decode.topP', {}, (p: Amount): Processor => {
  checkAmount('decode.topP: p', p, (x) => x > 0 && x <= 1, 'above 0 and at most 1')
  return (logits) => (p === 1 ? logits : keepOnly(reaching(p, logits.neg(), softmax(logits, { axis: 1 })), logits))
})

/**
 * Tokens that are at least p times as likely as the likeliest (Nguyen et al. 2024).
 * @throws RangeError outside 0 … 1
 * @example
 * const past = { tokens: np.zeros([1, 1], { dtype: 'int32' }), known: np.array(1), chosen: np.zeros([1]) }
 * const logits = np.log(np.array([[0.6, 0.3, 0.1]]))
 * np.isfinite(decode.minP(0.4)(logits, past)).toArray() // [[true, true, false]]
 */
export const minP = operation('decode.minP', {}, (p: Amount): Processor => {
  checkAmount('decode.minP: p', p, (x) => x >= 0 && x <= 1, 'between 0 and 1')
  return (logits) => {
    const probabilities = softmax(logits, { axis: 1 })
    const best = np.max(probabilities, { axis: 1, keepdims: true })
    return keepOnly(probabilities.ge(best.mul(p instanceof Tensor ? p.astype(best.dtype) : p)), logits)
  }
})

/**
 * Tokens whose surprise is closest to what is expected of the distribution, until their probabilities reach p (Meister et al. 2023).
 * @throws RangeError outside 0 … 1
 * @example
 * const past = { tokens: np.zeros([1, 1], { dtype: 'int32' }), known: np.array(1), chosen: np.zeros([1]) }
 * const logits = np.log(np.array([[0.5, 0.3, 0.2]]))
 * np.isfinite(decode.typical(0.2)(logits, past)).toArray() // [[false, true, false]]
 */
export const typical = operation('decode.typical', {}, (p: Amount): Processor => {
  checkAmount('decode.typical: p', p, (x) => x > 0 && x <= 1, 'above 0 and at most 1')
  return (logits) => {
    if (p === 1) return logits
    const surprise = logSoftmax(logits, { axis: 1 }).neg()
    const probabilities = np.exp(surprise.neg())
    // What cannot come has no part in the mean, as 0 · ∞ would.
    const parts = np.where(probabilities.gt(0), surprise.mul(probabilities), 0)
    const distance = np.abs(surprise.sub(np.sum(parts, { axis: 1, keepdims: true })))
    return keepOnly(reaching(p, distance, probabilities), logits)
  }
})
