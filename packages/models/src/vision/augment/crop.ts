import {
  ArgumentError,
  lax,
  np,
  operation,
  RangeError,
  random,
  type Shape,
  ShapeError,
  type Tensor,
} from '@puregrad/core'
import { type Augmentation, stepped } from './chain.js'
import { type ImageSize, moved, type Scene, sizeOf } from './scene.js'

export const checkSize = (name: string, size: Shape): void => {
  if (!(Array.isArray(size) && size.length === 2 && size.every((n) => Number.isInteger(n) && n >= 1)))
    throw new RangeError(`${name}: the size is [${size}], and has to be [height, width], two whole numbers from 1 up.`)
}

export const checkMinVisible = (name: string, minVisible: number): void => {
  if (!(minVisible >= 0 && minVisible <= 1))
    throw new RangeError(`${name}: minVisible is ${minVisible}, and has to be between 0 and 1.`)
}

/** Places by as much as x and y say, which may be traced. */
export const shifted = (xy: Tensor, x: Tensor | number, y: Tensor | number): Tensor => {
  const by = np.stack([np.array(x), np.array(y)] as never).astype(xy.dtype)
  return xy.add(by)
}

export interface CropOptions {
  /** Whether the part lies anywhere ('random') or in the middle ('centre', halves rounded as torchvision does): 'random' unless said. */
  readonly place?: 'random' | 'centre'
  /** The least part of a box's area that has to be left for it to count: any unless said. */
  readonly minVisible?: number
}

/**
 * A part of this size of each scene. Boxes are cut at its edges, and those that are outside count no longer.
 * @param size [height, width] of the part
 * @throws RangeError for no size; ShapeError, when called, for scenes that are smaller: `pad` comes before
 * @example
 * const image = np.arange(16).reshape([4, 4, 1])
 * const middle = augment.crop([2, 2], { place: 'centre' })(random.key(0), { image })
 * middle.image.reshape([2, 2]) // [[5, 6], [9, 10]]
 */
export const crop = operation(
  'augment.crop',
  { at: 1, names: ['place', 'minVisible'] },
  (size: ImageSize, { place = 'random', minVisible = 0 }: CropOptions = {}): Augmentation => {
    checkSize('augment.crop', size)
    checkMinVisible('augment.crop', minVisible)
    if (place !== 'random' && place !== 'centre')
      throw new ArgumentError(`augment.crop: the place is '${place}', and has to be 'random' or 'centre'.`)
    const [height, width] = size
    return stepped('crop', <S extends Scene>(key: Tensor, scene: S): S => {
      const [h, w] = sizeOf(scene)
      if (h < height || w < width)
        throw new ShapeError(
          `augment.crop: the image is [${h}, ${w}], smaller than the part [${size}]. Let augment.pad or augment.resize come before.`,
        )
      // torchvision rounds halves to even here, as Python does.
      const middle = (n: number): number =>
        Math.floor(n) + (n % 1 === 0 || (n % 1 === 0.5 && Math.floor(n) % 2 === 0) ? 0 : 1)
      const [forRow, forColumn] = random.split(key) as unknown as [Tensor, Tensor]
      const [top, left] =
        place === 'centre'
          ? [np.array(middle((h - height) / 2)).astype('int32'), np.array(middle((w - width) / 2)).astype('int32')]
          : [random.randint(forRow, [], 0, h - height + 1), random.randint(forColumn, [], 0, w - width + 1)]
      return moved(scene, {
        size,
        minVisible,
        pixels: (x, at) => lax.dynamicSliceInDim(lax.dynamicSliceInDim(x, top, height, at), left, width, at + 1),
        places: (xy) => shifted(xy, np.negative(left), np.negative(top)),
      })
    })
  },
)
