/**
 * Binaries as text that gzip makes as small as the binaries themselves: one character for a frequent byte, two for the others, so
 * that what repeats in the binary repeats in the text. The text begins with the bytes by frequency, in hexadecimal.
 */

/** Printable ASCII that JavaScript strings and templates take as it is; the last two begin a pair. */
const alphabet = Array.from({ length: 95 }, (_, i) => String.fromCharCode(32 + i)).filter((c) => !'\\`"$\''.includes(c))
const singles = alphabet.length - 2
const byteValues = 256

/** The bytes of a text that `scripts/encode.mjs` wrote. */
export const decode = (text: string): Uint8Array<ArrayBuffer> => {
  const head = 2 * byteValues
  const order = Array.from({ length: byteValues }, (_, i) => Number.parseInt(text.slice(2 * i, 2 * i + 2), 16))
  const place = new Int16Array(128)
  for (const [i, c] of alphabet.entries()) place[c.charCodeAt(0)] = i
  const bytes = new Uint8Array(text.length - head)
  let length = 0
  for (let i = head; i < text.length; i++) {
    let rank = place[text.charCodeAt(i)] as number
    if (rank >= singles) {
      i++
      rank = (rank - singles + 1) * singles + (place[text.charCodeAt(i)] as number)
    }
    bytes[length++] = order[rank] as number
  }
  return bytes.slice(0, length)
}
