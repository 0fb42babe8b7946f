import { ArgumentError, np } from '@puregrad/core'
import { ofMasks } from '../boxes.js'
import { type Augmentation, stepped } from './chain.js'
import type { Scene } from './scene.js'

/**
 * Boxes made as small as the masks of their objects allow, for after `affine`, whose boxes grow with every turn; a box whose mask is
 * empty counts no longer.
 * @throws ArgumentError, when called, for scenes without boxes, or without a mask for each
 * @example
 * const masks = np.array([[[0, 0, 0], [0, 1, 1]]])
 * const scene = { image: np.ones([2, 3, 3]), masks, boxes: np.array([[0, 0, 3, 2]]), valid: np.array([true]) }
 * augment.fitBoxes()(random.key(0), scene).boxes // [[1, 1, 3, 2]]
 */
export const fitBoxes = (): Augmentation =>
  stepped('fitBoxes', <S extends Scene>(_: unknown, scene: S): S => {
    const { boxes, valid, masks } = scene
    if (boxes === undefined || valid === undefined || masks?.ndim !== 3 || masks.shape[0] !== boxes.shape[0])
      throw new ArgumentError(
        'augment.fitBoxes: a scene needs boxes [n, 4], and masks [n, height, width], one for each of them.',
      )
    const some = np.any(masks.ne(0), { axis: [-2, -1] })
    const stay = np.logicalAnd(valid, some)
    // The last pixel that is set ends one further.
    const around = ofMasks(masks)
      .add(np.array([0, 0, 1, 1]))
      .astype(boxes.dtype)
    return { ...scene, boxes: np.where(np.expandDims(stay, -1), around, 0), valid: stay }
  })
