import { operation } from '@puregrad/core'
import { dataUrl } from './pixels.js'
import { at, element, label, picture, type Svg } from './svg.js'

/** Grey images with what a model took them for. */
export interface PredictedImages {
  /** `[count, height, width]` of `images`. */
  readonly shape: readonly [count: number, height: number, width: number]
  readonly images: Uint8Array
  readonly predicted: ArrayLike<number>
  readonly labels: ArrayLike<number>
}

export interface ImageSheetOptions {
  readonly title?: string
  /** Images in a row, by default 10. */
  readonly columns?: number
  /** Side of one image on the sheet, by default 56. */
  readonly cell?: number
  /** How to write a class, by default its number. */
  readonly nameOf?: (label: number) => string
}

const wrongColour = '#d55e00'
const rightColour = '#555'
const gap = 14
const caption = 20

/**
 * A sheet of images as an SVG file: under each what the model took it for; a wrong one is framed and tells what it is.
 * @param predictions images of unsigned bytes with predicted and true classes
 * @throws RangeError if images, predictions and labels are not equally many
 * @example
 * imageSheet({ shape: [1, 2, 2], images: Uint8Array.of(0, 90, 255, 9), predicted: [7], labels: [1] })
 * // an image with the caption '7, is 1' in a frame
 */
export const imageSheet = operation(
  'imageSheet',
  { at: 1, names: ['title', 'columns', 'cell', 'nameOf'] },
  (predictions: PredictedImages, options: ImageSheetOptions = {}): Svg => {
    const { shape, images, predicted, labels } = predictions
    const [count, height, width] = shape
    if (images.length !== count * height * width || predicted.length !== count || labels.length !== count)
      throw new RangeError(
        `imageSheet: shape [${shape}] needs ${count * height * width} pixels, ${count} predictions and ${count} labels, ` +
          `but there are ${images.length}, ${predicted.length} and ${labels.length}. Were all cut to the same number?`,
      )
    const { columns = 10, cell = 56, nameOf = String } = options
    const wrong = Array.from({ length: count }, (_, i) => predicted[i] !== labels[i]).filter(Boolean).length
    const { title = `${count} images, ${wrong} wrong` } = options
    const cellHeight = (cell * height) / width
    const cells = Array.from({ length: count }, (_, i) => {
      const [guess, truth] = [predicted[i] ?? 0, labels[i] ?? 0]
      const isWrong = guess !== truth
      const colour = isWrong ? wrongColour : rightColour
      const data = images.subarray(i * height * width, (i + 1) * height * width)
      return at(
        gap + (i % columns) * (cell + gap),
        40 + Math.floor(i / columns) * (cellHeight + caption + gap),
        element('image', {
          width: cell,
          height: cellHeight,
          preserveAspectRatio: 'none',
          style: 'image-rendering: pixelated',
          href: dataUrl({ data, width, height, channels: 1 }),
        }),
        ...(isWrong
          ? [
              element('rect', {
                x: -2,
                y: -2,
                width: cell + 4,
                height: cellHeight + 4,
                fill: 'none',
                stroke: colour,
                'stroke-width': 3,
              }),
            ]
          : []),
        label(isWrong ? `${nameOf(guess)}, is ${nameOf(truth)}` : nameOf(guess), cell / 2, cellHeight + 16, {
          'text-anchor': 'middle',
          fill: colour,
          ...(isWrong ? { 'font-weight': 600 } : {}),
        }),
      )
    })
    const rows = Math.ceil(count / columns)
    return picture(
      gap + columns * (cell + gap),
      40 + rows * (cellHeight + caption + gap),
      label(title, gap, 25, { 'font-size': 15, 'font-weight': 600 }),
      ...cells,
    )
  },
)
