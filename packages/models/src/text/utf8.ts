/** UTF-8 in which every string of JavaScript comes back as it was, half surrogate pairs too (WTF-8, Sapin 2016). */
import { byteCharacters, fromUtf8, utf8 } from './training/bytes.js'

const half = /\p{Surrogate}/gu

/** The bytes of a text. */
export const bytesOf = (text: string): Uint8Array => {
  const halves = [...text.matchAll(half)]
  if (halves.length === 0) return utf8(text)
  const bytes: number[] = []
  let from = 0
  for (const { index } of halves) {
    const code = text.charCodeAt(index)
    bytes.push(...utf8(text.slice(from, index)), 0xed, 0x80 | ((code >> 6) & 0x3f), 0x80 | (code & 0x3f))
    from = index + 1
  }
  return Uint8Array.from([...bytes, ...utf8(text.slice(from))])
}

/** The text of bytes; what is no UTF-8 becomes U+FFFD, as everywhere. */
export const textOfBytes = (bytes: Uint8Array): string => {
  let [text, from] = ['', 0]
  for (let i = bytes.indexOf(0xed); i >= 0 && i + 2 < bytes.length; i = bytes.indexOf(0xed, i + 1)) {
    const [a, b] = [bytes[i + 1] as number, bytes[i + 2] as number]
    if (a < 0xa0 || a > 0xbf || (b & 0xc0) !== 0x80) continue
    text += fromUtf8(bytes.subarray(from, i)) + String.fromCharCode(0xd000 | ((a & 0x3f) << 6) | (b & 0x3f))
    from = i + 3
  }
  return text + fromUtf8(bytes.subarray(from))
}

/** The byte of each character that stands for one. */
export const byteOfCharacter: ReadonlyMap<string, number> = new Map(byteCharacters.map((c, byte) => [c, byte]))
