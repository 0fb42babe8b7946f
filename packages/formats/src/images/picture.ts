/** Images out of bytes with nothing of tensors, so that a worker that decodes need not have them. */
import type { Either } from 'fp-ts/lib/Either.js'
import type { DataError } from '../bytes/data-error.js'
import { decoding, type Named, refusing } from '../bytes/decoding.js'
import { readJpeg } from './jpeg/jpeg.js'
import type { ImageLimits } from './limits.js'
import { upright } from './orientation.js'
import { readPng } from './png/png.js'

/** An image: 8 bits per channel, row-major, channels last. */
export interface Image {
  /** [height, width, channels] of `data`. */
  readonly shape: readonly [height: number, width: number, channels: number]
  readonly data: Uint8Array
}

/** An image as it lies in its file. */
export interface Picture extends Image {
  /** How the camera was held, by its EXIF data: 1 upright, 2 to 8 mirrored or turned. */
  readonly orientation: number
}

/** Grey, grey with alpha, colour, or colour with alpha. */
export type Channels = 1 | 2 | 3 | 4

export interface DecodeImageOptions extends Named, ImageLimits {
  /** As many as the file has unless said. Alpha is dropped or 255, colour becomes luma, grey three equal channels. */
  readonly channels?: Channels
  /** Whether pictures are mirrored and turned upright, as their EXIF data say: true unless said. */
  readonly orient?: boolean
}

/** Y′ of ITU-R BT.601. */
const luma = (red: number, green: number, blue: number): number =>
  Math.round(0.299 * red + 0.587 * green + 0.114 * blue)

const converted = ({ shape: [height, width, from], data }: Image, to: Channels): Image => {
  if (from === to) return { shape: [height, width, from], data }
  const out = new Uint8Array(height * width * to)
  const [hasColour, hasAlpha] = [from >= 3, from % 2 === 0]
  for (let pixel = 0; pixel < height * width; pixel++) {
    const source = data.subarray(pixel * from, (pixel + 1) * from) as Uint8Array & Record<0 | 1 | 2, number>
    const [red, green, blue] = hasColour ? [source[0], source[1], source[2]] : [source[0], source[0], source[0]]
    const alpha = hasAlpha ? (source[from - 1] as number) : 255
    const grey = hasColour ? luma(red, green, blue) : red
    out.set(
      to === 1 ? [grey] : to === 2 ? [grey, alpha] : to === 3 ? [red, green, blue] : [red, green, blue, alpha],
      pixel * to,
    )
  }
  return { shape: [height, width, to], data: out }
}

/**
 * The image in these bytes: `decodeImage` for whoever has checked the options, as the workers that decode have.
 * @internal
 */
export const imageFrom = (bytes: Uint8Array, options: DecodeImageOptions): Either<DataError, Image> =>
  decoding(() => {
    const { file, channels, orient = true } = options
    const refuse = refusing(file)
    const [a, b] = bytes
    if (!(a === 0x89 && b === 0x50) && !(a === 0xff && b === 0xd8)) {
      const found = bytes.length === 0 ? 'an empty file' : `bytes ${bytes.subarray(0, 4).join(' ')}`
      throw refuse('magic', 'a PNG or JPEG image', found, 'Convert it to PNG.')
    }
    const picture = a === 0x89 ? readPng(bytes, options, refuse) : readJpeg(bytes, options, refuse)
    const image = upright(picture, orient ? picture.orientation : 1)
    return channels === undefined ? image : converted(image, channels)
  })
