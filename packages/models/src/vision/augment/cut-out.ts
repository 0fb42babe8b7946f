import { np, operation, random, type Tensor } from '@puregrad/core'
import { type Augmentation, checkProbability, sometimes, stepped } from './chain.js'
import { checkSize } from './crop.js'
import { type ImageSize, sizeOf } from './scene.js'

export interface CutOutOptions {
  /** The value that is left: 0 unless said. */
  readonly fill?: number
  /** 1 unless said. */
  readonly probability?: number
}

/**
 * Images without what lies under a rectangle, whose middle is any pixel, so that parts of it may lie outside. Boxes, masks and
 * keypoints stay: what is hidden is still there. DeVries & Taylor 2017.
 * @param size [height, width] of the rectangle
 * @throws RangeError for no size, or a probability outside 0 … 1
 * @example np.sum(augment.cutOut([16, 16])(random.key(0), { image: np.ones([8, 8, 3]) }).image) // 0
 */
export const cutOut = operation(
  'augment.cutOut',
  { at: 1, names: ['fill', 'probability'] },
  (size: ImageSize, { fill = 0, probability = 1 }: CutOutOptions = {}): Augmentation => {
    checkSize('augment.cutOut', size)
    checkProbability('augment.cutOut', probability)
    const always = stepped('cutOut', (key, scene) => {
      const [h, w] = sizeOf(scene)
      const [forRow, forColumn] = random.split(key) as unknown as [Tensor, Tensor]
      const covers = (k: Tensor, pixels: number, length: number): Tensor => {
        const start = random.randint(k, [], 0, pixels).sub(Math.floor(length / 2))
        const pixel = np.arange(pixels)
        return np.logicalAnd(pixel.ge(start), pixel.lt(start.add(length)))
      }
      const rows = covers(forRow, h, size[0]).reshape([h, 1, 1])
      const hidden = np.logicalAnd(rows, covers(forColumn, w, size[1]).reshape([1, w, 1]))
      return { ...scene, image: np.where(hidden, np.array(fill).astype(scene.image.dtype), scene.image) }
    })
    return sometimes(probability, always)
  },
)
