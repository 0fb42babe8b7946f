/** Regions of interest: what lies under a box of an image, or of its features, on a grid of one size. */
import { map, np, operation, RangeError, type Shape, ShapeError, type Tensor } from '@puregrad/core'
import { checkBoxes } from './check-boxes.js'

const check = (name: string, features: Tensor, rois: Tensor, size: Shape): void => {
  checkBoxes(name, 'rois', rois)
  if (features.ndim !== 3 || rois.ndim !== 2)
    throw new ShapeError(
      `${name}: features ${features.dtype}[${features.shape}] and rois ${rois.dtype}[${rois.shape}] have to be [height, width, channels] and [n, 4]. ` +
        'For a batch of images, vmap it.',
    )
  if (size.length !== 2 || !size.every((n) => Number.isInteger(n) && n >= 1))
    throw new RangeError(`${name}: the size is [${size}], and has to be two whole numbers from 1 up.`)
}

export interface RoiAlignOptions {
  /** Pixels of the features a pixel of the boxes: 1 unless said; 1 / 16 for features of a sixteenth of the image's size. */
  readonly spatialScale?: number
  /**
   * Points a side in each cell of the grid, over which it is the mean. Unless said, or with −1, as many as there are pixels in a
   * cell: ⌈side of the box / side of the grid⌉, counted for boxes up to the size of the features.
   */
  readonly samplingRatio?: number
  /** Whether the middle of the first pixel is 0.5, and not 0: false unless said, as in torchvision. */
  readonly aligned?: boolean
}

/**
 * The weight of every pixel of one axis in every cell of the grid along it, [n, cells, pixels]: the mean over the cell's points of
 * linear interpolation. A product of these for both axes is bilinear interpolation, as two small matrix products.
 */
const weightsAlong = (low: Tensor, high: Tensor, cells: number, pixels: number, options: RoiAlignOptions): Tensor => {
  const { samplingRatio = -1, aligned = false } = options
  const length = aligned ? high.sub(low) : np.maximum(high.sub(low), 1)
  const cell = length.div(cells)
  const most = samplingRatio > 0 ? samplingRatio : Math.ceil(pixels / cells)
  const count = samplingRatio > 0 ? np.fullLike(cell, samplingRatio) : np.clip(np.ceil(cell), 0, most)
  const column = (x: Tensor): Tensor => x.reshape([-1, 1, 1])
  const point = np.arange(most, { dtype: low.dtype }).reshape([1, 1, most])
  const index = np.arange(cells, { dtype: low.dtype }).reshape([1, cells, 1])
  const at = column(low).add(index.add(point.add(0.5).div(np.maximum(column(count), 1))).mul(column(cell)))
  // Points up to one pixel outside are those of the edge; further ones, and those beyond the count, are nothing.
  const counts = np.logicalAnd(np.logicalAnd(at.ge(-1), at.le(pixels)), point.lt(column(count)))
  const inside = np.expandDims(np.clip(at, 0, pixels - 1), -1)
  const hat = np.maximum(np.subtract(1, np.abs(inside.sub(np.arange(pixels, { dtype: low.dtype })))), 0)
  const sum = np.sum(np.where(np.expandDims(counts, -1), hat, 0), { axis: 2 })
  return sum.div(np.maximum(column(count), 1))
}

/**
 * What lies under each box, on a grid of one size, by bilinear interpolation: torchvision.ops.roi_align, differentiable in the
 * features and the boxes. He et al. 2017.
 * @param features [height, width, channels]  @param rois [n, 4], corners in pixels of the image  @param size [rows, columns] of the grid
 * @returns [n, rows, columns, channels]
 * @throws ShapeError for other ranks; RangeError for sizes and ratios that are no whole numbers
 * @example roiAlign(np.ones([8, 8, 3]), np.array([[0, 0, 4, 4], [2, 2, 8, 8]]), [2, 2], { samplingRatio: 2 }).shape // [2, 2, 2, 3]
 */
export const roiAlign = operation(
  'roiAlign',
  { at: 3, names: ['spatialScale', 'samplingRatio', 'aligned'] },
  (features: Tensor, rois: Tensor, size: readonly [number, number], options: RoiAlignOptions = {}): Tensor => {
    check('roiAlign', features, rois, size)
    const { spatialScale = 1, samplingRatio = -1, aligned = false } = options
    if (!Number.isInteger(samplingRatio) || samplingRatio < -1)
      throw new RangeError(`roiAlign: samplingRatio is ${samplingRatio}, and has to be a whole number, or −1.`)
    const [height, width] = features.shape as readonly [number, number]
    const scaled = rois.mul(spatialScale).sub(aligned ? 0.5 : 0)
    const side = (i: number): Tensor => np.take(scaled, i, { axis: 1 })
    const rows = weightsAlong(side(1), side(3), size[0], height, options)
    const columns = weightsAlong(side(0), side(2), size[1], width, options)
    return np.einsum('nph,nqw,hwc->npqc', rows, columns, features)
  },
)

export interface RoiPoolOptions {
  /** Pixels of the features a pixel of the boxes: 1 unless said. */
  readonly spatialScale?: number
}

/** Which pixels of an axis belong to which cell of the grid along it, [n, cells, pixels]: cells may share pixels, or have none. */
const membersAlong = (low: Tensor, high: Tensor, cells: number, pixels: number): Tensor => {
  const length = np.maximum(high.sub(low).add(1), 1)
  const cell = length.div(cells).reshape([-1, 1])
  const index = np.arange(cells, { dtype: low.dtype }).reshape([1, cells])
  const from = np.clip(np.floor(index.mul(cell)).add(low.reshape([-1, 1])), 0, pixels)
  const to = np.clip(np.ceil(index.add(1).mul(cell)).add(low.reshape([-1, 1])), 0, pixels)
  const pixel = np.arange(pixels, { dtype: low.dtype })
  return np.logicalAnd(pixel.ge(np.expandDims(from, -1)), pixel.lt(np.expandDims(to, -1)))
}

/**
 * The largest value under each cell of a grid over each box, whose corners are rounded to pixels: torchvision.ops.roi_pool; 0 for
 * cells without pixels. Girshick 2015.
 * @param features [height, width, channels]  @param rois [n, 4], corners in pixels of the image  @param size [rows, columns] of the grid
 * @returns [n, rows, columns, channels]
 * @throws ShapeError for other ranks; RangeError for sizes that are no whole numbers
 * @example roiPool(np.arange(16).astype('float32').reshape([4, 4, 1]), np.array([[0, 0, 3, 3]]), [2, 2]).reshape([2, 2]) // [[5, 7], [13, 15]]
 */
export const roiPool = operation(
  'roiPool',
  { at: 3, names: ['spatialScale'] },
  (
    features: Tensor,
    rois: Tensor,
    size: readonly [number, number],
    { spatialScale = 1 }: RoiPoolOptions = {},
  ): Tensor => {
    check('roiPool', features, rois, size)
    const [height, width] = features.shape as readonly [number, number]
    const scaled = rois.mul(spatialScale)
    // Halves away from zero, as C's round.
    const rounded = np.sign(scaled).mul(np.floor(np.abs(scaled).add(0.5)))
    const side = (i: number): Tensor => np.take(rounded, i, { axis: 1 })
    const rows = membersAlong(side(1), side(3), size[0], height)
    const columns = membersAlong(side(0), side(2), size[1], width)
    const none = Number.NEGATIVE_INFINITY
    return map(
      ([inRow, inColumn]: readonly [Tensor, Tensor]) => {
        const down = np.max(np.where(inRow.reshape([size[0], height, 1, 1]), features, none), { axis: 1 })
        const both = np.max(np.where(inColumn.reshape([1, size[1], width, 1]), np.expandDims(down, 1), none), {
          axis: 2,
        })
        return np.where(both.eq(none), 0, both)
      },
      [rows, columns] as const,
    )
  },
)
