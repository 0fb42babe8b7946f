/** Colours of images, by torchvision's formulas. */
import { np, operation, RangeError, random, ShapeError, type Tensor } from '@puregrad/core'
import { type Augmentation, stepped } from './chain.js'
import { checkRange, drawn, type Range } from './ranges.js'

/** A function of floats from 0 to 1 for bytes too, which are rounded. */
const byParts = (image: Tensor, f: (floats: Tensor) => Tensor): Tensor => {
  if (image.dtype !== 'uint8') return np.clip(f(image), 0, 1)
  return np.round(np.clip(f(image.astype('float32').div(255)), 0, 1).mul(255)).astype('uint8')
}

const checkColours = (name: string, image: Tensor): void => {
  if (image.ndim >= 3 && image.shape.at(-1) === 3) return
  throw new ShapeError(
    `${name}: the image is ${image.dtype}[${image.shape}], and has to be […, height, width, 3]: red, green and blue.`,
  )
}

const channels = (image: Tensor): readonly [Tensor, Tensor, Tensor] =>
  [0, 1, 2].map((i) => np.take(image, i, { axis: -1 })) as unknown as readonly [Tensor, Tensor, Tensor]

/** Luma, with its axis of one channel. ITU-R BT.601, in torchvision's digits. */
const grey = (image: Tensor): Tensor => {
  const [r, g, b] = channels(image)
  return np.expandDims(r.mul(0.2989).add(g.mul(0.587)).add(b.mul(0.114)), -1)
}

/** factor · one + (1 − factor) · other */
const blend = (one: Tensor, other: Tensor | number, factor: number | Tensor): Tensor =>
  one.mul(factor).add(np.multiply(other, np.subtract(1, factor)))

const checkFactor = (name: string, factor: number | Tensor): void => {
  if (typeof factor === 'number' && !(factor >= 0))
    throw new RangeError(`${name}: the factor is ${factor}, and has to be a number from 0 up.`)
}

/**
 * An image that is as many times as bright: 0 is black, 1 the same.
 * @param image floats from 0 to 1, or bytes
 * @throws RangeError for a factor below 0
 * @example augment.adjustBrightness(np.array([[[0.25, 0.5, 0.75]]]), 2) // [[[0.5, 1, 1]]]
 */
export const adjustBrightness = operation(
  'augment.adjustBrightness',
  {},
  (image: Tensor, factor: number | Tensor): Tensor => {
    checkFactor('augment.adjustBrightness', factor)
    return byParts(image, (x) => x.mul(factor))
  },
)

/**
 * An image whose colours are as many times as far from its mean grey: 0 is grey all over, 1 the same.
 * @param image […, height, width, 3], floats from 0 to 1, or bytes
 * @throws RangeError for a factor below 0; ShapeError for images without three channels
 * @example augment.adjustContrast(np.array([[[0, 0, 0], [1, 1, 1]]]), 0.5) // [[[0.249975, 0.249975, 0.249975], [0.749975, 0.749975, 0.749975]]]
 */
export const adjustContrast = operation(
  'augment.adjustContrast',
  {},
  (image: Tensor, factor: number | Tensor): Tensor => {
    checkColours('augment.adjustContrast', image)
    checkFactor('augment.adjustContrast', factor)
    return byParts(image, (x) => blend(x, np.mean(grey(x), { axis: [-3, -2, -1], keepdims: true }), factor))
  },
)

/**
 * An image whose colours are as many times as far from their greys: 0 is without colour, 1 the same.
 * @param image […, height, width, 3], floats from 0 to 1, or bytes
 * @throws RangeError for a factor below 0; ShapeError for images without three channels
 * @example augment.adjustSaturation(np.array([[[1, 0, 0]]]), 0) // [[[0.2989, 0.2989, 0.2989]]]
 */
export const adjustSaturation = operation(
  'augment.adjustSaturation',
  {},
  (image: Tensor, factor: number | Tensor): Tensor => {
    checkColours('augment.adjustSaturation', image)
    checkFactor('augment.adjustSaturation', factor)
    return byParts(image, (x) => blend(x, grey(x), factor))
  },
)

/**
 * An image whose colours are turned on the wheel of hues: by −0.5 or 0.5 halfway, red to cyan.
 * @param image […, height, width, 3], floats from 0 to 1, or bytes  @param turn parts of the wheel, −0.5 … 0.5
 * @throws RangeError for another turn; ShapeError for images without three channels
 * @example augment.adjustHue(np.array([[[1, 0, 0]]]), 0.5) // [[[0, 1, 1]]]
 */
export const adjustHue = operation('augment.adjustHue', {}, (image: Tensor, turn: number | Tensor): Tensor => {
  checkColours('augment.adjustHue', image)
  if (typeof turn === 'number' && !(Math.abs(turn) <= 0.5))
    throw new RangeError(`augment.adjustHue: the turn is ${turn}, and has to be between −0.5 and 0.5.`)
  return byParts(image, (x) => {
    const [r, g, b] = channels(x)
    const most = np.maximum(np.maximum(r, g), b)
    const chroma = most.sub(np.minimum(np.minimum(r, g), b))
    const over = np.where(chroma.eq(0), 1, chroma)
    const sixths = np.where(
      most.eq(r),
      g.sub(b).div(over),
      np.where(most.eq(g), b.sub(r).div(over).add(2), r.sub(g).div(over).add(4)),
    )
    const turned = sixths.add(np.multiply(turn, 6))
    // Each channel is full over two sixths of the wheel, and rises and falls over one: red about 0, green about 2, blue about 4.
    const channel = (n: number): Tensor => {
      const k = np.mod(turned.add(n), 6)
      return most.sub(chroma.mul(np.clip(np.minimum(k, np.subtract(4, k)), 0, 1)))
    }
    return np.stack([channel(5), channel(3), channel(1)], { axis: -1 })
  })
})

export interface ColorJitterOptions {
  /** A range of factors, or how far they may be from 1: 0 unless said. */
  readonly brightness?: number | Range
  /** A range of factors, or how far they may be from 1: 0 unless said. */
  readonly contrast?: number | Range
  /** A range of factors, or how far they may be from 1: 0 unless said. */
  readonly saturation?: number | Range
  /** A range of turns of the wheel of hues within −0.5 … 0.5, or the largest to both sides: 0 unless said. */
  readonly hue?: number | Range
}

/**
 * Brightness, contrast, saturation and hue changed by chance, in this order: torchvision's ColorJitter, which also draws the order.
 * What is not asked for is not computed.
 * @throws RangeError for factors below 0, or turns beyond 0.5
 * @example
 * const jitter = augment.colorJitter({ brightness: 0.2, hue: [-0.1, 0.1] })
 * jitter(random.key(0), { image: np.full([4, 4, 3], 0.5) }).image.shape // [4, 4, 3]
 */
export const colorJitter = operation(
  'augment.colorJitter',
  { at: 0, names: ['brightness', 'contrast', 'saturation', 'hue'] },
  (options: ColorJitterOptions = {}): Augmentation => {
    const name = 'augment.colorJitter'
    const factors = (option: string, x: number | Range | undefined): Range | undefined =>
      x === undefined || x === 0
        ? undefined
        : checkRange(name, option, typeof x === 'number' ? [Math.max(0, 1 - x), 1 + x] : x, 0)
    const { hue } = options
    const turns =
      hue === undefined || hue === 0
        ? undefined
        : checkRange(name, 'hue', typeof hue === 'number' ? [-hue, hue] : hue, -0.5, 0.5)
    const changes = [
      { range: factors('brightness', options.brightness), change: adjustBrightness },
      { range: factors('contrast', options.contrast), change: adjustContrast },
      { range: factors('saturation', options.saturation), change: adjustSaturation },
      { range: turns, change: adjustHue },
    ]
    return stepped('colorJitter', (key, scene) => ({
      ...scene,
      image: changes.reduce(
        (image, { range, change }, i) =>
          range === undefined ? image : change(image, drawn(random.foldIn(key, i), range)),
        scene.image,
      ),
    }))
  },
)
