/** A unigram model of tokens: texts are cut into those whose probabilities have the greatest product. */
import { operation } from '@puregrad/core'
import { finished, type Task, taskOf } from './task.js'
import { checkSpecials, checkTexts, checkWhole, decodeBy, lookups, remembering, unknownText } from './tokenizer.js'
import { fileOf, splitting } from './tokenizer-file.js'
import { checkSize, type TrainedTokenizer } from './trained.js'
import { characterPattern, sectionsBy, type TokenizerProgress } from './training/pieces.js'
import type { TrainedUnigram, UnigramInput } from './training/unigram.js'

export interface UnigramOptions<S extends string = string> {
  /** How many tokens there are at most, special symbols among them. */
  readonly size: number
  /** Symbols that come first, and are found in texts: none unless said. */
  readonly specials?: readonly S[]
  /** Which of them stands for characters that did not occur; without it `encode` refuses such texts. */
  readonly unknown?: NoInfer<S>
}

/** A tree of tokens by their characters. */
interface Branch {
  readonly branches: Map<string, Branch>
  token: number
}

const branch = (): Branch => ({ branches: new Map(), token: none })

const none = -1
/** How much less likely what is unknown is than the least likely token: SentencePiece's kUnkPenalty. */
const penalty = 10

const treeOf = (tokens: readonly string[]): Branch => {
  const root = branch()
  for (const [number, token] of tokens.entries()) {
    let here = root
    for (const character of token) {
      const known = here.branches.get(character) ?? branch()
      here.branches.set(character, known)
      here = known
    }
    here.token = number
  }
  return root
}

/** The likeliest tokens of a piece, by their numbers; `none` for a character that no token has. Viterbi's algorithm. */
const bestTokens = (
  characters: readonly string[],
  root: Branch,
  scores: Float64Array,
  unknownScore: number,
): readonly number[] => {
  const size = characters.length
  const best = new Float64Array(size + 1).fill(Number.NEGATIVE_INFINITY)
  const [by, from] = [new Int32Array(size + 1), new Int32Array(size + 1)]
  best[0] = 0
  const offer = (start: number, end: number, token: number, score: number): void => {
    const total = (best[start] as number) + score
    if (total <= (best[end] as number)) return
    best[end] = total
    by[end] = token
    from[end] = start
  }
  for (let start = 0; start < size; start++) {
    let here: Branch | undefined = root
    let isKnown = false
    for (let end = start + 1; end <= size; end++) {
      here = here.branches.get(characters[end - 1] as string)
      if (here === undefined) break
      if (here.token === none) continue
      isKnown ||= end === start + 1
      offer(start, end, here.token, scores[here.token] as number)
    }
    if (!isKnown) offer(start, start + 1, none, unknownScore)
  }
  const path: number[] = []
  for (let end = size; end > 0; end = from[end] as number) path.push(by[end] as number)
  return path.reverse()
}

const tokenizerOf = <S extends string>(
  { tokens, scores }: TrainedUnigram,
  specials: readonly S[],
  unknown: S | undefined,
): TrainedTokenizer<S> => {
  const name = 'unigram'
  const found = lookups<S>(name, [...specials, ...tokens], specials)
  const first = specials.length
  const root = treeOf(tokens)
  const unknownScore = scores.reduce((least, score) => Math.min(least, score), 0) - penalty
  const unknownId = unknown === undefined ? undefined : found.specials[unknown]
  const encodePiece = remembering((piece) => {
    const characters = [...piece]
    const path = bestTokens(characters, root, scores, unknownScore)
    if (unknownId !== undefined) return path.map((token) => (token === none ? unknownId : first + token))
    const odd = path.indexOf(none)
    if (odd < 0) return path.map((token) => first + token)
    const before = path.slice(0, odd).reduce((sum, token) => sum + [...(tokens[token] as string)].length, 0)
    throw unknownText('unigram.encode', characters[before] as string)
  })
  const sections = sectionsBy(specials)
  return Object.freeze({
    ...found,
    encode: (text: string): Int32Array => {
      const ids: number[] = []
      for (const section of sections(text)) {
        if (section.isSpecial) {
          ids.push(found.specials[section.text as S])
          continue
        }
        // What is unknown side by side is one token.
        let isUnknown = false
        for (const piece of section.text.match(characterPattern) ?? []) {
          for (const id of encodePiece(piece)) {
            if (!isUnknown || id !== unknownId) ids.push(id)
            isUnknown = id === unknownId
          }
        }
      }
      return Int32Array.from(ids)
    },
    decode: decodeBy(name, found, (ids) => ids.map((id) => found.tokens[id]).join('')),
    file: () =>
      fileOf(found, splitting(false), {
        type: 'Unigram',
        unk_id: unknownId ?? null,
        byte_fallback: false,
        vocab: found.tokens.map((token, id) => [token, id < first ? 0 : scores[id - first]]),
      }),
  })
}

const checked = <S extends string>(
  name: string,
  texts: readonly string[],
  { size, specials = [], unknown }: UnigramOptions<S>,
): UnigramInput => {
  checkTexts(name, texts)
  checkSpecials(name, specials, unknown)
  checkWhole(name, 'size', size, specials.length)
  return { kind: 'unigram', texts, size: size - specials.length, specials }
}

const unigramTaskOf = <S extends string>(name: string, texts: readonly string[], options: UnigramOptions<S>) =>
  taskOf(checked(name, texts, options), (trained) => {
    checkSize(name, trained.tokens.length, options)
    return tokenizerOf(trained as TrainedUnigram, options.specials ?? [], options.unknown)
  })

/**
 * Learns a unigram model of tokens from texts, as SentencePiece does (Kudo 2018): many substrings at first, their probabilities by
 * expectation and maximisation, and in rounds the least useful go until `size` are left. Tokens do not cross words; spaces belong to
 * the word behind them, so that texts come back as they were. 30,000 lines take seconds; `unigramTask` is the same for a worker or a page.
 * @param texts the lines or documents to learn from
 * @throws RangeError for a size that has no room for all characters; ArgumentError for symbols that do not fit together
 * @example
 * const unigram = trainUnigram(['low lower lowest', 'new newer newest'], { size: 16, specials: ['<unknown>'], unknown: '<unknown>' })
 * unigram.decode(unigram.encode('newest lower')) // 'newest lower'
 * unigram.decode(unigram.encode('näw')) // 'n<unknown>w'
 */
export const trainUnigram = operation(
  'trainUnigram',
  { at: 1, names: ['size', 'specials', 'unknown', 'progress'] },
  <const S extends string = never>(
    texts: readonly string[],
    { progress, ...options }: UnigramOptions<S> & { readonly progress?: (at: TokenizerProgress) => void },
  ): TrainedTokenizer<S> => finished(unigramTaskOf('trainUnigram', texts, options), progress),
)

/**
 * What `trainUnigram` does, as a task for a worker, or for a page that has to stay alive meanwhile.
 * @example
 * const task = unigramTask(['low lower lowest'], { size: 12 })
 * const running = task.steps()
 * running.next().done // false
 */
export const unigramTask = operation(
  'unigramTask',
  { at: 1, names: ['size', 'specials', 'unknown'] },
  <const S extends string = never>(texts: readonly string[], options: UnigramOptions<S>): Task<TrainedTokenizer<S>> =>
    unigramTaskOf('unigramTask', texts, options),
)
