import { operation, ShapeError, type Tensor } from '@puregrad/core'
import { imageElement, type Pixels } from './pixels.js'
import { sheet } from './sheet.js'
import type { Svg } from './svg.js'

export interface FeatureSheetOptions {
  readonly title?: string
  /** Pictures in a row, by default 8. */
  readonly columns?: number
  /** Width of one picture, by default 64. */
  readonly cell?: number
  /** How many are drawn at most, by default 64. */
  readonly limit?: number
  /** Whether each goes from its own least to its own largest value, or 'all' from those of all: 'each' unless said. */
  readonly scale?: 'each' | 'all'
}

/** Values [height, width] as grey pixels, black for the least. */
const grey = (
  values: readonly number[],
  [height, width]: readonly [number, number],
  low: number,
  high: number,
): Pixels => ({
  width,
  height,
  channels: 1,
  data: Uint8Array.from(values, (x) => (high > low ? Math.round((255 * (x - low)) / (high - low)) : 0)),
})

const least = (values: readonly number[]): number => values.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY)
const largest = (values: readonly number[]): number => values.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY)

/**
 * What a layer makes of one image, as an SVG file: a grey picture for each channel, black where it is least and white where it is largest.
 * @param features [height, width, channels], such as `features(model, { at: 'layer1' })` gives, of one image
 * @throws ShapeError for another rank
 * @example
 * const svg = featureSheet(np.arange(32).reshape([4, 4, 2]), { title: 'layer1' })
 */
export const featureSheet = operation(
  'featureSheet',
  { at: 1, names: ['title', 'columns', 'cell', 'limit', 'scale'] },
  (features: Tensor, options: FeatureSheetOptions = {}): Svg => {
    const { columns = 8, cell = 64, limit = 64, scale = 'each' } = options
    if (features.ndim !== 3)
      throw new ShapeError(
        `featureSheet: features are ${features.dtype}[${features.shape}], and have to be [height, width, channels]. Take one image of a batch: features.slice(0).`,
      )
    const [height, width, channels] = features.shape as readonly [number, number, number]
    const { title = `${channels} channels of ${height} × ${width}` } = options
    const values = Array.from(features.data() as unknown as ArrayLike<number>, Number)
    const maps = Array.from({ length: Math.min(channels, limit) }, (_, c) =>
      values.filter((__, i) => i % channels === c),
    )
    const shared = maps.flat()
    const cells = maps.map((map) => {
      const range = scale === 'each' ? map : shared
      const pixels = grey(map, [height, width], least(range), largest(range))
      return { content: imageElement(pixels, cell), height: (cell * height) / width }
    })
    return sheet(cells, title, columns, cell)
  },
)

export interface FilterSheetOptions {
  readonly title?: string
  /** Pictures in a row, by default 8. */
  readonly columns?: number
  /** Width of one picture, by default 48. */
  readonly cell?: number
  /** How many are drawn at most, by default 64. */
  readonly limit?: number
}

// White at zero, and the ends of Okabe & Ito's blue and orange.
const [negative, positive] = [
  [0, 114, 178],
  [213, 94, 0],
] as const

/** The weights of one picture as pixels: colours about a middle grey for three channels, orange above zero and blue below for one. */
const weightPixels = (
  weights: readonly number[],
  [height, width]: readonly [number, number],
  isColour: boolean,
): Pixels => {
  const most = largest(weights.map(Math.abs)) || 1
  const shade = (x: number): readonly number[] =>
    (x < 0 ? negative : positive).map((end) => Math.round(255 + (end - 255) * Math.abs(x)))
  const data = isColour
    ? Uint8Array.from(weights, (x) => Math.round(127.5 * (1 + x / most)))
    : Uint8Array.from(weights.flatMap((x) => shade(x / most)))
  return { width, height, channels: 3, data }
}

/**
 * The filters of a convolution as an SVG file. Those over three channels are in colour, grey where they are zero; any other is a picture
 * for each input of each output, orange above zero and blue below. Each picture goes as far as its largest weight.
 * @param kernel [height, width, inputs, outputs], as `conv2d` has it
 * @throws ShapeError for another rank
 * @example
 * const svg = filterSheet(random.normal(random.key(0), [3, 3, 3, 16]), { title: 'First layer' })
 */
export const filterSheet = operation(
  'filterSheet',
  { at: 1, names: ['title', 'columns', 'cell', 'limit'] },
  (kernel: Tensor, options: FilterSheetOptions = {}): Svg => {
    const { columns = 8, cell = 48, limit = 64 } = options
    if (kernel.ndim !== 4)
      throw new ShapeError(
        `filterSheet: the kernel is ${kernel.dtype}[${kernel.shape}], and has to be [height, width, inputs, outputs]. It is params.kernel of a conv2d.`,
      )
    const [height, width, inputs, outputs] = kernel.shape as readonly [number, number, number, number]
    const { title = `${outputs} filters of ${height} × ${width} over ${inputs}` } = options
    const values = kernel.data() as unknown as ArrayLike<number>
    const isColour = inputs === 3
    const places = Array.from({ length: height * width }, (_, p) => p)
    const weight = (place: number, input: number, output: number): number =>
      Number(values[(place * inputs + input) * outputs + output])
    const count = Math.min(limit, isColour ? outputs : inputs * outputs)
    const cells = Array.from({ length: count }, (_, i) => {
      const weights = isColour
        ? places.flatMap((p) => [0, 1, 2].map((c) => weight(p, c, i)))
        : places.map((p) => weight(p, i % inputs, Math.floor(i / inputs)))
      const pixels = weightPixels(weights, [height, width], isColour)
      return { content: imageElement(pixels, cell), height: (cell * height) / width }
    })
    return sheet(cells, title, columns, cell)
  },
)
