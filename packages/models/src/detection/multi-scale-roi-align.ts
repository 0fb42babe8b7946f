/** Regions of interest over a pyramid: each is looked at in the level that fits its size. */
import { np, operation, ShapeError, type Tensor } from '@puregrad/core'
import { area } from '../vision/boxes.js'
import { roiAlign } from '../vision/roi.js'
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

const epsilon = 1e-6 // as torchvision's LevelMapper

/** The exponent of a feature map's stride, as the nearest power of two. */
const exponentOf = (features: Tensor, [height]: Size): number =>
  -Math.round(Math.log2(Math.fround((features.shape[0] as number) / height)))

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
  (
    features: readonly Tensor[],
    rois: Tensor,
    size: readonly [number, number],
    { imageSize, samplingRatio = 2, canonicalScale = 224, canonicalLevel = 4 }: MultiScaleRoiAlignOptions,
  ): Tensor => {
    const exponents = features.map((level) => exponentOf(level, imageSize))
    const [lowest, highest] = [exponents[0], exponents.at(-1)]
    if (lowest === undefined || highest === undefined)
      throw new ShapeError('multiScaleRoiAlign: there are no feature maps. Give one at least.')
    const look = (level: Tensor, i: number): Tensor =>
      roiAlign(level, rois, size, { spatialScale: 2 ** -(exponents[i] as number), samplingRatio })
    if (features.length === 1) return look(features[0] as Tensor, 0)
    const side = np.sqrt(np.maximum(area(rois), 0))
    const wanted = np.floor(np.log2(side.div(canonicalScale)).add(canonicalLevel + epsilon))
    const chosen = np.clip(wanted, lowest, highest).sub(lowest).reshape([-1, 1, 1, 1])
    return features.map(look).reduce((found, seen, i) => np.where(chosen.eq(i), seen, found))
  },
)
