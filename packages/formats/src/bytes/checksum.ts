/** Tables of CRC-32 (ISO 3309, the polynomial reversed; PKWARE APPNOTE 4.4.7): of a byte, and of one with 1, 2 or 3 zeros behind it. */
const tables = Array.from({ length: 4 }, (_, table) =>
  Int32Array.from({ length: 256 }, (_, byte) => {
    let crc = byte
    for (let bit = 0; bit < 8 * (table + 1); bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1
    return crc
  }),
) as unknown as readonly [Int32Array, Int32Array, Int32Array, Int32Array]

/** The checksum of gzip, zip archives and PNG chunks. */
export const crc32 = (bytes: Uint8Array): number => {
  const [one, two, three, four] = tables
  const at = (i: number): number => bytes[i] as number
  const whole = bytes.length & ~3
  let crc = -1
  for (let i = 0; i < whole; i += 4) {
    crc ^= at(i) | (at(i + 1) << 8) | (at(i + 2) << 16) | (at(i + 3) << 24)
    crc =
      (four[crc & 255] as number) ^
      (three[(crc >>> 8) & 255] as number) ^
      (two[(crc >>> 16) & 255] as number) ^
      (one[crc >>> 24] as number)
  }
  for (let i = whole; i < bytes.length; i++) crc = (crc >>> 8) ^ (one[(crc ^ at(i)) & 255] as number)
  return (crc ^ -1) >>> 0
}
