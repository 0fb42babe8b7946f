/** What a beam search divides sums of log-probabilities by. */
import { np, RangeError, show, Tensor } from '@puregrad/core'

/**
 * α: ((5 + n) / 6)^α for n tokens (GNMT, Wu et al. 2016), which is 1 for 0; 'mean': n, so that scores are mean log-probabilities; or a
 * function of n, int32 [length], to positive numbers.
 */
export type LengthPenalty = number | 'mean' | ((n: Tensor) => Tensor)

/** What sequences of 1, 2, … tokens are divided by, [length]. @throws RangeError for what is no penalty */
export const penaltyTable = (name: string, penalty: LengthPenalty, length: number): Tensor => {
  const n = np.arange(1, length + 1, 1, { dtype: 'int32' })
  if (penalty === 'mean') return n
  if (typeof penalty === 'number' && Number.isFinite(penalty)) return n.astype('float64').add(5).div(6).pow(penalty)
  const table: unknown = typeof penalty === 'function' ? penalty(n) : undefined
  if (table instanceof Tensor && table.ndim === 1 && table.shape[0] === length) return table
  throw new RangeError(
    `${name}: lengthPenalty ${table === undefined ? `is ${show(penalty)}` : `gave ${show(table)} for n of [${length}]`}; it has to be a number, 'mean', or a function of n to as many numbers.`,
  )
}

/** Sums divided by what sequences of these lengths are. */
export const penalise = (penalties: Tensor, sums: Tensor, lengths: Tensor): Tensor =>
  sums.div(np.take(penalties, np.maximum(lengths.sub(1), 0).astype('int32'), { axis: 0 }))

/** The most that sequences can still be divided by which have these lengths now, [batch]: log-probabilities are negative. */
export const futurePenalty = (penalties: Tensor, lengths: Tensor): Tensor => {
  const later = np.arange(1, (penalties.shape[0] as number) + 1, 1, { dtype: 'int32' }).gt(np.expandDims(lengths, 1))
  const least = np.min(penalties)
  return np.max(np.where(later, penalties, least), { axis: 1 })
}
