import { ArgumentError, np, operation, type Tensor } from '@puregrad/core'
import { type Augmentation, checkProbability, sometimes, stepped } from './chain.js'
import { moved, parts, sizeOf } from './scene.js'

export interface FlipOptions {
  /** 'horizontal' changes left and right, 'vertical' top and bottom: 'horizontal' unless said. */
  readonly direction?: 'horizontal' | 'vertical'
  /** 0.5 unless said; 1 always flips. */
  readonly probability?: number
}

/**
 * Scenes mirrored by chance, with their boxes, masks and keypoints. Twice it is nothing.
 * @throws RangeError for a probability outside 0 … 1; ArgumentError for a direction that there is not
 * @example
 * const image = np.array([[[1], [2], [3]]])
 * const boxes = np.array([[0, 0, 1, 1]])
 * const flipped = augment.flip({ probability: 1 })(random.key(0), { image, boxes, valid: np.array([true]) })
 * flipped.image.reshape([3]) // [3, 2, 1]
 * flipped.boxes // [[2, 0, 3, 1]]
 */
export const flip = operation(
  'augment.flip',
  { at: 0, names: ['direction', 'probability'] },
  ({ direction = 'horizontal', probability = 0.5 }: FlipOptions = {}): Augmentation => {
    checkProbability('augment.flip', probability)
    if (direction !== 'horizontal' && direction !== 'vertical')
      throw new ArgumentError(
        `augment.flip: the direction is '${direction}', and has to be 'horizontal' or 'vertical'.`,
      )
    const isHorizontal = direction === 'horizontal'
    const always = stepped('flip', (_, scene) => {
      const [height, width] = sizeOf(scene)
      return moved(scene, {
        size: [height, width],
        pixels: (x, at) => np.flip(x, { axis: isHorizontal ? at + 1 : at }),
        places: (xy) => {
          const [x, y] = parts(xy) as [Tensor, Tensor]
          return np.stack(isHorizontal ? [np.subtract(width, x), y] : [x, np.subtract(height, y)], { axis: -1 })
        },
      })
    })
    return sometimes(probability, always)
  },
)
