import { operation, ShapeError, type Tensor } from '@puregrad/core'
import { colourOf } from './colours.js'
import { imageElement, type Pixels, pixelsOf } from './pixels.js'
import { type Cell, sheet } from './sheet.js'
import { at, element, label, type Svg } from './svg.js'

/** What is in an image: n things, each with whatever is known of it. */
export interface FoundThings {
  /** [n, 4], corners in pixels, x₁ y₁ x₂ y₂. */
  readonly boxes?: Tensor
  /** [n, height, width], what is above one half belongs to the thing. */
  readonly masks?: Tensor
  /** [n], classes, whole numbers. */
  readonly labels?: Tensor
  /** [n], how sure it is. */
  readonly scores?: Tensor
  /** bool [n], which of them count; all unless said. */
  readonly valid?: Tensor
}

/** An image with what a model found in it, and what there is. */
export interface DetectedImage extends FoundThings {
  /** [height, width], or that with 1 or 3 channels: floats from 0 to 1, or bytes. */
  readonly image: Tensor
  /** What there is in truth: its boxes are drawn dashed. */
  readonly truth?: FoundThings
  readonly caption?: string
}

export interface DetectionSheetOptions {
  readonly title?: string
  /** Images in a row, by default 4. */
  readonly columns?: number
  /** Width of one image on the sheet, by default 220. */
  readonly cell?: number
  /** How to write a class, by default its number. */
  readonly nameOf?: (label: number) => string
  /** Things with a lower score are left out; by default 0, which leaves all. */
  readonly minScore?: number
}

interface Thing {
  readonly index: number
  readonly colour: number
  readonly text: string
}

const name = 'detectionSheet'
const numbersOf = (x: Tensor): readonly number[] => Array.from(x.data() as unknown as ArrayLike<number>, Number)

/** The things that are drawn. @throws ShapeError unless all have as many */
const thingsOf = (found: FoundThings, nameOf: (label: number) => string, minScore: number): readonly Thing[] => {
  const given = Object.entries({
    boxes: found.boxes,
    masks: found.masks,
    labels: found.labels,
    scores: found.scores,
    valid: found.valid,
  })
  const counts = given.flatMap(([, x]) => (x === undefined ? [] : [x.shape[0]]))
  if (new Set(counts).size > 1)
    throw new ShapeError(
      `${name}: ${given.flatMap(([key, x]) => (x === undefined ? [] : [`${key} [${x.shape}]`])).join(', ')} have to be of equally many things.`,
    )
  const [labels, scores, valid] = [found.labels, found.scores, found.valid].map((x) => x && numbersOf(x))
  return Array.from({ length: counts[0] ?? 0 }, (_, index) => {
    const [kind, score] = [labels?.[index], scores?.[index]]
    const words = [kind === undefined ? [] : nameOf(kind), score === undefined ? [] : score.toFixed(2)].flat()
    return { index, colour: kind ?? index, text: words.join(' ') }
  }).filter(({ index }) => valid?.[index] !== 0 && (scores?.[index] ?? minScore) >= minScore)
}

/** All masks in one picture that lets the image shine through; later things lie over earlier ones. */
const overlay = (masks: Tensor, things: readonly Thing[], [height, width]: readonly [number, number]): Pixels => {
  if (masks.ndim !== 3 || masks.shape[1] !== height || masks.shape[2] !== width)
    throw new ShapeError(
      `${name}: masks are ${masks.dtype}[${masks.shape}], and have to be [n, ${height}, ${width}] as the image is.`,
    )
  const values = masks.data() as unknown as ArrayLike<number>
  const size = height * width
  const data = new Uint8Array(4 * size)
  for (const { index, colour } of things) {
    const hex = Number.parseInt(colourOf(colour).slice(1), 16)
    const rgba = [hex >> 16, (hex >> 8) & 255, hex & 255, 115]
    for (let i = 0; i < size; i++) if (Number(values[index * size + i]) > 0.5) data.set(rgba, 4 * i)
  }
  return { width, height, channels: 4, data }
}

const boxesOf = (
  boxes: Tensor,
  things: readonly Thing[],
  scale: number,
  width: number,
  isTruth: boolean,
): readonly Svg[] => {
  if (boxes.ndim !== 2 || boxes.shape[1] !== 4)
    throw new ShapeError(`${name}: boxes are ${boxes.dtype}[${boxes.shape}], and have to be [n, 4]: x₁ y₁ x₂ y₂.`)
  const numbers = numbersOf(boxes)
  const drawn = things.map(({ index, colour, text }) => {
    const corners = numbers.slice(4 * index, 4 * index + 4).map((n) => n * scale)
    const [x1, y1, x2, y2] = corners as [number, number, number, number]
    const stroke = isTruth ? '#fff' : colourOf(colour)
    const box = { x: x1, y: y1, width: Math.max(x2 - x1, 0), height: Math.max(y2 - y1, 0), fill: 'none' }
    if (isTruth)
      return {
        // White on a dark line is seen on any image.
        frame: [
          element('rect', { ...box, stroke: '#000', 'stroke-opacity': 0.5, 'stroke-width': 2 }),
          element('rect', { ...box, stroke, 'stroke-width': 1.25, 'stroke-dasharray': '4 3' }),
        ].join(''),
        sign: '',
      }
    const length = 6 * text.length + 6
    const sign = at(
      Math.max(0, Math.min(x1 - 1, width - length)),
      y1 >= 14 ? y1 - 14 : y1,
      element('rect', { width: length, height: 14, fill: stroke }),
      label(text, 3, 10.5, { fill: '#fff', 'font-size': 10 }),
    )
    return { frame: element('rect', { ...box, stroke, 'stroke-width': 2 }), sign: text === '' ? '' : sign }
  })
  // Frames first, so that they cross no words; the first things, which are usually the surest, lie on top.
  return [...drawn.map(({ frame }) => frame), ...drawn.map(({ sign }) => sign).reverse()]
}

/**
 * Images as an SVG file, with the boxes and masks that were found in them, their classes and scores, and with dashed boxes what there is.
 * @param images each with what was found; colours go by class, or by thing where there are no classes
 * @throws ShapeError for what does not fit its image, or is not of equally many things
 * @example
 * const found = { boxes: np.array([[1, 1, 5, 4]]), labels: np.array([2]), scores: np.array([0.9]) }
 * const truth = { boxes: np.array([[1, 0, 5, 4]]) }
 * const svg = detectionSheet([{ image: np.zeros([8, 8, 3]), ...found, truth }], { nameOf: (i) => ['cat', 'dog', 'cell'][i] ?? '' })
 */
export const detectionSheet = operation(
  name,
  { at: 1, names: ['title', 'columns', 'cell', 'nameOf', 'minScore'] },
  (images: readonly DetectedImage[], options: DetectionSheetOptions = {}): Svg => {
    const { columns = 4, cell = 220, nameOf = String, minScore = 0 } = options
    const { title = `${images.length} images` } = options
    const cells = images.map(({ image, truth, caption, ...found }): Cell => {
      const pixels = pixelsOf(name, image)
      const size = [pixels.height, pixels.width] as const
      const scale = cell / pixels.width
      const things = thingsOf(found, nameOf, minScore)
      const true_ = truth === undefined ? [] : thingsOf(truth, nameOf, Number.NEGATIVE_INFINITY)
      return {
        height: pixels.height * scale,
        ...(caption === undefined ? {} : { caption }),
        content: [
          imageElement(pixels, cell),
          ...(found.masks === undefined ? [] : [imageElement(overlay(found.masks, things, size), cell)]),
          ...(truth?.boxes === undefined ? [] : boxesOf(truth.boxes, true_, scale, cell, true)),
          ...(found.boxes === undefined ? [] : boxesOf(found.boxes, things, scale, cell, false)),
        ].join(''),
      }
    })
    return sheet(cells, title, columns, cell)
  },
)
