/** What all that turns texts into numbers has in common. */
import { ArgumentError, operation, RangeError } from '@puregrad/core'

export interface DecodeTextOptions {
  /** Whether special symbols are left out of the text: false unless said. */
  readonly skipSpecials?: boolean
}

/** Texts to numbers of tokens and back: a `Vocabulary`, one that was trained, or one from a file. */
export interface Tokenizer<S extends string = string> {
  /** How many tokens there are: numbers run from 0 to `size` − 1. */
  readonly size: number
  /** The tokens by their numbers, as they are written; a byte as `<0x0A>`, or in a byte-level tokenizer by the character that GPT-2 has for it. */
  readonly tokens: readonly string[]
  /** The numbers of special symbols, by the symbols: `tokenizer.specials['<pad>']`. */
  readonly specials: Readonly<Record<S, number>>
  /** The number of a token. */
  readonly idOf: (token: string) => number | undefined
  /** The numbers of a text's tokens: a new int32 array, so that `np.array` makes an int32 tensor of it. */
  readonly encode: (text: string) => Int32Array
  /** The text of numbers. @throws RangeError for a number that no token has */
  readonly decode: (ids: ArrayLike<number>, options?: DecodeTextOptions) => string
}

/** Frozen lookups of tokens. @throws ArgumentError for a token that is there twice */
export const lookups = <S extends string>(
  name: string,
  tokens: readonly string[],
  specials: readonly S[],
): Pick<Tokenizer<S>, 'size' | 'tokens' | 'specials' | 'idOf'> => {
  const numbers = new Map(tokens.map((token, id) => [token, id]))
  if (numbers.size < tokens.length) {
    const twice = tokens.find((token, id) => numbers.get(token) !== id)
    throw new ArgumentError(`${name}: ${JSON.stringify(twice)} is there twice. Every token and symbol has one number.`)
  }
  return {
    size: tokens.length,
    tokens: Object.freeze([...tokens]),
    specials: Object.freeze(Object.fromEntries(specials.map((s) => [s, numbers.get(s)]))) as Readonly<
      Record<S, number>
    >,
    idOf: (token) => numbers.get(token),
  }
}

/** @throws ArgumentError unless symbols are different texts, and the unknown one is among them */
export const checkSpecials = (name: string, specials: readonly string[], unknown: string | undefined): void => {
  if (!Array.isArray(specials) || specials.some((s) => typeof s !== 'string' || s === ''))
    throw new ArgumentError(
      `${name}: specials have to be a list of texts that are not empty, such as ['<pad>', '<end>'].`,
    )
  if (new Set(specials).size < specials.length)
    throw new ArgumentError(`${name}: specials ${specials.join(' ')} have one twice. Name each once.`)
  if (unknown !== undefined && !specials.includes(unknown))
    throw new ArgumentError(
      `${name}: unknown is '${unknown}', which is not among the specials. Write specials: ['${unknown}', …].`,
    )
}

/** @throws ArgumentError unless these are texts */
export const checkTexts = (name: string, texts: unknown): void => {
  const odd = Array.isArray(texts) ? texts.findIndex((text) => typeof text !== 'string') : -1
  if (Array.isArray(texts) && odd < 0) return
  const found = Array.isArray(texts) ? `text ${odd} is a ${typeof texts[odd]}` : `they are a ${typeof texts}`
  throw new ArgumentError(`${name}: texts have to be a list of strings, and ${found}. Give [text] for a single one.`)
}

/** @throws RangeError unless this is a whole number from `least` up */
export const checkWhole = (name: string, what: string, value: number, least: number): void => {
  if (Number.isInteger(value) && value >= least) return
  throw new RangeError(`${name}: ${what} is ${value}, and has to be a whole number from ${least} up.`)
}

/** What is said of a text with something that no token has. */
export const unknownText = (name: string, what: string): ArgumentError =>
  new ArgumentError(
    `${name}: no token has ${JSON.stringify(what)}. Give the tokenizer a symbol for what it does not know: { specials: ['<unknown>'], unknown: '<unknown>' }.`,
  )

/** A text from runs of tokens and special symbols between them, which no run reaches over. */
export const decodeBy = (
  name: string,
  { size, tokens, specials }: Pick<Tokenizer, 'size' | 'tokens' | 'specials'>,
  textOf: (ids: readonly number[]) => string,
  separator = '',
): Tokenizer['decode'] => {
  const isSpecial = new Set(Object.values(specials))
  return operation(
    `${name}.decode`,
    { at: 1, names: ['skipSpecials'] },
    (ids: ArrayLike<number>, { skipSpecials = false }: DecodeTextOptions = {}): string => {
      const parts: string[] = []
      let run: number[] = []
      const finish = (): void => {
        if (run.length > 0) parts.push(textOf(run))
        run = []
      }
      for (const id of Array.from(ids)) {
        if (!Number.isInteger(id) || id < 0 || id >= size)
          throw new RangeError(`${name}.decode: ${id} is the number of no token; they run from 0 to ${size - 1}.`)
        if (!isSpecial.has(id)) run.push(id)
        else if (!skipSpecials) {
          finish()
          parts.push(tokens[id] as string)
        }
      }
      finish()
      return parts.join(separator)
    },
  )
}

/** A bounded memory of pieces that were encoded, since most come again. */
export const remembering = (encode: (piece: string) => readonly number[]): ((piece: string) => readonly number[]) => {
  const known = new Map<string, readonly number[]>()
  return (piece) => {
    const before = known.get(piece)
    if (before !== undefined) return before
    const ids = encode(piece)
    if (piece.length > longestKept) return ids
    if (known.size >= mostKept) known.clear()
    known.set(piece, ids)
    return ids
  }
}

/** Words of texts are shorter; there are some ten thousands of them. */
const [longestKept, mostKept] = [64, 50_000]
