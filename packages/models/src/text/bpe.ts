/** Byte-pair encoding: merges that were learnt, in their order, wherever their pairs stand. */
import { ArgumentError, operation } from '@puregrad/core'
import { finished, type Task, taskOf } from './task.js'
import { checkSpecials, checkTexts, checkWhole, decodeBy, lookups, remembering, unknownText } from './tokenizer.js'
import { fileOf, merges as mergesOf, splitting } from './tokenizer-file.js'
import { checkSize, type TrainedTokenizer } from './trained.js'
import { type BpeInput, pairOf, type TrainedBpe } from './training/bpe.js'
import { byteCharacters, fromUtf8, utf8 } from './training/bytes.js'
import { heapOf } from './training/heap.js'
import { bytePattern, characterPattern, sectionsBy, type TokenizerProgress } from './training/pieces.js'
import { byteOfCharacter } from './utf8.js'

export interface BpeOptions<S extends string = string> {
  /** How many tokens there are at most, special symbols among them. */
  readonly size: number
  /** What tokens are made of: 'byte', which can write every text, or 'character', those that occur; 'byte' unless said. */
  readonly level?: 'byte' | 'character'
  /** A pair that occurs less often is not merged: 2 unless said. */
  readonly minCount?: number
  /** Symbols that come first, and are found in texts: none unless said. */
  readonly specials?: readonly S[]
  /** Which of them stands for a character that did not occur; without it `encode` refuses such texts. Bytes all have a token. */
  readonly unknown?: NoInfer<S>
}

interface Merge {
  readonly rank: number
  readonly token: number
}

/** Symbols after all merges: always the first learnt of those that are possible, of several places the leftmost. O(n log n). */
const merged = (symbols: readonly number[], merges: ReadonlyMap<number, Merge>): readonly number[] => {
  const n = symbols.length
  if (n < 2) return symbols
  const current = [...symbols]
  const next = current.map((_, i) => i + 1)
  const before = current.map((_, i) => i - 1)
  const mergeAt = (i: number): Merge | undefined => {
    const j = next[i] as number
    return j < n ? merges.get(pairOf(current[i] as number, current[j] as number)) : undefined
  }
  // Rank and place as one number, of which the smallest is next.
  const queue = heapOf<number>((a, b) => a < b)
  const offer = (i: number): void => {
    const merge = mergeAt(i)
    if (merge !== undefined) queue.push(merge.rank * n + i)
  }
  for (let i = 0; i + 1 < n; i++) offer(i)
  for (let entry = queue.pop(); entry !== undefined; entry = queue.pop()) {
    const i = entry % n
    const merge = current[i] === gone ? undefined : mergeAt(i)
    if (merge === undefined || merge.rank * n + i !== entry) continue
    const j = next[i] as number
    current[i] = merge.token
    current[j] = gone
    next[i] = next[j] as number
    if ((next[i] as number) < n) {
      before[next[i] as number] = i
      offer(i)
    }
    if ((before[i] as number) >= 0) offer(before[i] as number)
  }
  return current.filter((symbol) => symbol !== gone)
}

/** A place whose symbol is part of another, and a character that no token has. */
const [gone, none] = [-2, -1]

/** The tokenizer of what was learnt. */
const tokenizerOf = <S extends string>(
  { level, tokens, merges }: TrainedBpe,
  specials: readonly S[],
  unknown: S | undefined,
): TrainedTokenizer<S> => {
  const name = 'bpe'
  const isByte = level === 'byte'
  const found = lookups<S>(name, [...specials, ...tokens], specials)
  const first = specials.length
  const numbers = new Map(tokens.map((token, i) => [token, i]))
  const table = new Map<number, Merge>()
  for (let i = 0; i < merges.length; i += 3) {
    const [left, right, token] = merges.subarray(i, i + 3) as unknown as readonly [number, number, number]
    table.set(pairOf(left, right), { rank: i / 3, token })
  }
  const ofByte = byteCharacters.map((character) => numbers.get(character) ?? none)
  const unknownId = unknown === undefined ? undefined : found.specials[unknown]
  const encodePiece = remembering((piece) => {
    const characters = isByte ? [] : [...piece]
    const symbols = isByte
      ? Array.from(utf8(piece), (byte) => ofByte[byte] as number)
      : characters.map((character) => numbers.get(character) ?? none)
    if (unknownId === undefined && symbols.includes(none))
      throw unknownText('bpe.encode', characters[symbols.indexOf(none)] as string)
    return merged(symbols, table).map((symbol) => (symbol === none ? (unknownId as number) : first + symbol))
  })
  const sections = sectionsBy(specials)
  const pattern = isByte ? bytePattern : characterPattern
  const textOf = (ids: readonly number[]): string => {
    const text = ids.map((id) => found.tokens[id]).join('')
    return isByte ? fromUtf8(Uint8Array.from(text, (c) => byteOfCharacter.get(c) as number)) : text
  }
  return Object.freeze({
    ...found,
    encode: (text: string): Int32Array => {
      const ids: number[] = []
      for (const section of sections(text)) {
        if (section.isSpecial) ids.push(found.specials[section.text as S])
        else for (const piece of section.text.match(pattern) ?? []) for (const id of encodePiece(piece)) ids.push(id)
      }
      return Int32Array.from(ids)
    },
    decode: decodeBy(name, found, textOf),
    file: () => fileOf(found, splitting(isByte), mergesOf(found.tokens, first, merges, isByte, unknown)),
  })
}

/** @throws for options that no training can be made of */
const checked = <S extends string>(name: string, texts: readonly string[], options: BpeOptions<S>): BpeInput => {
  const { size, level = 'byte', minCount = 2, specials = [], unknown } = options
  checkTexts(name, texts)
  checkSpecials(name, specials, unknown)
  checkWhole(name, 'minCount', minCount, 1)
  if (level !== 'byte' && level !== 'character')
    throw new ArgumentError(`${name}: level is '${level}', and has to be 'byte' or 'character'.`)
  checkWhole(name, 'size', size, specials.length + (level === 'byte' ? 256 : 0))
  return { kind: 'bpe', texts, level, size: size - specials.length, minCount, specials }
}

const bpeTaskOf = <S extends string>(name: string, texts: readonly string[], options: BpeOptions<S>) =>
  taskOf(checked(name, texts, options), (trained) => {
    checkSize(name, trained.tokens.length, options)
    return tokenizerOf(trained as TrainedBpe, options.specials ?? [], options.unknown)
  })

/**
 * Learns byte-pair encoding from texts (Sennrich et al. 2016; of bytes, with the pieces of GPT-2: Radford et al. 2019). 30,000 lines take
 * seconds; `bpeTask` is the same for a worker or a page.
 * @param texts the lines or documents to learn from
 * @throws RangeError for a size that has no room for all bytes or characters; ArgumentError for symbols that do not fit together
 * @example
 * const bpe = trainBpe(['low lower lowest', 'new newer newest'], { size: 270, specials: ['<end>'] })
 * bpe.size // 265
 * Array.from(bpe.encode('lowest<end>'), (id) => bpe.tokens[id]) // ['lo', 'west', '<end>']
 * bpe.decode(bpe.encode('Ünseen 😀')) // 'Ünseen 😀'
 */
export const trainBpe = operation(
  'trainBpe',
  { at: 1, names: ['size', 'level', 'minCount', 'specials', 'unknown', 'progress'] },
  <const S extends string = never>(
    texts: readonly string[],
    { progress, ...options }: BpeOptions<S> & { readonly progress?: (at: TokenizerProgress) => void },
  ): TrainedTokenizer<S> => finished(bpeTaskOf('trainBpe', texts, options), progress),
)

/**
 * What `trainBpe` does, as a task for a worker, or for a page that has to stay alive meanwhile.
 * @example
 * const running = bpeTask(['low lower lowest'], { size: 300 }).steps()
 * running.next().done // false
 */
export const bpeTask = operation(
  'bpeTask',
  { at: 1, names: ['size', 'level', 'minCount', 'specials', 'unknown'] },
  <const S extends string = never>(texts: readonly string[], options: BpeOptions<S>): Task<TrainedTokenizer<S>> =>
    bpeTaskOf('bpeTask', texts, options),
)
