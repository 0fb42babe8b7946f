/** How a camera was held, by the EXIF data of a picture, and turning the picture upright. */
import type { Image } from './picture.js'

const orientationTag = 0x0112

/**
 * The orientation, 1 to 8, in these EXIF data (which begin like a TIFF file); 1 if there is none, or they are damaged: a
 * picture can do without them.
 */
export const orientationIn = (exif: Uint8Array): number => {
  const view = new DataView(exif.buffer, exif.byteOffset, exif.byteLength)
  if (exif.length < 8) return 1
  const order = view.getUint16(0)
  if (order !== 0x4949 && order !== 0x4d4d) return 1
  const little = order === 0x4949
  const directory = view.getUint32(4, little)
  if (view.getUint16(2, little) !== 42 || directory + 2 > exif.length) return 1
  const count = view.getUint16(directory, little)
  for (let i = 0; i < count; i++) {
    const entry = directory + 2 + 12 * i
    if (entry + 12 > exif.length) return 1
    if (view.getUint16(entry, little) !== orientationTag) continue
    const value = view.getUint16(entry + 8, little)
    return value >= 1 && value <= 8 ? value : 1
  }
  return 1
}

/** The picture as it was seen: mirrored and turned by its orientation (Exif 2.32, table 6). */
export const upright = ({ shape: [height, width, channels], data }: Image, orientation: number): Image => {
  if (orientation === 1) return { shape: [height, width, channels], data }
  const turned = orientation >= 5
  const [rows, columns] = turned ? [width, height] : [height, width]
  const fromRight = [2, 3, 7, 8].includes(orientation)
  const fromBottom = [3, 4, 6, 7].includes(orientation)
  const out = new Uint8Array(data.length)
  for (let row = 0, to = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++, to += channels) {
      const [y, x] = turned ? [column, row] : [row, column]
      const from = ((fromBottom ? height - 1 - y : y) * width + (fromRight ? width - 1 - x : x)) * channels
      for (let channel = 0; channel < channels; channel++) out[to + channel] = data[from + channel] as number
    }
  }
  return { shape: [rows, columns, channels], data: out }
}
