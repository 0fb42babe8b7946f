/** What a tokenizer.json says: the format of Hugging Face's tokenizers, version 1.0. */
import type { Tokenizer } from './tokenizer.js'
import { characterPattern } from './training/pieces.js'

type Part = Readonly<Record<string, unknown>>

/** A tokenizer.json as a value. */
export interface TokenizerFile {
  readonly version: string
  readonly truncation: null
  readonly padding: null
  readonly added_tokens: readonly Part[]
  readonly normalizer: Part | null
  readonly pre_tokenizer: Part | null
  readonly post_processor: Part | null
  readonly decoder: Part | null
  readonly model: Part
}

type Splitting = Pick<TokenizerFile, 'pre_tokenizer' | 'decoder'>

/** How texts are cut, and put together again. */
export const splitting = (isByte: boolean): Splitting => {
  if (isByte) {
    const bytes = { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: true }
    return { pre_tokenizer: bytes, decoder: bytes }
  }
  return {
    pre_tokenizer: {
      type: 'Split',
      pattern: { Regex: characterPattern.source },
      behavior: 'Isolated',
      invert: false,
    },
    decoder: { type: 'Fuse' },
  }
}

/** The model of merges: three numbers each, of tokens that stand behind `first` symbols. */
export const merges = (
  tokens: readonly string[],
  first: number,
  triples: Int32Array,
  isByte: boolean,
  unknown: string | undefined,
): Part => {
  const tokenOf = (number: number | undefined): string => tokens[first + (number as number)] as string
  const pairs = Array.from({ length: triples.length / 3 }, (_, i) => [
    tokenOf(triples[3 * i]),
    tokenOf(triples[3 * i + 1]),
  ])
  return {
    type: 'BPE',
    dropout: null,
    unk_token: unknown ?? null,
    continuing_subword_prefix: null,
    end_of_word_suffix: null,
    fuse_unk: false,
    byte_fallback: false,
    ignore_merges: false,
    vocab: Object.fromEntries(tokens.map((token, id) => [token, id])),
    // Characters that stand for bytes are never spaces, so that the older form, with one between them, will do.
    merges: isByte ? pairs.map((pair) => pair.join(' ')) : pairs,
  }
}

/** A file of a tokenizer whose special symbols come first. */
export const fileOf = (
  { tokens, specials }: Pick<Tokenizer, 'tokens' | 'specials'>,
  split: Splitting,
  model: Part,
): TokenizerFile => ({
  version: '1.0',
  truncation: null,
  padding: null,
  added_tokens: tokens.slice(0, Object.keys(specials).length).map((content, id) => ({
    id,
    content,
    single_word: false,
    lstrip: false,
    rstrip: false,
    normalized: false,
    special: true,
  })),
  normalizer: null,
  ...split,
  post_processor: null,
  model,
})
