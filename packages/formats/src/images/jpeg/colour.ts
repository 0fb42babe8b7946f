/** From the colours of a JPEG file to grey or red, green and blue. */
import type { Plane } from './inverse-dct.js'

/** How a file holds colours. */
export type ColourSpace = 'grey' | 'rgb' | 'ycc' | 'cmyk' | 'ycck'

/** What a file says of its colours, besides how many components there are. */
export interface ColourHints {
  readonly jfif: boolean
  /** The transform of the segment that Adobe's programs write: 0 none, 1 YCbCr, 2 YCCK. */
  readonly adobe: number | undefined
  readonly ids: readonly number[]
}

/** The colours of a file by the rules of libjpeg (jdapimin.c, default_decompress_parms). */
export const colourSpaceOf = ({ jfif, adobe, ids }: ColourHints): ColourSpace => {
  if (ids.length === 1) return 'grey'
  if (ids.length === 4) return adobe === 2 ? 'ycck' : 'cmyk'
  if (jfif) return 'ycc'
  if (adobe !== undefined) return adobe === 0 ? 'rgb' : 'ycc'
  return String.fromCharCode(...ids) === 'RGB' ? 'rgb' : 'ycc'
}

// jdcolor.c: 16 bits behind the point, of ITU-R BT.601's 1.402, 1.772, 0.71414 and 0.34414.
const half = 1 << 15
const [crToRed, cbToBlue, crToGreen, cbToGreen] = [91881, 116130, 46802, 22554] as const

const clamp = (value: number): number => Math.max(0, Math.min(255, value))

/** a · b / 255, rounded. */
const product = (a: number, b: number): number => {
  const x = a * b + 128
  return ((x >> 8) + x) >> 8
}

/** The pixels of an image from its planes, each at least of its size. */
export const pixelsOf = (planes: readonly Plane[], space: ColourSpace, width: number, height: number): Uint8Array => {
  const channels = space === 'grey' ? 1 : 3
  const out = new Uint8Array(width * height * channels)
  const [first, second, third, fourth] = planes as readonly [Plane, Plane, Plane, Plane]
  if (space === 'grey') {
    for (let y = 0; y < height; y++)
      out.set(first.samples.subarray(y * first.stride, y * first.stride + width), y * width)
    return out
  }
  const isYcc = space === 'ycc' || space === 'ycck'
  const inks = space === 'cmyk' || space === 'ycck'
  for (let y = 0, to = 0; y < height; y++) {
    for (let x = 0; x < width; x++, to += 3) {
      let red = first.samples[y * first.stride + x] as number
      let green = second.samples[y * second.stride + x] as number
      let blue = third.samples[y * third.stride + x] as number
      if (isYcc) {
        const luma = red
        const cb = green - 128
        const cr = blue - 128
        red = clamp(luma + ((crToRed * cr + half) >> 16))
        green = clamp(luma + ((half - cbToGreen * cb - crToGreen * cr) >> 16))
        blue = clamp(luma + ((cbToBlue * cb + half) >> 16))
      }
      if (inks) {
        // Files hold inks inverted, as Adobe's programs do; YCCK those of the inverted inks again.
        const light = fourth.samples[y * fourth.stride + x] as number
        const ink = (value: number): number => (space === 'ycck' ? value : 255 - value)
        red = light - product(ink(red), light)
        green = light - product(ink(green), light)
        blue = light - product(ink(blue), light)
      }
      out[to] = red
      out[to + 1] = green
      out[to + 2] = blue
    }
  }
  return out
}
