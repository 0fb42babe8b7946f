/** How many runs of characters a translation has in common with others. */
import { np, operation, RangeError, type Tensor } from '@puregrad/core'
import { checkReferences } from './bleu.js'
import { type Metric, none, sums } from './metric.js'
import { betweenSpaces } from './words.js'

export interface ChrfOptions {
  /** The longest run of characters that is compared: 6 unless said. */
  readonly characterOrder?: number
  /** The longest run of words that is compared beside: 0 for chrF, 2 for chrF++; 0 unless said. */
  readonly wordOrder?: number
  /** How many times as much recall counts as precision: 2 unless said. */
  readonly beta?: number
  /** Whether spaces are characters: false unless said. */
  readonly whitespace?: boolean
  /** Whether all letters become small ones first: false unless said. */
  readonly lowercase?: boolean
}

/** Runs of candidates, of references and of both, for each order: int32 [orders]. */
export interface ChrfCounts {
  readonly candidate: Tensor
  readonly reference: Tensor
  readonly matches: Tensor
}

type Runs = ReadonlyMap<string, number>
type Counted = readonly [candidate: number, reference: number, matches: number]

const runsOf = (parts: readonly string[], order: number, separator: string): Runs => {
  const found = new Map<string, number>()
  for (let i = 0; i + order <= parts.length; i++) {
    const run = parts.slice(i, i + order).join(separator)
    found.set(run, (found.get(run) ?? 0) + 1)
  }
  return found
}

const marks = new Set('!"#$%&\'()*+,-./:;<=>?@[\\]^_`{|}~')

/** Words with the mark at their end, or else the one at their beginning, apart, as chrF++ has them (Popović 2017). */
const markedWords = (text: string): readonly string[] =>
  betweenSpaces(text).flatMap((word) => {
    const characters = [...word]
    if (characters.length === 1) return [word]
    if (marks.has(characters.at(-1) as string)) return [characters.slice(0, -1).join(''), characters.at(-1) as string]
    if (marks.has(characters[0] as string)) return [characters[0] as string, characters.slice(1).join('')]
    return [word]
  })

const total = (runs: Runs): number => [...runs.values()].reduce((sum, n) => sum + n, 0)

const compared = (candidate: Runs, reference: Runs): Counted => {
  let matches = 0
  for (const [run, times] of candidate) matches += Math.min(times, reference.get(run) ?? 0)
  // Runs of an order that the reference is too short for are no mistakes.
  return [reference.size === 0 ? 0 : total(candidate), total(reference), matches]
}

/** F of the mean precision and recall over the orders that both have. */
const scoreOf = (counts: readonly Counted[], beta: number): number => {
  const both = counts.filter(([candidate, reference]) => candidate > 0 && reference > 0)
  if (both.length === 0) return 0
  const mean = (f: (counted: Counted) => number): number => both.reduce((sum, c) => sum + f(c), 0) / both.length
  const [precision, recall] = [mean(([c, , m]) => m / c), mean(([, r, m]) => m / r)]
  return precision + recall === 0 ? 0 : ((1 + beta ** 2) * precision * recall) / (beta ** 2 * precision + recall)
}

/**
 * chrF of a corpus, by sacreBLEU's definition: the F-score of runs of 1 to 6 characters, whose spaces do not count, with recall twice as
 * important as precision (Popović 2015); with `wordOrder: 2` it is chrF++ (Popović 2017). Of several references the one that fits best
 * counts. From 0 to 1, where sacreBLEU writes 0 to 100. Texts are JavaScript values, so `measure` runs outside of `jit`.
 * @returns a metric of candidates and, for each, one reference or more
 * @throws RangeError unless orders are whole numbers, not all 0, and every candidate has a reference
 * @example
 * const metric = metrics.streaming.chrF()
 * metrics.reduceBatches(metric, [[['the cat'], [['the cat', 'a cat']]]]).item() // 1
 */
export const chrF = operation(
  'metrics.streaming.chrF',
  { at: 0, names: ['characterOrder', 'wordOrder', 'beta', 'whitespace', 'lowercase'] },
  ({
    characterOrder = 6,
    wordOrder = 0,
    beta = 2,
    whitespace = false,
    lowercase = false,
  }: ChrfOptions = {}): Metric<
    [candidates: readonly string[], references: readonly (readonly string[])[]],
    ChrfCounts
  > => {
    const name = 'metrics.streaming.chrF'
    const isOrder = (n: number): boolean => Number.isInteger(n) && n >= 0
    if (!isOrder(characterOrder) || !isOrder(wordOrder) || characterOrder + wordOrder === 0)
      throw new RangeError(
        `${name}: characterOrder is ${characterOrder} and wordOrder ${wordOrder}; they have to be whole numbers ≥ 0, one of them more.`,
      )
    if (!(beta > 0 && Number.isFinite(beta))) throw new RangeError(`${name}: beta is ${beta} and has to be above 0.`)
    const allRuns = (given: string): readonly Runs[] => {
      const text = lowercase ? given.toLowerCase() : given
      const characters = [...(whitespace ? text : betweenSpaces(text).join(''))]
      const words = wordOrder > 0 ? markedWords(text) : []
      return [
        ...Array.from({ length: characterOrder }, (_, i) => runsOf(characters, i + 1, '')),
        ...Array.from({ length: wordOrder }, (_, i) => runsOf(words, i + 1, ' ')),
      ]
    }
    const orders = characterOrder + wordOrder
    /** What is counted of a candidate beside the reference that fits it best. */
    const best = (candidate: string, references: readonly string[]): readonly Counted[] => {
      const own = allRuns(candidate)
      const each = references.map((reference) => {
        const others = allRuns(reference)
        const counts = own.map((runs, i) => compared(runs, others[i] as Runs))
        return { counts, score: scoreOf(counts, beta) }
      })
      return each.reduce((a, b) => (b.score > a.score ? b : a)).counts
    }
    return {
      monoid: sums({ candidate: none([orders]), reference: none([orders]), matches: none([orders]) }),
      measure: (candidates, references) => {
        checkReferences(name, candidates, references)
        const counts = candidates.map((candidate, i) => best(candidate, references[i] as readonly string[]))
        const summed = (which: 0 | 1 | 2): Tensor =>
          np.array(
            Int32Array.from({ length: orders }, (_, order) =>
              counts.reduce((sum, each) => sum + (each[order] as Counted)[which], 0),
            ),
          )
        return { candidate: summed(0), reference: summed(1), matches: summed(2) }
      },
      result: ({ candidate, reference, matches }) => {
        const isBoth = np.logicalAnd(candidate.gt(0), reference.gt(0))
        const count = np.maximum(np.sum(isBoth.astype('int32')), 1)
        const mean = (all: Tensor): Tensor =>
          np.sum(np.where(isBoth, matches.astype('float32').div(np.where(isBoth, all, 1)), 0)).div(count)
        const [precision, recall] = [mean(candidate), mean(reference)]
        const divisor = precision.mul(beta ** 2).add(recall)
        const isNothing = divisor.eq(0)
        const score = precision
          .mul(recall)
          .mul(1 + beta ** 2)
          .div(np.where(isNothing, 1, divisor))
        return np.where(isNothing, 0, score)
      },
    }
  },
)
