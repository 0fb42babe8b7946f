/** All the ways to cut words into candidates, as flat lists: an edge is a candidate that begins at a position. */
import { byCodePoint, type TokenizerProgress } from './pieces.js'

/** Positions are those of all characters, word after word; from one to the next lies an edge of length 1 at least. */
export interface Lattice {
  /** Where words begin, and where the last one ends. */
  readonly words: Int32Array
  readonly weights: Float64Array
  /** Edges of a position stand from `edges[position]` to `edges[position + 1]`, shorter ones first. */
  readonly edges: Int32Array
  readonly candidates: Int32Array
  readonly lengths: Uint8Array
}

/** A substring that may become a token. */
export interface Candidate {
  readonly text: string
  readonly length: number
  /** Where it stands for the first time. */
  readonly first: number
  readonly count: number
}

/** No token is longer: SentencePiece's limit. */
const longest = 16

interface Characters {
  readonly words: Int32Array
  readonly weights: Float64Array
  readonly texts: readonly string[]
  /** The number of the character at each position. */
  readonly numbers: Int32Array
  /** How many characters of its word stand from each position on. */
  readonly left: Int32Array
  readonly alphabet: number
}

const charactersOf = (pieces: ReadonlyMap<string, number>): Characters => {
  const split = [...pieces.keys()].map((piece) => [...piece])
  const texts = split.flat()
  const words = new Int32Array(split.length + 1)
  for (const [i, characters] of split.entries()) words[i + 1] = (words[i] as number) + characters.length
  const known = [...new Set(texts)].sort(byCodePoint)
  const numbered = new Map(known.map((text, i) => [text, i]))
  const left = Int32Array.from(split.flatMap(({ length }) => Array.from({ length }, (_, i) => length - i)))
  const numbers = Int32Array.from(texts, (text) => numbered.get(text) as number)
  return { words, weights: Float64Array.from(pieces.values()), texts, numbers, left, alphabet: known.length }
}

/** What each position weighs: how often its word occurs. */
const weightsByPosition = ({ words, weights, numbers }: Characters): Float64Array => {
  const each = new Float64Array(numbers.length)
  weights.forEach((weight, word) => each.fill(weight, words[word], words[word + 1]))
  return each
}

interface Level {
  /** The candidate of this length at each position, or −1. */
  readonly at: Int32Array
  readonly count: readonly number[]
  readonly first: readonly number[]
}

/** Substrings one character longer than those before: only what occurs twice can be part of something longer that does. */
const nextLevel = (characters: Characters, weights: Float64Array, before: Level | undefined, length: number): Level => {
  const { numbers, left, alphabet } = characters
  const known = new Map<number, number>()
  const [at, count, first]: [Int32Array, number[], number[]] = [new Int32Array(numbers.length).fill(-1), [], []]
  for (let position = 0; position < numbers.length; position++) {
    const prefix = before === undefined ? 0 : (before.at[position] as number)
    if (prefix < 0 || (left[position] as number) < length) continue
    const key = prefix * alphabet + (numbers[position + length - 1] as number)
    let candidate = known.get(key)
    if (candidate === undefined) {
      candidate = count.length
      known.set(key, candidate)
      count.push(0)
      first.push(position)
    }
    count[candidate] = (count[candidate] as number) + (weights[position] as number)
    at[position] = candidate
  }
  if (length > 1)
    for (let position = 0; position < at.length; position++) {
      const candidate = at[position] as number
      if (candidate >= 0 && (count[candidate] as number) < 2) at[position] = -1
    }
  return { at, count, first }
}

/**
 * Every character, and the substrings of words that occur twice or more, at most `most` of them: those that cover the most characters.
 */
export function* latticeOf(
  pieces: ReadonlyMap<string, number>,
  most: number,
): Generator<TokenizerProgress, { readonly lattice: Lattice; readonly candidates: readonly Candidate[] }, undefined> {
  const characters = charactersOf(pieces)
  const { words, weights, texts, numbers } = characters
  const each = weightsByPosition(characters)
  const levels: Level[] = []
  for (let length = 1; length <= longest; length++) {
    yield { phase: 'finding', done: length - 1, total: longest }
    const level = nextLevel(characters, each, levels.at(-1), length)
    if (!level.at.some((candidate) => candidate >= 0)) break
    levels.push(level)
  }
  const found = levels.flatMap(({ count, first }, level) =>
    count.map((n, i) => ({ level, i, count: n, covers: n * (level + 1), first: first[i] as number })),
  )
  const longer = found.filter(({ level, count }) => level > 0 && count >= 2)
  const chosen = [
    ...found.filter(({ level }) => level === 0),
    ...longer.sort((a, b) => b.covers - a.covers || a.first - b.first || a.level - b.level).slice(0, most),
  ]
  const numberOf = levels.map(({ count }) => new Int32Array(count.length).fill(-1))
  for (const [number, { level, i }] of chosen.entries()) (numberOf[level] as Int32Array)[i] = number
  const candidates = chosen.map(({ level, count, first }): Candidate => {
    const length = level + 1
    return { text: texts.slice(first, first + length).join(''), length, first, count }
  })
  const edges = new Int32Array(numbers.length + 1)
  const [ids, lengths]: [number[], number[]] = [[], []]
  for (let position = 0; position < numbers.length; position++) {
    for (const [level, { at }] of levels.entries()) {
      const candidate = at[position] as number
      const number = candidate < 0 ? -1 : ((numberOf[level] as Int32Array)[candidate] as number)
      if (number < 0) continue
      ids.push(number)
      lengths.push(level + 1)
    }
    edges[position + 1] = ids.length
  }
  const lattice = { words, weights, edges, candidates: Int32Array.from(ids), lengths: Uint8Array.from(lengths) }
  return { lattice, candidates }
}

/** The lattice without edges of candidates that are gone. */
export const without = (lattice: Lattice, isGone: (candidate: number) => boolean): Lattice => {
  const { edges, candidates, lengths } = lattice
  const keptEdges = new Int32Array(edges.length)
  const [keptCandidates, keptLengths] = [new Int32Array(candidates.length), new Uint8Array(lengths.length)]
  let to = 0
  for (let position = 0; position + 1 < edges.length; position++) {
    for (let edge = edges[position] as number; edge < (edges[position + 1] as number); edge++) {
      if (isGone(candidates[edge] as number)) continue
      keptCandidates[to] = candidates[edge] as number
      keptLengths[to] = lengths[edge] as number
      to += 1
    }
    keptEdges[position + 1] = to
  }
  return { ...lattice, edges: keptEdges, candidates: keptCandidates.slice(0, to), lengths: keptLengths.slice(0, to) }
}

/** The best way from `start` to `stop`: candidates in their order, without one, and the sum of their scores. */
export const bestPath = (
  { edges, candidates, lengths }: Lattice,
  scores: Float64Array,
  start: number,
  stop: number,
  without = -1,
): { readonly path: readonly number[]; readonly score: number } => {
  const size = stop - start
  const best = new Float64Array(size + 1).fill(Number.NEGATIVE_INFINITY)
  const [by, from] = [new Int32Array(size + 1).fill(-1), new Int32Array(size + 1)]
  best[0] = 0
  for (let i = 0; i < size; i++) {
    for (let edge = edges[start + i] as number; edge < (edges[start + i + 1] as number); edge++) {
      const candidate = candidates[edge] as number
      const end = i + (lengths[edge] as number)
      if (end > size || candidate === without) continue
      const score = (best[i] as number) + (scores[candidate] as number)
      if (score <= (best[end] as number)) continue
      best[end] = score
      by[end] = candidate
      from[end] = i
    }
  }
  const path: number[] = []
  for (let end = size; end > 0 && (by[end] as number) >= 0; end = from[end] as number) path.push(by[end] as number)
  return { path: path.reverse(), score: best[size] as number }
}
