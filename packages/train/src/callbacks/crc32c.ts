// Castagnoli's polynomial, reversed (RFC 3720, appendix B.4).
const table = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1
  return crc
})

/**
 * The CRC-32C of bytes, as in iSCSI and TFRecord.
 * @example crc32c(new TextEncoder().encode('123456789')).toString(16) // 'e3069283'
 */
export const crc32c = (bytes: Uint8Array): number => {
  let crc = 0xffffffff
  for (const byte of bytes) crc = (crc >>> 8) ^ (table[(crc ^ byte) & 255] as number)
  return (crc ^ 0xffffffff) >>> 0
}
