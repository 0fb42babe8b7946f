import { operation } from '@puregrad/core'
import { imageFrom } from './picture.js'

/**
 * Decodes a PNG or JPEG image; its first bytes decide which it is. PNG of any depth becomes 8 bits, palettes become colours,
 * a transparent colour becomes alpha, CMYK becomes RGB; JPEG gives the bits that libjpeg gives. Colour profiles and gamma are
 * not applied. Lengths, and the checksums that PNG has, are checked of all that a picture cannot do without; damaged texts and
 * whatever follows the end are left alone. JPEG has no checksums: a changed bit can be a changed picture. Pictures of more
 * than `maxPixels` are refused before anything is allocated for them.
 * @example
 * const decoded = decodeImage(new TextEncoder().encode('GIF89a'), { file: 'photo.gif' })
 * E.isLeft(decoded) && decoded.left.expected // 'a PNG or JPEG image'
 */
export const decodeImage = operation(
  'data.decodeImage',
  { at: 1, names: ['channels', 'orient', 'file', 'maxPixels', 'maxBytes'] },
  imageFrom,
)
