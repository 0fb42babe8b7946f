/** What detectors see of images: batches of static sizes, changed by chance in training, boxes with their pixels. */
import { np, random, type Tensor } from '@puregrad/core'
import { augment, type Targets } from '@puregrad/models'
import type { Key } from '@puregrad/nn'
import { data } from '@puregrad/train/node'
import type { Cell, Cells } from './cells.js'

/** For so many cells there is room in an image. */
export const room = 32

/** A batch of images and of what is in them. */
export interface Scenes extends Targets {
  /** uint8 [batch, height, width, 3] */
  readonly image: Tensor
}

/** The images at some places as a batch. */
export const scenesAt = ({ size: [height, width], images, cells }: Cells, places: readonly number[]): Scenes => {
  const nothing: Cell = { label: 0, corners: [0, 0, 0, 0] }
  const all = places.map((place) => {
    const own = cells[place] ?? []
    return Array.from({ length: room }, (_, i) => own[i] ?? nothing)
  })
  const labels = np.array(all.map((own) => own.map(({ label }) => label))).astype('int32')
  return {
    image: np.stack(places.map((place) => np.array(images[place] as Uint8Array).reshape([height, width, 3]))),
    boxes: np.array(
      all.map((own) => own.map(({ corners }) => [...corners])),
      { dtype: 'float32' },
    ),
    labels,
    valid: labels.gt(0),
  }
}

/** Batches of all images in another order each epoch; of what is left over there is none. */
export const batches = (cells: Cells, size: number, key: Key): data.Source<Scenes> => {
  const count = cells.images.length
  return data.generate(
    (position, epoch) => {
      const order = random.permutation(random.foldIn(key, epoch), count).data()
      return scenesAt(
        cells,
        Array.from({ length: size }, (_, i) => order[position * size + i] as number),
      )
    },
    Math.floor(count / size),
  )
}

/** The ground that slides are lit with, for what comes from outside of an image. */
const ground = 200

/** What is done to each image: blood has no upper side, cells differ in size and stain, lamps in brightness. */
const changes = augment.chain(
  augment.flip(),
  augment.flip({ direction: 'vertical' }),
  augment.affine({ translation: [0.15, 0.15], scale: [0.8, 1.25], fill: ground, minVisible: 0.35 }),
  augment.colorJitter({ brightness: 0.2, contrast: 0.2, saturation: 0.3 }),
)

/** Images from 0 to 1, as networks take them. */
export const unit = ({ image }: Scenes): Tensor => image.astype('float32').div(255)

/** Each image of a batch changed by a key of its own. */
export const changed = (key: Key, scenes: Scenes): Scenes => augment.batch(changes)(key, scenes)
