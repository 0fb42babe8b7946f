/** How much a translation has in common with others. */
import { np, operation, RangeError, type Tensor } from '@puregrad/core'
import { type Metric, none, sums } from './metric.js'

/** A word, or its number. */
export type Token = string | number

export interface BleuOptions {
  /** The longest run of words that is compared: 4 unless said. */
  readonly maxOrder?: number
  /** Adds 1 to the counts of runs of two words and more, for single sentences (Lin & Och 2004): false unless said. */
  readonly smooth?: boolean
}

/** Runs of each length that candidates share with references, runs they have, and lengths of both. */
export interface BleuCounts {
  readonly matches: Tensor
  readonly possible: Tensor
  readonly candidateLength: Tensor
  readonly referenceLength: Tensor
}

const runs = (words: readonly Token[], order: number): ReadonlyMap<string, number> => {
  const found = new Map<string, number>()
  for (let i = 0; i + order <= words.length; i++) {
    const run = JSON.stringify(words.slice(i, i + order))
    found.set(run, (found.get(run) ?? 0) + 1)
  }
  return found
}

/** Runs of a candidate that a reference has as well, none more often than in the reference that has it most often. */
const shared = (candidate: readonly Token[], references: readonly (readonly Token[])[], order: number): number => {
  const others = references.map((reference) => runs(reference, order))
  let total = 0
  for (const [run, times] of runs(candidate, order)) {
    total += Math.min(times, Math.max(0, ...others.map((other) => other.get(run) ?? 0)))
  }
  return total
}

/** The length of the reference that is closest to the candidate's; of two, the shorter. */
const closest = (length: number, references: readonly (readonly Token[])[]): number =>
  references
    .map((reference) => reference.length)
    .reduce((best, n) => {
      const [a, b] = [Math.abs(n - length), Math.abs(best - length)]
      return a < b || (a === b && n < best) ? n : best
    })

/**
 * BLEU of a corpus (Papineni et al. 2002): the geometric mean of the precisions of runs of 1 to `maxOrder` words, times
 * exp(1 − references / candidates) if candidates are shorter. Words are JavaScript values, so `measure` runs outside of `jit`.
 * @returns a metric of candidates and, for each, one reference or more
 * @throws RangeError unless maxOrder is a whole number ≥ 1, and every candidate has a reference
 * @example
 * const [cat, dog] = ['the cat sat on the mat'.split(' '), 'the dog sat on the mat'.split(' ')]
 * metrics.reduceBatches(metrics.streaming.bleu(), [[[cat], [[dog, cat]]]]).item() // 1
 */
export const bleu = operation(
  'metrics.streaming.bleu',
  { at: 0, names: ['maxOrder', 'smooth'] },
  ({
    maxOrder = 4,
    smooth = false,
  }: BleuOptions = {}): Metric<
    [candidates: readonly (readonly Token[])[], references: readonly (readonly (readonly Token[])[])[]],
    BleuCounts
  > => {
    if (!Number.isInteger(maxOrder) || maxOrder < 1) {
      throw new RangeError(`metrics.streaming.bleu: maxOrder is ${maxOrder} and has to be a whole number ≥ 1.`)
    }
    const orders = Array.from({ length: maxOrder }, (_, i) => i + 1)
    const int = (x: number | number[]): Tensor => np.array(x, { dtype: 'int32' })
    return {
      monoid: sums({
        matches: none([maxOrder]),
        possible: none([maxOrder]),
        candidateLength: none(),
        referenceLength: none(),
      }),
      measure: (candidates, references) => {
        if (candidates.length !== references.length || references.some((list) => list.length === 0)) {
          throw new RangeError(
            `metrics.streaming.bleu: ${candidates.length} candidates and references for ${references.length}. Give one reference or more for each.`,
          )
        }
        const add = (f: (candidate: readonly Token[], list: readonly (readonly Token[])[]) => number): number =>
          candidates.reduce(
            (sum, candidate, i) => sum + f(candidate, references[i] as readonly (readonly Token[])[]),
            0,
          )
        return {
          matches: int(orders.map((order) => add((candidate, list) => shared(candidate, list, order)))),
          possible: int(orders.map((order) => add((candidate) => Math.max(0, candidate.length - order + 1)))),
          candidateLength: int(add((candidate) => candidate.length)),
          referenceLength: int(add((candidate, list) => closest(candidate.length, list))),
        }
      },
      result: ({ matches, possible, candidateLength, referenceLength }) => {
        const extra = np.array(orders.map((order) => (smooth && order > 1 ? 1 : 0)))
        const [shares, all] = [matches.astype('float32').add(extra), possible.astype('float32').add(extra)]
        const precisions = np.where(all.eq(0), 0, shares.div(np.where(all.eq(0), 1, all)))
        const [c, r] = [candidateLength.astype('float32'), referenceLength.astype('float32')]
        const penalty = np.where(c.eq(0), 0, np.exp(np.minimum(np.subtract(1, r.div(np.maximum(c, 1))), 0)))
        return penalty.mul(np.exp(np.mean(np.log(precisions))))
      },
    }
  },
)
