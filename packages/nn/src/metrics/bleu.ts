/** How much a translation has in common with others. */
import { ArgumentError, np, operation, RangeError, type Tensor } from '@puregrad/core'
import { type Metric, none, sums } from './metric.js'

/** A word, or its number. */
export type Token = string | number

/**
 * What is done where no run of some length is shared. 'exp' halves: the first such length counts as half a run, the next as a quarter
 * (NIST, sacreBLEU's default). 'floor' counts `smoothValue` runs; 'addK' adds `smoothValue` to all counts of two words and more (Lin & Och 2004).
 */
export type BleuSmoothing = 'none' | 'exp' | 'floor' | 'addK'

export interface BleuOptions {
  /** The longest run of words that is compared: 4 unless said. */
  readonly maxOrder?: number
  /** 'none' unless said; true is 'addK', and false 'none'. */
  readonly smooth?: boolean | BleuSmoothing
  /** What smoothing adds: 0.1 for 'floor' and 1 for 'addK' unless said. */
  readonly smoothValue?: number
  /** Whether lengths that candidates are too short for are left out, as for single sentences: false unless said. */
  readonly effectiveOrder?: boolean
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

/** @throws RangeError unless every candidate has a reference */
export const checkReferences = (
  name: string,
  candidates: readonly unknown[],
  references: readonly (readonly unknown[])[],
): void => {
  if (candidates.length === references.length && references.every((list) => list.length > 0)) return
  throw new RangeError(
    `${name}: ${candidates.length} candidates and references for ${references.length}. Give one reference or more for each.`,
  )
}

const smoothings: readonly BleuSmoothing[] = ['none', 'exp', 'floor', 'addK']

/**
 * BLEU of a corpus (Papineni et al. 2002): the geometric mean of the precisions of runs of 1 to `maxOrder` words, times
 * exp(1 − references / candidates) if candidates are shorter. From 0 to 1, where sacreBLEU (Post 2018) writes 0 to 100: of `words`, with its
 * options, it is the same number. Words are JavaScript values, so `measure` runs outside of `jit`.
 * @returns a metric of candidates and, for each, one reference or more
 * @throws RangeError unless maxOrder is a whole number ≥ 1, and every candidate has a reference; ArgumentError for a smoothing that there is not
 * @example
 * const [cat, dog] = ['the cat sat on the mat'.split(' '), 'the dog sat on the mat'.split(' ')]
 * metrics.reduceBatches(metrics.streaming.bleu(), [[[cat], [[dog, cat]]]]).item() // 1
 */
export const bleu = operation(
  'metrics.streaming.bleu',
  { at: 0, names: ['maxOrder', 'smooth', 'smoothValue', 'effectiveOrder'] },
  ({
    maxOrder = 4,
    smooth = 'none',
    smoothValue,
    effectiveOrder = false,
  }: BleuOptions = {}): Metric<
    [candidates: readonly (readonly Token[])[], references: readonly (readonly (readonly Token[])[])[]],
    BleuCounts
  > => {
    if (!Number.isInteger(maxOrder) || maxOrder < 1) {
      throw new RangeError(`metrics.streaming.bleu: maxOrder is ${maxOrder} and has to be a whole number ≥ 1.`)
    }
    const smoothing = smooth === true ? 'addK' : smooth === false ? 'none' : smooth
    if (!smoothings.includes(smoothing))
      throw new ArgumentError(
        `metrics.streaming.bleu: smooth is '${smoothing}', and has to be true, false or one of ${smoothings.join(', ')}.`,
      )
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
        checkReferences('metrics.streaming.bleu', candidates, references)
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
        const added = smoothing === 'addK' ? (smoothValue ?? 1) : 0
        const extra = np.array(orders.map((order) => (order > 1 ? added : 0)))
        const [shares, all] = [matches.astype('float32').add(extra), possible.astype('float32').add(extra)]
        const isMissed = shares.eq(0)
        const instead =
          smoothing === 'exp'
            ? np.power(0.5, np.cumsum(isMissed.astype('float32')))
            : smoothing === 'floor'
              ? np.full([maxOrder], smoothValue ?? 0.1)
              : np.zeros([maxOrder])
        const precisions = np.where(all.eq(0), 0, np.where(isMissed, instead, shares).div(np.where(all.eq(0), 1, all)))
        const [c, r] = [candidateLength.astype('float32'), referenceLength.astype('float32')]
        const penalty = np.where(c.eq(0), 0, np.exp(np.minimum(np.subtract(1, r.div(np.maximum(c, 1))), 0)))
        // Beyond the first length that no candidate has there is none.
        const isThere = np.cumsum(all.eq(0).astype('int32')).eq(0)
        const logs = np.log(precisions)
        const mean = effectiveOrder
          ? np.sum(np.where(isThere, logs, 0)).div(np.maximum(np.sum(isThere.astype('float32')), 1))
          : np.mean(logs)
        // Of candidates that share nothing nothing is smoothed.
        return np.where(np.sum(matches).eq(0), 0, penalty.mul(np.exp(mean)))
      },
    }
  },
)
