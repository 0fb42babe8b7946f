import { image as images, np, operation, RangeError, type Tensor } from '@puregrad/core'
import { type Augmentation, stepped } from './chain.js'
import { checkSize, shifted } from './crop.js'
import { type ImageSize, moved, sizeOf, throughFloats } from './scene.js'

type ResizeMethod = 'nearest' | 'linear' | 'cubic' | 'lanczos3' | 'lanczos5'

export interface ResizeSceneOptions {
  /** How pixels are made up, as in `image.resize`; masks are 'nearest' always: 'linear' unless said. */
  readonly method?: ResizeMethod
  /** Whether smaller images are means and not samples: true unless said. */
  readonly antialias?: boolean
}

/**
 * Scenes of another size. Nothing here is left to chance: the key is not looked at.
 * @param size [height, width]
 * @throws RangeError for no size
 * @example
 * const scene = { image: np.ones([4, 8, 3]), boxes: np.array([[0, 0, 4, 2]]), valid: np.array([true]) }
 * augment.resize([2, 2])(random.key(0), scene).boxes // [[0, 0, 1, 1]]
 */
export const resize = operation(
  'augment.resize',
  { at: 1, names: ['method', 'antialias'] },
  (size: ImageSize, { method = 'linear', antialias = true }: ResizeSceneOptions = {}): Augmentation => {
    checkSize('augment.resize', size)
    return stepped('resize', (_, scene) => {
      const [h, w] = sizeOf(scene)
      return moved(scene, {
        size,
        pixels: (x, at, kind) => {
          const shape = x.shape.map((n, axis) => (axis === at ? size[0] : axis === at + 1 ? size[1] : n))
          return kind === 'mask' || method === 'nearest'
            ? images.resize(x, shape, 'nearest')
            : throughFloats(x, (floats) => images.resize(floats, shape, method, { antialias }))
        },
        places: (xy) => xy.mul(np.array([size[1] / w, size[0] / h], { dtype: xy.dtype })),
      })
    })
  },
)

/** Pixels on every side, on both of each axis, or on each: n, [vertical, horizontal] or [[top, bottom], [left, right]]. */
export type Margins =
  | number
  | readonly [number, number]
  | readonly [readonly [number, number], readonly [number, number]]

export interface PadSceneOptions {
  /** The value of new pixels of the image: 0 unless said. Those of masks are 0. */
  readonly fill?: number
  /** 'constant' is the value, 'reflect' mirrors at the middle of the pixels of the edge, 'edge' repeats them: 'constant' unless said. */
  readonly mode?: 'constant' | 'reflect' | 'edge'
}

/**
 * Scenes with pixels around them. Nothing here is left to chance: the key is not looked at.
 * @param margins n, [vertical, horizontal] or [[top, bottom], [left, right]]
 * @throws RangeError for margins that are no whole numbers from 0 up
 * @example
 * const scene = { image: np.ones([4, 8, 3]), keypoints: np.array([[1, 2]]), visible: np.array([true]) }
 * const padded = augment.pad([[0, 1], [2, 3]])(random.key(0), scene)
 * padded.image.shape // [5, 13, 3]
 * padded.keypoints // [[3, 2]]
 */
export const pad = operation(
  'augment.pad',
  { at: 1, names: ['fill', 'mode'] },
  (margins: Margins, { fill = 0, mode = 'constant' }: PadSceneOptions = {}): Augmentation => {
    const list = (typeof margins === 'number' ? [margins, margins] : margins) as readonly (number | readonly number[])[]
    const pairs = list.map((side) => (typeof side === 'number' ? [side, side] : side)) as unknown as readonly [
      readonly [number, number],
      readonly [number, number],
    ]
    if (
      pairs.length !== 2 ||
      !pairs.every((pair) => pair.length === 2 && pair.every((n) => Number.isInteger(n) && n >= 0))
    )
      throw new RangeError(
        `augment.pad: margins are ${JSON.stringify(margins)}, and have to be whole numbers from 0 up: n, [vertical, horizontal] or [[top, bottom], [left, right]].`,
      )
    const [[top, bottom], [left, right]] = pairs
    return stepped('pad', (_, scene) => {
      const [h, w] = sizeOf(scene)
      return moved(scene, {
        size: [h + top + bottom, w + left + right],
        pixels: (x: Tensor, at, kind) => {
          const widths = x.shape.map((_, axis) =>
            axis === at ? pairs[0] : axis === at + 1 ? pairs[1] : ([0, 0] as const),
          )
          return mode === 'constant'
            ? np.pad(x, widths, { constantValues: kind === 'image' ? fill : 0 })
            : np.pad(x, widths, { mode })
        },
        places: (xy) => shifted(xy, left, top),
      })
    })
  },
)
