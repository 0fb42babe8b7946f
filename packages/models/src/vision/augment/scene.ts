/** What is augmented together: an image, and all that lies at places in it. */
import { ArgumentError, DTypeError, np, type Shape, ShapeError, type Tensor } from '@puregrad/core'
import { checkBoxes } from '../check-boxes.js'

/**
 * An image with what is known of it. A pixel is a square: that of row y and column x reaches from (x, y) to (x + 1, y + 1), and boxes and
 * keypoints are places between 0 and width or height. What else there is, such as labels, stays as it is.
 */
export interface Scene {
  /** [height, width, channels], floats, usually from 0 to 1, or bytes. */
  readonly image: Tensor
  /** [n, 4], corners, x₁ y₁ x₂ y₂. */
  readonly boxes?: Tensor
  /** bool [n], which of the boxes count. Needed with boxes, since sizes are static and boxes leave the image. */
  readonly valid?: Tensor
  /** […, height, width], one mask, or one an object. */
  readonly masks?: Tensor
  /** […, 2], x and y. */
  readonly keypoints?: Tensor
  /** bool […], which of the keypoints are seen. Needed with keypoints. */
  readonly visible?: Tensor
}

export type ImageSize = readonly [height: number, width: number]

/** How places and pixels move, and whatever of a scene with them. */
export interface Movement {
  /** Of the result. */
  readonly size: ImageSize
  /** Pixels of a tensor whose rows and columns are axes `at` and `at + 1`. Masks are never mixed. */
  readonly pixels: (x: Tensor, at: number, kind: 'image' | 'mask') => Tensor
  /** Places […, 2]. */
  readonly places: (xy: Tensor) => Tensor
  /** x₁ y₁ x₂ y₂ of the part of the result in which things count: all of it unless said. */
  readonly window?: Tensor
  /** The least part of a box's area that has to stay in the image for it to count: all with any area count unless said. */
  readonly minVisible?: number
}

const show = (x: Tensor): string => `${x.dtype}[${x.shape}]`
const sameShape = (a: Shape, b: Shape): boolean => a.length === b.length && a.every((n, i) => n === b[i])

/** @throws ShapeError or ArgumentError for what does not belong together */
export const checkScene = (name: string, scene: Scene): void => {
  const { image, boxes, valid, masks, keypoints, visible } = scene
  if (image === undefined) throw new ArgumentError(`${name}: the scene has no image. It is a record { image, … }.`)
  if (image.ndim !== 3)
    throw new ShapeError(
      `${name}: the image is ${show(image)}, and has to be [height, width, channels]. For a batch of scenes there is augment.batch.`,
    )
  const together = (what: string, mask: string, places: Tensor | undefined, counts: Tensor | undefined): void => {
    if ((places === undefined) !== (counts === undefined))
      throw new ArgumentError(
        `${name}: a scene has ${what} and ${mask} or neither, since ${what} may leave the image. ` +
          `If all count, ${mask} is np.ones(${what}.shape.slice(0, -1), { dtype: 'bool' }).`,
      )
    if (places !== undefined && counts !== undefined && !sameShape(places.shape.slice(0, -1), counts.shape))
      throw new ShapeError(
        `${name}: ${mask} is ${show(counts)} for ${what} ${show(places)}, and has to have one value for each.`,
      )
  }
  together('boxes', 'valid', boxes, valid)
  together('keypoints', 'visible', keypoints, visible)
  if (boxes !== undefined) checkBoxes(name, 'boxes', boxes)
  if (keypoints !== undefined && keypoints.shape.at(-1) !== 2)
    throw new ShapeError(`${name}: keypoints are ${show(keypoints)}, and have to be […, 2]: x and y.`)
  for (const [what, places] of Object.entries({ boxes, keypoints }))
    if (places !== undefined && !/^float|^bfloat/.test(places.dtype))
      throw new DTypeError(
        `${name}: ${what} are ${show(places)}, and have to be floats. Convert them: ${what}.astype('float32').`,
      )
  if (masks !== undefined && !sameShape(masks.shape.slice(-2), image.shape.slice(0, 2)))
    throw new ShapeError(
      `${name}: masks are ${show(masks)} for the image ${show(image)}, and have to be […, ${image.shape.slice(0, 2).join(', ')}].`,
    )
}

export const sizeOf = ({ image }: Scene): ImageSize => image.shape.slice(0, 2) as unknown as ImageSize

/** The four numbers of boxes, or the two of places, each without the last axis. */
export const parts = (x: Tensor): readonly Tensor[] =>
  Array.from({ length: x.shape.at(-1) as number }, (_, i) => np.take(x, i, { axis: -1 }))

/** The smallest upright boxes around the moved corners of these. */
const hull = (boxes: Tensor, places: Movement['places']): Tensor => {
  const [x1, y1, x2, y2] = parts(boxes) as [Tensor, Tensor, Tensor, Tensor]
  const corners = [
    [x1, y1],
    [x2, y1],
    [x1, y2],
    [x2, y2],
  ].map((corner) => np.stack(corner, { axis: -1 }))
  const moved = places(np.stack(corners, { axis: -2 }))
  return np.concatenate([np.min(moved, { axis: -2 }), np.max(moved, { axis: -2 })], { axis: -1 })
}

const areaOf = (boxes: Tensor): Tensor => {
  const [x1, y1, x2, y2] = parts(boxes) as [Tensor, Tensor, Tensor, Tensor]
  return x2.sub(x1).mul(y2.sub(y1))
}

/** The scene after a movement: boxes are those around their moved corners, cut at the edges, and count if enough of them is left. */
export const moved = <S extends Scene>(scene: S, { size, pixels, places, window, minVisible = 0 }: Movement): S => {
  const { image, boxes, valid, masks, keypoints, visible } = scene
  const limits = window ?? np.array([0, 0, size[1], size[0]])
  const [low, high] = [np.tile(limits.slice({ stop: 2 }), 2), np.tile(limits.slice({ start: 2 }), 2)]
  const withBoxes = (b: Tensor, counts: Tensor) => {
    const whole = hull(b, places)
    const inside = np.minimum(np.maximum(whole, low.astype(b.dtype)), high.astype(b.dtype))
    const area = areaOf(inside)
    const enough = np.logicalAnd(area.gt(0), area.ge(areaOf(whole).mul(minVisible)))
    const stay = np.logicalAnd(counts, enough)
    return { boxes: np.where(np.expandDims(stay, -1), inside, 0), valid: stay }
  }
  const withPoints = (points: Tensor, seen: Tensor) => {
    const to = places(points)
    const inside = np.logicalAnd(to.ge(limits.slice({ stop: 2 })), to.le(limits.slice({ start: 2 })))
    return { keypoints: to, visible: np.logicalAnd(seen, np.all(inside, { axis: -1 })) }
  }
  return {
    ...scene,
    image: pixels(image, 0, 'image'),
    ...(boxes !== undefined && valid !== undefined ? withBoxes(boxes, valid) : {}),
    ...(masks !== undefined ? { masks: pixels(masks, masks.ndim - 2, 'mask') } : {}),
    ...(keypoints !== undefined && visible !== undefined ? withPoints(keypoints, visible) : {}),
  }
}

/** A function of floats for bytes too, which are rounded and held between 0 and 255. */
export const throughFloats = (x: Tensor, f: (floats: Tensor) => Tensor): Tensor =>
  x.dtype === 'uint8' ? np.clip(np.round(f(x.astype('float32'))), 0, 255).astype('uint8') : f(x)
