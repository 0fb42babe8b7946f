import { np, operation, RangeError, random, ShapeError, type Tensor, vmap } from '@puregrad/core'
import type { Key } from '@puregrad/nn'
import type { AugmentationStep } from './chain.js'
import { checkMinVisible, checkSize, shifted } from './crop.js'
import { checkScene, type ImageSize, moved, type Scene, sizeOf } from './scene.js'

export interface MosaicOptions {
  /** How far from the edges the corner where four scenes meet is, in parts of the size: 0.25 unless said. */
  readonly margin?: number
  /** The value of pixels that none of them covers: 0 unless said. */
  readonly fill?: number
  /** The least part of a box's area that has to be left for it to count: any unless said. */
  readonly minVisible?: number
}

type AnyScene = Scene & Readonly<Record<string, Tensor | undefined>>

/** Pixels of a plane moved by whole traced distances onto another one, and which of its pixels they reach. */
const slid = (x: Tensor, at: number, down: Tensor, right: Tensor, [height, width]: ImageSize) => {
  const [rows, columns] = [np.arange(height).astype('int32').sub(down), np.arange(width).astype('int32').sub(right)]
  const is = (places: Tensor, axis: number): Tensor => np.logicalAnd(places.ge(0), places.lt(x.shape[axis] as number))
  const plane = np.logicalAnd(is(rows, at).reshape([-1, 1]), is(columns, at + 1))
  return {
    values: np.take(np.take(x, rows, { axis: at, mode: 'clip' }), columns, { axis: at + 1, mode: 'clip' }),
    reached: plane.reshape([height, width, ...x.shape.slice(at + 2).map(() => 1)]),
  }
}

/**
 * Every scene of a batch beside three others of it: they meet in a corner that is drawn, each with the corner of its own that lies there.
 * Boxes, masks of objects, keypoints and whatever else belongs to a scene, such as labels of boxes, are joined along their first axes:
 * there are four times as many. One mask an image is put together as the image is. Bochkovskiy et al. 2020.
 * @param size [height, width] of the result
 * @returns a function of a key and a batch of scenes, which gives a batch of as many
 * @throws RangeError for no size, or a margin outside 0 … 0.5; ShapeError, when called, unless images are [batch, height, width, channels]
 * @example
 * const scenes = { image: np.ones([8, 16, 16, 3]), boxes: np.zeros([8, 5, 4]), valid: np.full([8, 5], true), labels: np.zeros([8, 5]) }
 * const mosaics = augment.mosaic([16, 16])(random.key(0), scenes)
 * mosaics.image.shape // [8, 16, 16, 3]
 * mosaics.labels.shape // [8, 20]
 */
export const mosaic = operation(
  'augment.mosaic',
  { at: 1, names: ['margin', 'fill', 'minVisible'] },
  (size: ImageSize, { margin = 0.25, fill = 0, minVisible = 0 }: MosaicOptions = {}): AugmentationStep => {
    const name = 'augment.mosaic'
    checkSize(name, size)
    checkMinVisible(name, minVisible)
    if (!(margin >= 0 && margin <= 0.5))
      throw new RangeError(`${name}: the margin is ${margin}, and has to be between 0 and 0.5.`)
    const [height, width] = size
    const corner = (key: Key, length: number): Tensor =>
      random.randint(key, [], Math.ceil(length * margin), Math.floor(length * (1 - margin)) + 1)

    /** Four scenes, stacked, as one. */
    const joined = (key: Key, four: AnyScene): AnyScene => {
      const [forRow, forColumn] = random.split(key) as unknown as [Key, Key]
      const [row, column] = [corner(forRow, height), corner(forColumn, width)]
      const scenes = [0, 1, 2, 3].map((i): AnyScene => {
        const parts = Object.entries(four).map(([field, x]) => [field, x && np.take(x, i, { axis: 0 })])
        const scene = Object.fromEntries(parts) as AnyScene
        checkScene(name, scene)
        const [isBelow, isRight] = [i >= 2, i % 2 === 1]
        const [h, w] = sizeOf(scene)
        const [down, right] = [isBelow ? row : row.sub(h), isRight ? column : column.sub(w)]
        const window = np.stack([
          isRight ? column : np.maximum(right, 0),
          isBelow ? row : np.maximum(down, 0),
          isRight ? np.minimum(right.add(w), width) : column,
          isBelow ? np.minimum(down.add(h), height) : row,
        ] as never)
        const inRows = np.arange(height).lt(row).ne(isBelow).reshape([height, 1])
        const inside = np.logicalAnd(inRows, np.arange(width).lt(column).ne(isRight))
        return moved(scene, {
          size,
          window,
          minVisible,
          pixels: (x, at, kind) => {
            const { values, reached } = slid(x, at, down, right, size)
            const counts = np.logicalAnd(
              inside.reshape([height, width, ...x.shape.slice(at + 2).map(() => 1)]),
              reached,
            )
            return np.where(counts, values, np.array(kind === 'image' ? fill : 0).astype(x.dtype))
          },
          places: (xy) => shifted(xy, right, down),
        })
      })
      const quarter = (i: number, rank: number): Tensor =>
        np
          .logicalAnd(
            np
              .arange(height)
              .lt(row)
              .ne(i >= 2)
              .reshape([height, 1]),
            np
              .arange(width)
              .lt(column)
              .ne(i % 2 === 1),
          )
          .reshape([height, width, ...Array.from({ length: rank - 2 }, () => 1)])
      const together = (parts: readonly Tensor[]): Tensor =>
        parts.slice(1).reduce((all, x, i) => np.where(quarter(i + 1, x.ndim), x, all), parts[0] as Tensor)
      return Object.fromEntries(
        Object.keys(four).map((field) => {
          const parts = scenes.map((scene) => scene[field] as Tensor)
          const isPlane = field === 'image' || (field === 'masks' && parts[0]?.ndim === 2)
          return [
            field,
            isPlane ? together(parts) : parts[0]?.ndim === 0 ? np.stack(parts as never) : np.concatenate(parts),
          ]
        }),
      ) as AnyScene
    }

    return <S extends Scene>(key: Key, scenes: S): S => {
      if (scenes.image?.ndim !== 4)
        throw new ShapeError(`${name}: the images have to be [batch, height, width, channels].`)
      const count = scenes.image.shape[0] as number
      const each = (own: Tensor, k: Key): AnyScene => {
        const [forOthers, forOrder, forCorner] = random.split(k, 3) as unknown as [Key, Key, Key]
        const others = random.randint(forOthers, [3], 0, count)
        const order = random.permutation(forOrder, np.concatenate([own.reshape([1]), others]))
        const four = Object.entries(scenes).map(([field, x]) => [field, x && np.take(x as Tensor, order, { axis: 0 })])
        return joined(forCorner, Object.fromEntries(four) as AnyScene)
      }
      return vmap(each)(np.arange(count).astype('int32'), random.split(key, count)) as unknown as S
    }
  },
)
