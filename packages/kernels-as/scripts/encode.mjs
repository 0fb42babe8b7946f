// Writes a binary as the text that src/decode.ts reads.
const alphabet = Array.from({ length: 95 }, (_, i) => String.fromCharCode(32 + i)).filter((c) => !'\\`"$\''.includes(c))
const singles = alphabet.length - 2

/** @param bytes a Uint8Array  @returns characters that need no escape in a JavaScript string */
export function encode(bytes) {
  const counts = new Array(256).fill(0)
  for (const byte of bytes) counts[byte]++
  const order = [...counts.keys()].sort((a, b) => counts[b] - counts[a] || a - b)
  const codes = []
  order.forEach((byte, rank) => {
    const group = Math.floor(rank / singles)
    codes[byte] = (group === 0 ? '' : alphabet[singles + group - 1]) + alphabet[rank % singles]
  })
  return order.map((byte) => byte.toString(16).padStart(2, '0')).join('') + Array.from(bytes, (b) => codes[b]).join('')
}
