/** Texts in pieces that no token crosses: special symbols, then words with the space before them, numbers, marks, spaces. */

/** Radford et al. 2019, the pattern of GPT-2, which leaves nothing out. */
export const bytePattern = /'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+/gu

/** The same by Unicode's own property of spaces, which other languages' regular expressions have too. */
export const characterPattern =
  /'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\p{White_Space}\p{L}\p{N}]+|\p{White_Space}+(?!\P{White_Space})|\p{White_Space}+/gu

/** A part of a text: plain, or a special symbol. */
export interface Section {
  readonly text: string
  readonly isSpecial: boolean
}

/** Cuts a text at special symbols: the leftmost first, of those that begin at one place the longest. */
export const sectionsBy = (specials: readonly string[]): ((text: string) => readonly Section[]) => {
  if (specials.length === 0) return (text) => (text === '' ? [] : [{ text, isSpecial: false }])
  const longestFirst = [...specials].sort((a, b) => b.length - a.length)
  const any = new RegExp(longestFirst.map((s) => s.replace(/[$^\\.*+?()[\]{}|/]/g, '\\$&')).join('|'), 'g')
  return (text) => {
    const sections: Section[] = []
    let from = 0
    for (const { 0: special, index } of text.matchAll(any)) {
      if (index > from) sections.push({ text: text.slice(from, index), isSpecial: false })
      sections.push({ text: special, isSpecial: true })
      from = index + special.length
    }
    if (from < text.length) sections.push({ text: text.slice(from), isSpecial: false })
    return sections
  }
}

/** How far a training is. */
export interface TokenizerProgress {
  readonly phase: 'counting' | 'merging' | 'finding' | 'pruning'
  readonly done: number
  readonly total: number
}

/** Texts between two reports: a few milliseconds of work. */
const textsAtOnce = 500

/** How often each piece occurs in texts, in order of appearance. */
export function* pieceCounts(
  texts: readonly string[],
  pattern: RegExp,
  specials: readonly string[],
): Generator<TokenizerProgress, ReadonlyMap<string, number>, undefined> {
  const counts = new Map<string, number>()
  const sections = sectionsBy(specials)
  for (const [done, text] of texts.entries()) {
    if (done % textsAtOnce === 0) yield { phase: 'counting', done, total: texts.length }
    for (const section of sections(text)) {
      if (section.isSpecial) continue
      for (const piece of section.text.match(pattern) ?? []) counts.set(piece, (counts.get(piece) ?? 0) + 1)
    }
  }
  return counts
}

/** By code points, so that an order depends on no locale. */
export const byCodePoint = (a: string, b: string): number => {
  for (let i = 0; ; ) {
    const [x, y] = [a.codePointAt(i), b.codePointAt(i)]
    if (x !== y) return (x ?? -1) - (y ?? -1)
    if (x === undefined) return 0
    i += x > 0xffff ? 2 : 1
  }
}
