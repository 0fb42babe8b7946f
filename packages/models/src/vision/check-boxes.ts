import { ShapeError, type Tensor } from '@puregrad/core'

/** @throws ShapeError unless the last axis has four numbers */
export const checkBoxes = (name: string, what: string, boxes: Tensor): void => {
  if (boxes.ndim >= 1 && boxes.shape.at(-1) === 4) return
  throw new ShapeError(
    `${name}: ${what} is ${boxes.dtype}[${boxes.shape}] and needs four numbers a box along its last axis. Did you mean ${what}.reshape([-1, 4])?`,
  )
}
