/**
 * A unigram model of tokens, Kudo 2018, as SentencePiece trains it: of many substrings those stay without which texts would become less
 * likely. Expectation and maximisation in turns, and after two rounds of it the least useful quarter goes.
 */
import { bestPath, type Candidate, type Lattice, latticeOf, without } from './lattice.js'
import { byCodePoint, characterPattern, pieceCounts, type TokenizerProgress } from './pieces.js'

export interface UnigramInput {
  readonly kind: 'unigram'
  readonly texts: readonly string[]
  /** How many tokens there may be, special symbols not counted. */
  readonly size: number
  readonly specials: readonly string[]
}

/** What was learnt, as plain values: tokens and the logarithms of their probabilities, the likeliest first. */
export interface TrainedUnigram {
  readonly kind: 'unigram'
  readonly tokens: readonly string[]
  readonly scores: Float64Array
}

/** Substrings to begin with. */
const mostCandidates = 300_000
/** Tokens that are expected less often than this go: SentencePiece's kExpectedFrequencyThreshold. */
const leastExpected = 0.5
/** What stays of the tokens in a round, and how many more than wanted are kept until the last choice: SentencePiece's. */
const [shrinking, spare] = [0.75, 1.1]

const logAdd = (a: number, b: number): number => {
  if (a === Number.NEGATIVE_INFINITY) return b
  if (b === Number.NEGATIVE_INFINITY) return a
  return a > b ? a + Math.log1p(Math.exp(b - a)) : b + Math.log1p(Math.exp(a - b))
}

/** ψ(x) for x > 0: by its recurrence above 7, and from there by its asymptotic series (Abramowitz & Stegun 6.3.18). */
export const digamma = (x: number): number => {
  let [result, y] = [0, x]
  for (; y < 7; y++) result -= 1 / y
  y -= 0.5
  const square = 1 / (y * y)
  return (
    result + Math.log(y) + square * (1 / 24 + square * (-7 / 960 + square * (31 / 8064 + square * (-127 / 30_720))))
  )
}

/** Edges between two reports: some tens of milliseconds of work. */
const edgesAtOnce = 200_000

/** How often each candidate is expected, over all ways to cut all words by their probabilities. */
function* expectedCounts(
  lattice: Lattice,
  scores: Float64Array,
  report: TokenizerProgress,
): Generator<TokenizerProgress, Float64Array, undefined> {
  const { words, weights, edges, candidates, lengths } = lattice
  const expected = new Float64Array(scores.length)
  const largest = weights.reduce((most, _, word) => Math.max(most, at(words, word + 1) - at(words, word)), 0)
  const [forward, backward] = [new Float64Array(largest + 1), new Float64Array(largest + 1)]
  let reported = 0
  for (let word = 0; word < weights.length; word++) {
    const [start, size] = [at(words, word), at(words, word + 1) - at(words, word)]
    if (at(edges, start) - reported > edgesAtOnce) {
      reported = at(edges, start)
      yield report
    }
    forward.fill(Number.NEGATIVE_INFINITY, 0, size + 1)
    backward.fill(Number.NEGATIVE_INFINITY, 0, size + 1)
    forward[0] = 0
    backward[size] = 0
    for (let i = 0; i < size; i++) {
      for (let edge = at(edges, start + i); edge < at(edges, start + i + 1); edge++) {
        const end = i + at(lengths, edge)
        forward[end] = logAdd(at(forward, end), at(forward, i) + at(scores, at(candidates, edge)))
      }
    }
    const whole = at(forward, size)
    for (let i = size - 1; i >= 0; i--) {
      for (let edge = at(edges, start + i); edge < at(edges, start + i + 1); edge++) {
        const candidate = at(candidates, edge)
        const rest = at(scores, candidate) + at(backward, i + at(lengths, edge))
        backward[i] = logAdd(at(backward, i), rest)
        expected[candidate] = at(expected, candidate) + at(weights, word) * Math.exp(at(forward, i) + rest - whole)
      }
    }
  }
  return expected
}

const at = (list: { readonly [i: number]: number }, i: number): number => list[i] as number

/** How much the logarithm of the likelihood loses, a word, without each candidate; undefined for those that nobody misses. */
const losses = (
  lattice: Lattice,
  candidates: readonly Candidate[],
  scores: Float64Array,
  alive: readonly number[],
): ReadonlyMap<number, number> => {
  const uses = new Float64Array(scores.length)
  const { words, weights } = lattice
  weights.forEach((weight, word) => {
    for (const used of bestPath(lattice, scores, at(words, word), at(words, word + 1)).path)
      uses[used] = at(uses, used) + weight
  })
  const [all, wordCount] = [uses.reduce((sum, n) => sum + n, 0), weights.reduce((sum, n) => sum + n, 0)]
  const lost = new Map<number, number>()
  for (const candidate of alive) {
    const { first, length } = candidates[candidate] as Candidate
    const used = at(uses, candidate)
    if (length === 1 || used === 0) continue
    const { path } = bestPath(lattice, scores, first, first + length, candidate)
    // Its uses become uses of what is put in its place.
    const total = Math.log(all + used * (path.length - 1))
    const instead = path.reduce((sum, other) => sum + Math.log(at(uses, other) + used) - total, 0)
    lost.set(candidate, (used / wordCount) * (Math.log(used) - Math.log(all) - instead))
  }
  return lost
}

/** Learns tokens and their scores, and says now and then how far it is. */
export function* unigramSteps(input: UnigramInput): Generator<TokenizerProgress, TrainedUnigram, undefined> {
  const pieces = yield* pieceCounts(input.texts, characterPattern, input.specials)
  const { size } = input
  const made = yield* latticeOf(pieces, mostCandidates)
  const { candidates } = made
  let { lattice } = made
  let alive = candidates.map((_, i) => i)
  const scores = new Float64Array(candidates.length)
  const total = candidates.reduce((sum, { count, length }) => sum + count * length, 0)
  for (const [i, { count, length }] of candidates.entries()) scores[i] = Math.log((count * length) / total)
  const keep = (kept: readonly number[]): void => {
    const isKept = new Set(kept)
    if (isKept.size === alive.length) return
    alive = [...kept]
    lattice = without(lattice, (candidate) => !isKept.has(candidate))
  }
  const begun = alive.length
  for (;;) {
    for (let round = 0; round < 2; round++) {
      // From many to few: how far it is goes by ratios.
      const done = Math.round((100 * Math.log(begun / alive.length)) / Math.max(Math.log(begun / (spare * size)), 1e-9))
      const report = { phase: 'pruning', done: Math.max(0, Math.min(100, done)), total: 100 } as const
      yield report
      const expected = yield* expectedCounts(lattice, scores, report)
      keep(alive.filter((i) => (candidates[i] as Candidate).length === 1 || at(expected, i) >= leastExpected))
      const counted = alive.map((i) => Math.max(at(expected, i), leastExpected))
      const all = digamma(counted.reduce((sum, n) => sum + n, 0))
      for (const [k, i] of alive.entries()) scores[i] = digamma(counted[k] as number) - all
    }
    const single = alive.filter((i) => (candidates[i] as Candidate).length === 1)
    if (alive.length <= Math.max(Math.floor(spare * size), single.length)) break
    const lost = losses(lattice, candidates, scores, alive)
    const next = Math.max(Math.floor(spare * size), Math.floor(shrinking * alive.length))
    const useful = [...lost].sort((a, b) => b[1] - a[1] || a[0] - b[0])
    keep([...single, ...useful.slice(0, Math.max(0, next - single.length)).map(([i]) => i)].sort((a, b) => a - b))
  }
  const byScore = [...alive].sort(
    (a, b) =>
      at(scores, b) - at(scores, a) ||
      byCodePoint((candidates[a] as Candidate).text, (candidates[b] as Candidate).text),
  )
  const isSingle = (i: number): boolean => (candidates[i] as Candidate).length === 1
  let room = size - byScore.filter(isSingle).length
  const chosen = byScore.filter((i) => isSingle(i) || room-- > 0)
  return {
    kind: 'unigram',
    tokens: chosen.map((i) => (candidates[i] as Candidate).text),
    scores: Float64Array.from(chosen, (i) => at(scores, i)),
  }
}
