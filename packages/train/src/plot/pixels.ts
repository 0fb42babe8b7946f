/** Tensors as pictures inside a picture. */
import { DTypeError, ShapeError, type Tensor } from '@puregrad/core'
import { encode } from 'fast-png'
import { element, type Svg } from './svg.js'

/** Pixels row by row: grey, colours, or colours with how much they cover. */
export interface Pixels {
  readonly width: number
  readonly height: number
  readonly channels: 1 | 3 | 4
  readonly data: Uint8Array
}

/** Base64 of bytes, a few at a time: `btoa` takes text, and a call takes so many arguments only. */
const base64 = (bytes: Uint8Array): string => {
  const parts: string[] = []
  for (let at = 0; at < bytes.length; at += 0x2000) parts.push(String.fromCharCode(...bytes.subarray(at, at + 0x2000)))
  return btoa(parts.join(''))
}

/** Pixels as a PNG inside a URL. */
export const dataUrl = (pixels: Pixels): string => `data:image/png;base64,${base64(encode({ ...pixels, depth: 8 }))}`

/** Pixels as an element of this width, whose edges stay sharp. */
export const imageElement = (pixels: Pixels, width: number): Svg =>
  element('image', {
    width,
    height: (width * pixels.height) / pixels.width,
    preserveAspectRatio: 'none',
    style: 'image-rendering: pixelated',
    href: dataUrl(pixels),
  })

/**
 * The pixels of an image: floats from 0 to 1, bools, or bytes.
 * @throws ShapeError unless it is [height, width], or that with 1 or 3 channels; DTypeError for other integers
 */
export const pixelsOf = (name: string, image: Tensor): Pixels => {
  const [height = 0, width = 0, channels = 1] = image.shape
  if (image.ndim < 2 || image.ndim > 3 || (channels !== 1 && channels !== 3))
    throw new ShapeError(
      `${name}: an image is ${image.dtype}[${image.shape}], and has to be [height, width], [height, width, 1] or [height, width, 3].`,
    )
  const values = image.data() as unknown as ArrayLike<number>
  const isFloat = /float/.test(image.dtype)
  if (!isFloat && image.dtype !== 'uint8' && image.dtype !== 'bool')
    throw new DTypeError(
      `${name}: an image is ${image.dtype}[${image.shape}], and has to be floats from 0 to 1, or bytes. Did you mean image.astype('uint8')?`,
    )
  const factor = image.dtype === 'uint8' ? 1 : 255
  const data = Uint8Array.from(values, (x) => Math.min(Math.max(Math.round(Number(x) * factor), 0), 255) || 0)
  return { width, height, channels, data }
}
