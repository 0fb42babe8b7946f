/** What detectors find, and what they are told is there: batches of static size, in which masks say what counts. */
import { ArgumentError, ShapeError, Tensor } from '@puregrad/core'

/** What is there, for training. Images with fewer things than others are filled up with whatever `valid` leaves out. */
export interface Targets {
  /** [batch, m, 4], corners, in pixels of the image. */
  readonly boxes: Tensor
  /** Integers [batch, m], from 1 up: 0 is background. */
  readonly labels: Tensor
  /** bool [batch, m]. */
  readonly valid: Tensor
}

/** What there is with its shapes. */
export interface MaskTargets extends Targets {
  /** [batch, m, height, width], 1 where the thing is, 0 elsewhere. */
  readonly masks: Tensor
}

/** What was found, the surest first. */
export interface Detections {
  /** [batch, n, 4], corners, in pixels of the image. */
  readonly boxes: Tensor
  /** [batch, n], probabilities, 0 where there is nothing more. */
  readonly scores: Tensor
  /** int32 [batch, n]. */
  readonly labels: Tensor
  /** bool [batch, n]. */
  readonly valid: Tensor
}

export interface MaskDetections extends Detections {
  /** [batch, n, height, width], from 0 to 1: how sure each pixel of the image is of the thing. */
  readonly masks: Tensor
}

/** @throws ArgumentError for targets that are none; ShapeError unless they have one number of things, and one of images */
export const checkTargets = (
  operation: string,
  images: Tensor,
  targets: Partial<MaskTargets>,
  masks: boolean,
): void => {
  const names = masks ? (['boxes', 'labels', 'valid', 'masks'] as const) : (['boxes', 'labels', 'valid'] as const)
  for (const name of names)
    if (!(targets?.[name] instanceof Tensor))
      throw new ArgumentError(`${operation}: targets have no ${name}. They are { ${names.join(', ')} }, tensors each.`)
  const { boxes, labels, valid } = targets as Targets
  const things = boxes.shape.slice(0, 2)
  const [batch, height, width] = images.shape
  const fits =
    boxes.ndim === 3 &&
    boxes.shape[2] === 4 &&
    boxes.shape[0] === batch &&
    (boxes.shape[1] as number) > 0 &&
    String(labels.shape) === String(things) &&
    String(valid.shape) === String(things) &&
    (!masks || String(targets.masks?.shape) === String([...things, height, width]))
  if (fits) return
  const found = names.map((name) => `${name} [${targets[name]?.shape}]`).join(', ')
  throw new ShapeError(
    `${operation}: for images [${images.shape}], targets are boxes [${batch}, m, 4], labels and valid [${batch}, m]${masks ? `, masks [${batch}, m, ${height}, ${width}]` : ''} with m ≥ 1; these are ${found}.`,
  )
}
