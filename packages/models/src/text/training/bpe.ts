/**
 * Byte-pair encoding, Sennrich et al. 2016: the pair of neighbours that occurs most often becomes one token, again and again. Of pairs that
 * occur equally often the one of the older tokens is first, so that a vocabulary depends on nothing but the texts.
 */
import { byteCharacters, utf8 } from './bytes.js'
import { heapOf } from './heap.js'
import { byCodePoint, bytePattern, characterPattern, pieceCounts, type TokenizerProgress } from './pieces.js'

export interface BpeInput {
  readonly kind: 'bpe'
  readonly texts: readonly string[]
  /** What tokens are made of: bytes in UTF-8, or the characters that occur. */
  readonly level: 'byte' | 'character'
  /** How many tokens there may be, special symbols not counted. */
  readonly size: number
  /** A pair that occurs less often stays two tokens. */
  readonly minCount: number
  readonly specials: readonly string[]
}

/** What was learnt, as plain values: the alphabet first, then what was merged. */
export interface TrainedBpe {
  readonly kind: 'bpe'
  readonly level: 'byte' | 'character'
  readonly tokens: readonly string[]
  /** Three numbers for each merge, in their order: of the left token, the right one, and of both together. */
  readonly merges: Int32Array
}

/** The pair of two tokens as one number. */
export const pairOf = (left: number, right: number): number => left * 2 ** 24 + right

interface Counted {
  readonly pair: number
  readonly count: number
}

/** Words as numbers of tokens, how often each occurs, and which pairs stand where. */
interface Words {
  readonly symbols: number[][]
  readonly weights: readonly number[]
  readonly counts: Map<number, number>
  readonly places: Map<number, number[]>
}

/** Words between two reports. */
const wordsAtOnce = 2000

function* wordsOf(
  pieces: ReadonlyMap<string, number>,
  symbolsOf: (piece: string) => number[],
): Generator<TokenizerProgress, Words, undefined> {
  const words: Words = { symbols: [], weights: [...pieces.values()], counts: new Map(), places: new Map() }
  for (const piece of pieces.keys()) {
    const [word, symbols] = [words.symbols.length, symbolsOf(piece)]
    if (word % wordsAtOnce === 0) yield { phase: 'finding', done: word, total: pieces.size }
    words.symbols.push(symbols)
    for (let i = 1; i < symbols.length; i++)
      noted(words, pairOf(symbols[i - 1] as number, symbols[i] as number), word, words.weights[word] as number)
  }
  return words
}

/** Counts a pair of a word, or with a negative weight no longer counts it. */
const noted = ({ counts, places }: Words, pair: number, word: number, weight: number): void => {
  counts.set(pair, (counts.get(pair) ?? 0) + weight)
  if (weight < 0) return
  const known = places.get(pair)
  if (known === undefined) places.set(pair, [word])
  else if (known.at(-1) !== word) known.push(word)
}

/** Merges a pair in all words that have it; tells each pair that occurs more often now. */
const merge = (words: Words, left: number, right: number, token: number, more: Set<number>): void => {
  for (const word of words.places.get(pairOf(left, right)) ?? []) {
    const symbols = words.symbols[word] as number[]
    const weight = words.weights[word] as number
    const change = (a: number, b: number, by: number): void => {
      const pair = pairOf(a, b)
      noted(words, pair, word, by)
      if (by > 0) more.add(pair)
    }
    let to = 0
    for (let i = 0; i < symbols.length; i++) {
      const isPair = symbols[i] === left && symbols[i + 1] === right
      if (isPair) {
        const [before, after] = [to > 0 ? symbols[to - 1] : undefined, symbols[i + 2]]
        if (before !== undefined) {
          change(before, left, -weight)
          change(before, token, weight)
        }
        if (after !== undefined) {
          change(right, after, -weight)
          change(token, after, weight)
        }
        i += 1
      }
      symbols[to] = isPair ? token : (symbols[i] as number)
      to += 1
    }
    symbols.length = to
  }
}

/** Merges between two reports. */
const mergesAtOnce = 50

/** Learns merges, and says now and then how far it is. */
export function* bpeSteps(input: BpeInput): Generator<TokenizerProgress, TrainedBpe, undefined> {
  const { texts, level, size, minCount, specials } = input
  const isByte = level === 'byte'
  const pieces = yield* pieceCounts(texts, isByte ? bytePattern : characterPattern, specials)
  const alphabet = (isByte ? [...byteCharacters] : [...new Set([...pieces.keys()].join(''))]).sort(byCodePoint)
  const numbers = new Map(alphabet.map((token, i) => [token, i]))
  const charactersOf = (piece: string): readonly string[] =>
    isByte ? Array.from(utf8(piece), (byte) => byteCharacters[byte] as string) : [...piece]
  const words = yield* wordsOf(pieces, (piece) =>
    charactersOf(piece).map((character) => numbers.get(character) as number),
  )

  const queue = heapOf<Counted>((a, b) => a.count > b.count || (a.count === b.count && a.pair < b.pair))
  for (const [pair, count] of words.counts) queue.push({ pair, count })
  const tokens = [...alphabet]
  const merges: number[] = []
  while (tokens.length < size) {
    const next = queue.pop()
    if (next === undefined || next.count < minCount || next.count < 1) break
    const count = words.counts.get(next.pair) as number
    if (count !== next.count) {
      queue.push({ pair: next.pair, count })
      continue
    }
    if (merges.length % (3 * mergesAtOnce) === 0) yield { phase: 'merging', done: tokens.length, total: size }
    const [left, right] = [Math.floor(next.pair / 2 ** 24), next.pair % 2 ** 24]
    const text = `${tokens[left]}${tokens[right]}`
    // Two pairs may make the same text: that is one token.
    const token = numbers.get(text) ?? tokens.length
    if (token === tokens.length) {
      tokens.push(text)
      numbers.set(text, token)
    }
    merges.push(left, right, token)
    const more = new Set<number>()
    merge(words, left, right, token, more)
    words.places.delete(next.pair)
    words.counts.delete(next.pair)
    for (const pair of more) queue.push({ pair, count: words.counts.get(pair) ?? 0 })
  }
  return { kind: 'bpe', level, tokens, merges: Int32Array.from(merges) }
}
