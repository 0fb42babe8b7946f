/** Masks of instances: small ones that go with boxes, and whole ones that go with images. */
import { np, operation, ShapeError, type Tensor, vmap } from '@puregrad/core'
import { checkBoxes } from '../vision/check-boxes.js'
import { roiAlign } from '../vision/roi.js'
import type { Size } from './anchors.js'

const check = (name: string, masks: Tensor, boxes: Tensor): void => {
  checkBoxes(name, 'boxes', boxes)
  if (masks.ndim !== 3 || boxes.ndim !== 2 || masks.shape[0] !== boxes.shape[0])
    throw new ShapeError(
      `${name}: masks ${masks.dtype}[${masks.shape}] and boxes ${boxes.dtype}[${boxes.shape}] have to be [n, height, width] and [n, 4]. For a batch of images, vmap it.`,
    )
}

/**
 * What lies of each mask under its box, on a grid: what a mask head should have said. torchvision's project_masks_on_boxes.
 * @param masks [n, height, width], 1 where the thing is  @param boxes [n, 4], corners in pixels of the masks
 * @param side of the grid  @returns [n, side, side], from 0 to 1
 * @throws ShapeError for other ranks, or unless there is a box for each mask
 * @example
 * const mask = np.concatenate([np.ones([1, 4, 8]), np.zeros([1, 4, 8])], { axis: 1 })
 * masksOnBoxes(mask, np.array([[0, 0, 8, 8]]), 2) // [[[0.875, 0.875], [0, 0]]]
 */
export const masksOnBoxes = operation('masksOnBoxes', {}, (masks: Tensor, boxes: Tensor, side: number): Tensor => {
  check('masksOnBoxes', masks, boxes)
  const one = (mask: Tensor, box: Tensor): Tensor =>
    roiAlign(np.expandDims(mask.astype(boxes.dtype), 2), np.expandDims(box, 0), [side, side])
  return vmap(one)(masks, boxes).reshape([-1, side, side])
})

const padding = 1 // as torchvision's paste_masks_in_image

/** The weights of a mask's rows, or columns, in the pixels of an image's axis, [n, pixels, side]. */
const pasteWeights = (low: Tensor, high: Tensor, side: number, pixels: number): Tensor => {
  const padded = side + 2 * padding
  const [middle, half] = [
    low.add(high).mul(0.5),
    high
      .sub(low)
      .mul(0.5)
      .mul(padded / side),
  ]
  const [first, last] = [np.trunc(middle.sub(half)), np.trunc(middle.add(half))].map((x) => x.reshape([-1, 1, 1])) as [
    Tensor,
    Tensor,
  ]
  const length = np.maximum(last.sub(first).add(1), 1)
  const place = np.arange(pixels, { dtype: low.dtype }).reshape([1, pixels, 1]).sub(first)
  const inside = np.logicalAnd(place.ge(0), place.lt(length))
  // Lines between the middles of pixels, as torch's interpolate; the ends of the padded mask are held.
  const at = np.clip(place.add(0.5).mul(length.pow(-1).mul(padded)).sub(0.5), 0, padded - 1)
  const hat = np.maximum(np.subtract(1, np.abs(at.sub(np.arange(side, { dtype: low.dtype }).add(padding)))), 0)
  return np.where(inside, hat, 0)
}

/**
 * Masks at their places in an image, 0 elsewhere: torchvision's paste_masks_in_image, by static sizes.
 * @param masks [n, side, side], from 0 to 1  @param boxes [n, 4], corners in pixels of the image  @param size [height, width] of the image
 * @returns [n, height, width]
 * @throws ShapeError for other ranks, or unless there is a box for each mask
 * @example pasteMasks(np.ones([1, 4, 4]), np.array([[1, 1, 3, 3]]), [4, 5]).slice(0).gt(0.5) // [[false, false, false, false, false], [false, true, true, false, false], [false, true, true, false, false], [false, false, false, false, false]]
 */
export const pasteMasks = operation('pasteMasks', {}, (masks: Tensor, boxes: Tensor, [height, width]: Size): Tensor => {
  check('pasteMasks', masks, boxes)
  const [, rows, columns] = masks.shape as readonly [number, number, number]
  const side = (i: number): Tensor => np.take(boxes, i, { axis: 1 })
  const down = pasteWeights(side(1), side(3), rows, height)
  const across = pasteWeights(side(0), side(2), columns, width)
  return np.einsum('nhp,npq,nwq->nhw', down, masks, across)
})
