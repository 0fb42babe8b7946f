import { image as images, np, operation, random, type Tensor } from '@puregrad/core'
import { type Augmentation, stepped } from './chain.js'
import { checkMinVisible, checkSize } from './crop.js'
import { checkRange, drawn, type Range } from './ranges.js'
import { type ImageSize, moved, parts, sizeOf, throughFloats } from './scene.js'

export interface ResizedCropOptions {
  /** The part's area as a part of the image's: [0.08, 1] unless said. */
  readonly scale?: Range
  /** The part's width over its height, evenly by its logarithm: [3 / 4, 4 / 3] unless said. */
  readonly ratio?: Range
  /** The least part of a box's area that has to be left for it to count: any unless said. */
  readonly minVisible?: number
}

/** Which pixel of an axis lies under the middle of each of `count` cells of a part of it. */
const cells = (x: Tensor, axis: number, start: Tensor, length: Tensor, count: number): Tensor => {
  const at = np.arange(count, { dtype: 'float32' }).add(0.5).mul(length.div(count)).add(start)
  return np.take(x, np.floor(at).astype('int32'), { axis, mode: 'clip' })
}

/**
 * A part of any size and proportions of each scene, brought to one size by antialiased interpolation: torchvision's
 * RandomResizedCrop. A part that would be larger than the image is cut to it, where torchvision draws again.
 * @param size [height, width] of the result
 * @throws RangeError for no size, or what is no range
 * @example augment.resizedCrop([4, 4])(random.key(0), { image: np.ones([8, 12, 3]) }).image.shape // [4, 4, 3]
 */
export const resizedCrop = operation(
  'augment.resizedCrop',
  { at: 1, names: ['scale', 'ratio', 'minVisible'] },
  (
    size: ImageSize,
    { scale = [0.08, 1], ratio = [3 / 4, 4 / 3], minVisible = 0 }: ResizedCropOptions = {},
  ): Augmentation => {
    const name = 'augment.resizedCrop'
    checkSize(name, size)
    checkMinVisible(name, minVisible)
    checkRange(name, 'scale', scale, Number.MIN_VALUE, 1)
    checkRange(name, 'ratio', ratio, Number.MIN_VALUE)
    const logarithms: Range = [Math.log(ratio[0]), Math.log(ratio[1])]
    return stepped('resizedCrop', (key, scene) => {
      const [h, w] = sizeOf(scene)
      const [k0, k1, k2, k3] = random.split(key, 4) as unknown as [Tensor, Tensor, Tensor, Tensor]
      const area = drawn(k0, scale).mul(h * w)
      const proportion = np.exp(drawn(k1, logarithms))
      const width = np.minimum(np.sqrt(area.mul(proportion)), w)
      const height = np.minimum(np.sqrt(area.div(proportion)), h)
      const top = drawn(k2, [0, 1]).mul(np.subtract(h, height))
      const left = drawn(k3, [0, 1]).mul(np.subtract(w, width))
      const scales = np.stack([np.divide(size[0], height), np.divide(size[1], width)])
      const translations = np.negative(np.stack([top, left]).mul(scales))
      return moved(scene, {
        size,
        minVisible,
        pixels: (x, at, kind) =>
          kind === 'mask'
            ? cells(cells(x, at, top, height, size[0]), at + 1, left, width, size[1])
            : throughFloats(x, (floats) =>
                images.scaleAndTranslate(
                  floats,
                  [...size, x.shape[2] as number],
                  [0, 1],
                  scales,
                  translations,
                  'linear',
                ),
              ),
        places: (xy) => {
          const [x, y] = parts(xy) as [Tensor, Tensor]
          const part = [x.sub(left).mul(size[1]).div(width), y.sub(top).mul(size[0]).div(height)]
          return np.stack(part, { axis: -1 }).astype(xy.dtype)
        },
      })
    })
  },
)
