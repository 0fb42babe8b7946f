/** Regions of interest over a pyramid: each is looked at in the level that fits its size. */
import { np, operation, RangeError, ShapeError, type Tensor } from '@puregrad/core'
import { area } from '../vision/boxes.js'
import { checkBoxes } from '../vision/check-boxes.js'
import type { Size } from './anchors.js'

export interface MultiScaleRoiAlignOptions {
  /** [height, width] of the image that boxes are measured in. */
  readonly imageSize: Size
  /** Points a side in each cell of the grid: 2 unless said. */
  readonly samplingRatio?: number
  /** The side of a box that belongs to the canonical level: 224 unless said. */
  readonly canonicalScale?: number
  /** The level of stride 2 to the power of this, to which boxes of the canonical scale belong: 4 unless said. */
  readonly canonicalLevel?: number
}

interface Grid {
  /** Pixels of each map a pixel of the image. */
  readonly scales: readonly number[]
  readonly samplingRatio: number
}

const epsilon = 1e-6 // as torchvision's LevelMapper

/** The exponent of a feature map's stride, as the nearest power of two. */
const exponentOf = (features: Tensor, [height]: Size): number =>
  -Math.round(Math.log2(Math.fround((features.shape[0] as number) / height)))

const sidesOf = ({ shape }: Tensor): Size => [shape[0] as number, shape[1] as number]

/** Pixels along an axis that the points of each cell lie between, and how much of each: [n, cells, 2 · ratio] both. */
const pointsAlong = (low: Tensor, high: Tensor, pixels: Tensor, cells: number, ratio: number) => {
  const column = (x: Tensor): Tensor => x.reshape([-1, 1, 1])
  const cell = np.maximum(high.sub(low), 1).div(cells)
  const point = np.arange(ratio, { dtype: 'float32' }).add(0.5).div(ratio)
  const place = np.arange(cells, { dtype: 'float32' }).reshape([1, cells, 1]).add(point)
  const at = column(low).add(place.mul(column(cell)))
  const counts = np.logicalAnd(at.ge(-1), at.le(column(pixels)))
  const inside = np.clip(at, 0, column(pixels).sub(1))
  const below = np.floor(inside)
  const rest = inside.sub(below)
  const share = (x: Tensor): Tensor => np.where(counts, x, 0).div(ratio)
  return {
    index: np.concatenate([below, np.minimum(below.add(1), column(pixels).sub(1))], { axis: 2 }),
    weight: np.concatenate([share(np.subtract(1, rest)), share(rest)], { axis: 2 }),
  }
}

/**
 * `roiAlign` in the chosen level of each box, [n], by looking up the pixels around each point: products over whole maps, as of one
 * map, would take as long for each level, and room for a row of each map for each box.
 */
const lookUp = (
  features: readonly Tensor[],
  rois: Tensor,
  chosen: Tensor,
  [rows, columns]: Size,
  { scales, samplingRatio: ratio }: Grid,
): Tensor => {
  const sizes = features.map(sidesOf)
  const starts = sizes.map((_, i) => sizes.slice(0, i).reduce((sum, [h, w]) => sum + h * w, 0))
  const pixels = np.concatenate(features.map((level) => level.reshape([-1, level.shape[2] as number])))
  const ofLevel = (values: readonly number[]): Tensor =>
    np.take(np.array([...values], { dtype: 'float32' }), chosen.astype('int32'))
  const [height, width] = [ofLevel(sizes.map(([h]) => h)), ofLevel(sizes.map(([, w]) => w))]
  const [scale, start] = [ofLevel(scales), ofLevel(starts)]
  const side = (i: number): Tensor => np.take(rois, i, { axis: 1 }).mul(scale)
  const down = pointsAlong(side(1), side(3), height, rows, ratio)
  const across = pointsAlong(side(0), side(2), width, columns, ratio)
  const lines = down.index.mul(width.reshape([-1, 1, 1])).add(start.reshape([-1, 1, 1]))
  const nth = (x: Tensor, i: number, axis: 1 | 2): Tensor => np.expandDims(np.take(x, i, { axis: 2 }), 3 - axis)
  const around = Array.from({ length: 2 * ratio }, (_, i) => i)
  // One point after the other, so that no more than one value of each cell is held.
  return around
    .flatMap((a) => around.map((b) => [a, b] as const))
    .map(([a, b]) => {
      const at = nth(lines, a, 1)
        .add(nth(across.index, b, 2))
        .astype('int32')
      const weight = nth(down.weight, a, 1).mul(nth(across.weight, b, 2))
      return np.take(pixels, at, { axis: 0 }).mul(np.expandDims(weight, 3))
    })
    .reduce((sum, x) => sum.add(x))
}

const check = (features: readonly Tensor[], rois: Tensor, size: Size, samplingRatio: number): void => {
  checkBoxes('multiScaleRoiAlign', 'rois', rois)
  if (rois.ndim !== 2 || features.some(({ ndim }) => ndim !== 3))
    throw new ShapeError(
      `multiScaleRoiAlign: features [${features.map(({ shape }) => `[${shape}]`)}] and rois [${rois.shape}] have to be [height, width, channels] each and [n, 4]. For a batch of images, vmap it.`,
    )
  if (![...size, samplingRatio].every((n) => Number.isInteger(n) && n >= 1))
    throw new RangeError(
      `multiScaleRoiAlign: the size is [${size}] and samplingRatio ${samplingRatio}; they have to be whole numbers from 1 up.`,
    )
}

/**
 * `roiAlign` in that level of a pyramid which fits each box: torchvision's MultiScaleRoIAlign. Lin et al. 2017, equation 1.
 * @param features [height, width, channels] each, the finest first, with strides that are powers of two
 * @param rois [n, 4], corners in pixels of the image  @param size [rows, columns] of the grid
 * @returns [n, rows, columns, channels]
 * @throws ShapeError without feature maps, or for other ranks
 * @example
 * const pyramid = [np.ones([16, 16, 3]), np.ones([8, 8, 3]).mul(2)]
 * const rois = np.array([[0, 0, 20, 20], [0, 0, 60, 60]])
 * const seen = multiScaleRoiAlign(pyramid, rois, [2, 2], { imageSize: [64, 64], canonicalScale: 16, canonicalLevel: 2 })
 * np.max(seen, { axis: [1, 2, 3] }) // [1, 2]
 */
export const multiScaleRoiAlign = operation(
  'multiScaleRoiAlign',
  { at: 3, names: ['imageSize', 'samplingRatio', 'canonicalScale', 'canonicalLevel'] },
  (features: readonly Tensor[], rois: Tensor, size: Size, options: MultiScaleRoiAlignOptions): Tensor => {
    const { imageSize, samplingRatio = 2, canonicalScale = 224, canonicalLevel = 4 } = options
    const exponents = features.map((level) => exponentOf(level, imageSize))
    const [lowest, highest] = [exponents[0], exponents.at(-1)]
    if (lowest === undefined || highest === undefined)
      throw new ShapeError('multiScaleRoiAlign: there are no feature maps. Give one at least.')
    check(features, rois, size, samplingRatio)
    const side = np.sqrt(np.maximum(area(rois), 0))
    const wanted = np.floor(np.log2(side.div(canonicalScale)).add(canonicalLevel + epsilon))
    const chosen = np.clip(wanted, lowest, highest).sub(lowest)
    return lookUp(features, rois, chosen, size, { scales: exponents.map((n) => 2 ** -n), samplingRatio })
  },
)
