/** Words of sentences, as sacreBLEU cuts them before it counts. */
import { ArgumentError, operation } from '@puregrad/core'

/**
 * How sentences become words. '13a' is that of WMT (mteval-v13a), for Western languages; 'intl' divides at all punctuation and symbols of
 * Unicode (mteval-v14); 'characters' is for Chinese and Japanese; 'none' takes what stands between spaces, of texts that are cut already.
 */
export type WordScheme = '13a' | 'intl' | 'characters' | 'none'

export interface WordOptions {
  /** '13a' unless said. */
  readonly scheme?: WordScheme
  /** Whether all letters become small ones first: false unless said. */
  readonly lowercase?: boolean
}

/** Spaces as Python's str.split has them, by which sacreBLEU counts: JavaScript's \s lacks separators of ASCII and NEL. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: separators of ASCII are spaces to Python
const space = /[\t-\r\x1c-\x20\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+/

/** What stands between spaces. */
export const betweenSpaces = (text: string): readonly string[] => text.split(space).filter((word) => word !== '')

// mteval-v13a: marks apart, points and commas unless between digits, dashes behind digits.
const western = (text: string): string =>
  ` ${text
    .replaceAll('<skipped>', '')
    .replaceAll('-\n', '')
    .replaceAll('\n', ' ')
    .replaceAll('&quot;', '"')
    .replaceAll('&amp;', '&')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')} `
    .replace(/([{-~[-` -&(-+:-@/])/gu, ' $1 ')
    .replace(/([^0-9])([.,])/gu, '$1 $2 ')
    .replace(/([.,])([^0-9])/gu, ' $1 $2')
    .replace(/([0-9])(-)/gu, '$1 $2 ')

// mteval-v14: a point after a number at the end stays, as it does there.
const international = (text: string): string =>
  text
    .replace(/(\P{N})(\p{P})/gu, '$1 $2 ')
    .replace(/(\p{P})(\P{N})/gu, ' $1 $2')
    .replace(/(\p{S})/gu, ' $1 ')

const schemes: Readonly<Record<WordScheme, (text: string) => string>> = {
  '13a': western,
  intl: international,
  characters: (text) => [...text].join(' '),
  none: (text) => text,
}

/**
 * The words of a sentence, as sacreBLEU (Post 2018) cuts it: what `bleu` counts.
 * @throws ArgumentError for a scheme that there is not
 * @example
 * metrics.words('Hello, world! 3.14') // ['Hello', ',', 'world', '!', '3.14']
 * metrics.words('猫だ', { scheme: 'characters' }) // ['猫', 'だ']
 */
export const words = operation(
  'metrics.words',
  { at: 1, names: ['scheme', 'lowercase'] },
  (sentence: string, { scheme = '13a', lowercase = false }: WordOptions = {}): string[] => {
    if (!Object.hasOwn(schemes, scheme))
      throw new ArgumentError(
        `metrics.words: scheme is '${scheme}', and has to be one of ${Object.keys(schemes).join(', ')}.`,
      )
    const text = lowercase ? sentence.toLowerCase() : sentence
    return [...betweenSpaces(schemes[scheme](text.replace(new RegExp(`${space.source}$`), '')))]
  },
)
