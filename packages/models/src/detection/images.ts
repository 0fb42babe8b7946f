/** Images as detectors take them: normalised, resized, and padded to sizes that strides divide; and boxes back again. */
import { np, type Tensor } from '@puregrad/core'
import type { Size } from './anchors.js'

export interface ImageOptions {
  /** What the shorter side is brought to: 800 unless said. */
  readonly minSize?: number
  /** What the longer side may have at most: 1333 unless said. */
  readonly maxSize?: number
  /** Taken off each channel: ImageNet's [0.485, 0.456, 0.406] unless said. */
  readonly imageMean?: readonly number[]
  /** Each channel is divided by it: ImageNet's [0.229, 0.224, 0.225] unless said. */
  readonly imageStd?: readonly number[]
  /** Sides are padded below and to the right to a multiple of this: 32 unless said. */
  readonly sizeDivisible?: number
}

export const imageOptionNames = ['minSize', 'maxSize', 'imageMean', 'imageStd', 'sizeDivisible'] as const

/** torchvision's: the mean and the deviation are those of its models of ImageNet. */
export const imageDefaults: Required<ImageOptions> = {
  minSize: 800,
  maxSize: 1333,
  imageMean: [0.485, 0.456, 0.406],
  imageStd: [0.229, 0.224, 0.225],
  sizeDivisible: 32,
}

/** [height, width] of an image once it is resized, by torchvision's arithmetic. */
const resizedSize = ([height, width]: Size, { minSize, maxSize }: Required<ImageOptions>): Size => {
  const ratio = (wanted: number, side: number): number => Math.fround(wanted / side)
  const scale = Math.min(ratio(minSize, Math.min(height, width)), ratio(maxSize, Math.max(height, width)))
  return [Math.floor(height * scale), Math.floor(width * scale)]
}

/** The weights of `from` pixels in each of `to`, [to, from]: lines between the middles of pixels, without antialiasing. */
const lineWeights = (from: number, to: number): Tensor => {
  const at = np
    .arange(to, { dtype: 'float32' })
    .add(0.5)
    .mul(from / to)
    .sub(0.5)
  const inside = np.clip(at, 0, from - 1).reshape([to, 1])
  return np.maximum(np.subtract(1, np.abs(inside.sub(np.arange(from, { dtype: 'float32' })))), 0)
}

/** [batch, height, width, channels] at another size, bilinear as torch's interpolate. */
const bilinear = (x: Tensor, [height, width]: Size): Tensor => {
  const [, h, w] = x.shape as readonly [number, number, number, number]
  const tall = h === height ? x : np.einsum('yh,bhwc->bywc', lineWeights(h, height), x)
  return w === width ? tall : np.einsum('xw,bywc->byxc', lineWeights(w, width), tall)
}

/** [batch, height, width, channels] at another size, each pixel that of the nearest one, as torch's interpolate. */
export const nearest = (x: Tensor, size: Size): Tensor =>
  size.reduce((y, wanted, i) => {
    const old = y.shape[i + 1] as number
    if (wanted === old) return y
    if (wanted === 2 * old) return np.repeat(y, 2, { axis: i + 1 })
    const scale = Math.fround(old / wanted)
    const from = Array.from({ length: wanted }, (_, at) => Math.min(Math.floor(Math.fround(at * scale)), old - 1))
    return np.take(y, np.array(from, { dtype: 'int32' }), { axis: i + 1 })
  }, x)

/** The sizes of images on their way. */
export interface Geometry {
  readonly original: Size
  /** Without padding: what boxes and feature maps are measured by. */
  readonly resized: Size
  readonly padded: Size
}

/** What becomes of images of a size. */
export const geometryOf = (original: Size, options: Required<ImageOptions>): Geometry => {
  const resized = resizedSize(original, options)
  const multiple = (side: number): number => Math.ceil(side / options.sizeDivisible) * options.sizeDivisible
  return { original, resized, padded: [multiple(resized[0]), multiple(resized[1])] }
}

/** Images as the backbone takes them, with sides that `sizeDivisible` divides. */
export const prepare = (
  images: Tensor,
  { resized, padded }: Geometry,
  { imageMean, imageStd }: Required<ImageOptions>,
): Tensor => {
  const sized = bilinear(images.sub(np.array([...imageMean])).div(np.array([...imageStd])), resized)
  const [below, right] = [padded[0] - resized[0], padded[1] - resized[1]]
  if (below === 0 && right === 0) return sized
  return np.pad(sized, [
    [0, 0],
    [0, below],
    [0, right],
    [0, 0],
  ])
}

/** Boxes [..., 4] in images of one size in those of another. */
const scaled = (boxes: Tensor, from: Size, to: Size): Tensor =>
  String(from) === String(to)
    ? boxes
    : boxes.mul(np.array([to[1] / from[1], to[0] / from[0], to[1] / from[1], to[0] / from[0]]))

export const boxesToResized = (boxes: Tensor, { original, resized }: Geometry): Tensor =>
  scaled(boxes, original, resized)

export const boxesToOriginal = (boxes: Tensor, { original, resized }: Geometry): Tensor =>
  scaled(boxes, resized, original)
