/** Contours of masks, and what lies near them. */
import { lax, np, operation, ShapeError, type Tensor } from '@puregrad/core'

/** @throws ShapeError unless these are images */
export const checkMasks = (name: string, masks: Tensor): void => {
  if (masks.ndim === 3) return
  throw new ShapeError(
    `${name}: masks are ${masks.dtype}[${masks.shape}], and have to be [batch, height, width]. Of one class in the last axis take np.squeeze(masks, -1).`,
  )
}

/**
 * The pixels of masks that have one beside, above or below them that is not set; what lies beyond the edges of the image is not.
 * @param masks [batch, height, width], of which everything but 0 counts  @returns bool of the same shape
 * @throws ShapeError for other ranks
 * @example boundaries(np.ones([1, 3, 3])).astype('int32').at(0).get() // [[1, 1, 1], [1, 0, 1], [1, 1, 1]]
 */
export const boundaries = operation('boundaries', {}, (masks: Tensor): Tensor => {
  checkMasks('boundaries', masks)
  const set = masks.ne(0)
  const [, height, width] = set.shape as readonly [number, number, number]
  const around = np.pad(set, [
    [0, 0],
    [1, 1],
    [1, 1],
  ])
  const moved = (down: number, right: number): Tensor =>
    around.slice({}, { start: down, stop: down + height }, { start: right, stop: right + width })
  const inside = [moved(0, 1), moved(2, 1), moved(1, 0), moved(1, 2)].reduce((a, b) => np.logicalAnd(a, b))
  return np.logicalAnd(set, np.logicalNot(inside))
})

/** The pixels no farther than the radius from one that is set: bool [batch, height, width]. */
export const near = (set: Tensor, radius: number): Tensor => {
  const reach = Math.floor(radius)
  const offsets = Array.from({ length: 2 * reach + 1 }, (_, i) => i - reach)
  const disc = offsets.map((y) => offsets.map((x) => (x * x + y * y <= radius * radius ? 1 : 0)))
  const size = offsets.length
  const kernel = np.array(disc, { dtype: 'float32' }).reshape([size, size, 1, 1])
  const sums = lax.convGeneralDilated(np.expandDims(set.astype('float32'), -1), kernel, [1, 1], 'SAME', {
    dimensionNumbers: ['NHWC', 'HWIO', 'NHWC'],
  })
  return np.squeeze(sums, -1).gt(0.5)
}
