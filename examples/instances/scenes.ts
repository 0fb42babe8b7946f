/** What a detector learns nuclei from: images with a box, a class and a mask for each nucleus, in static sizes. */
import { np, random, type Tensor } from '@puregrad/core'
import type { MaskTargets } from '@puregrad/models'
import { data } from '@puregrad/train/node'
import { drawPart, type Part } from '../segment/crops.js'
import type { Nuclei } from '../segment/nuclei.js'

/** For so many nuclei in one image there is room. */
export const room = 64

/** Nuclei that are fewer pixels wide or high need not be found. */
const smallest = 3

/** A batch of images and of what is in them. */
export interface Scenes {
  /** uint8 [batch, side, side, 3] */
  readonly images: Tensor
  /** uint8 [batch, side, side]: which nucleus each pixel belongs to. */
  readonly instances: Tensor
  /** int32 [batch, room]: the numbers of nuclei, −1 where there are no more. */
  readonly numbers: Tensor
  /** [batch, room, 4]: corners in pixels. */
  readonly boxes: Tensor
  /** bool [batch, room]: which are large enough to be asked for. */
  readonly large: Tensor
}

interface Box {
  readonly number: number
  readonly corners: readonly [number, number, number, number]
}

/** The box around each nucleus, its right and lower edges included. */
const boxesOf = (instances: Uint8Array, side: number): readonly Box[] => {
  const found = new Map<number, [number, number, number, number]>()
  for (const [at, number] of instances.entries()) {
    if (number === 0) continue
    const [x, y] = [at % side, Math.floor(at / side)]
    const [x1, y1, x2, y2] = found.get(number) ?? [x, y, x, y]
    found.set(number, [Math.min(x1, x), Math.min(y1, y), Math.max(x2, x + 1), Math.max(y2, y + 1)])
  }
  return [...found].map(([number, corners]) => ({ number, corners }))
}

/** Parts of images as a batch. */
const scenesOf = (parts: readonly Part[], side: number): Scenes => {
  const filled = <T>(list: readonly T[], nothing: T): readonly T[] => [
    ...list.slice(0, room),
    ...Array.from({ length: Math.max(room - list.length, 0) }, () => nothing),
  ]
  const nothing: Box = { number: -1, corners: [0, 0, 1, 1] }
  const all = parts.map(({ instances }) => filled(boxesOf(instances, side), nothing))
  const isLarge = ({ number, corners: [x1, y1, x2, y2] }: Box): boolean =>
    number >= 0 && x2 - x1 >= smallest && y2 - y1 >= smallest
  const bytes = (which: 'image' | 'instances', shape: readonly number[]): Tensor =>
    np.stack(parts.map((part) => np.array(part[which]).reshape(shape)))
  return {
    images: bytes('image', [side, side, 3]),
    instances: bytes('instances', [side, side]),
    numbers: np.array(
      all.map((boxes) => boxes.map(({ number }) => number)),
      { dtype: 'int32' },
    ),
    boxes: np.array(
      all.map((boxes) => boxes.map(({ corners }) => [...corners])),
      { dtype: 'float32' },
    ),
    large: np.array(all.map((boxes) => boxes.map(isLarge))),
  }
}

/** Images from 0 to 1, as networks take them. */
export const unit = ({ images }: Scenes): Tensor => images.astype('float32').div(255)

/** What networks are told: masks are made where they are needed, since they are many times as large as what they are made of. */
export const targetsOf = ({ instances, numbers, boxes, large }: Scenes): MaskTargets => ({
  boxes,
  labels: np.ones(numbers.shape, { dtype: 'int32' }),
  valid: large,
  masks: np
    .expandDims(instances.astype('int32'), 1)
    .eq(np.expandDims(numbers, [2, 3]))
    .astype('float32'),
})

/** Batches of parts of images, others in each epoch. */
export const batches = (nuclei: Nuclei, side: number, size: number, key: random.Key): data.Source<Scenes> =>
  data.generate(
    (position, epoch) => {
      const [orderKey, partKey] = random.split(random.foldIn(key, epoch)) as unknown as readonly [Tensor, Tensor]
      const order = random.permutation(orderKey, nuclei.count).data()
      const places = Array.from({ length: size }, (_, i) => order[position * size + i] as number)
      return scenesOf(
        places.map((place) => drawPart(nuclei, place, side, random.foldIn(partKey, place))),
        side,
      )
    },
    Math.floor(nuclei.count / size),
  )

/** One image whole, as a batch. */
export const sceneAt = ({ size, images, instances, covered }: Nuclei, place: number): Scenes => {
  const pixels = size * size
  const cut = (from: Uint8Array, width: number): Uint8Array => from.slice(place * width, (place + 1) * width)
  const part = { image: cut(images, 3 * pixels), instances: cut(instances, pixels), covered: cut(covered, pixels) }
  return scenesOf([part], size)
}
