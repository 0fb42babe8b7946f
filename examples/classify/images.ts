/** Small colour pictures of ten classes: CIFAR-10 from files, or shapes drawn here; and what training does to them. */

import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { lax, np, random, type Tensor, vmap } from '@puregrad/core'
import { type Layer, stateless } from '@puregrad/nn'
import { data, type Examples, showDataError } from '@puregrad/train/node'
import * as E from 'fp-ts/lib/Either.js'
import type { UsedData } from '../runner/example.js'

export interface Pictures {
  readonly used: UsedData
  readonly train: Examples
  readonly test: Examples
}

export const side = 32

const examplesOf = ({ shape: [count], images, labels }: data.ColourImages, limit = count): Examples => {
  const kept = Math.min(count, limit)
  return {
    x: np.array(images.subarray(0, kept * side * side * 3)).reshape([kept, side, side, 3]),
    y: np.array(labels.subarray(0, kept)).astype('int32'),
  }
}

/** Whether a pixel belongs to the shape of a class, by its distance from the centre in units of the size. */
const shapes: readonly ((x: number, y: number) => boolean)[] = [
  (x, y) => Math.hypot(x, y) < 1,
  (x, y) => Math.max(Math.abs(x), Math.abs(y)) < 0.9,
  (x, y) => y < 0.8 && Math.abs(x) < (y + 1) / 1.8,
  (x, y) => Math.min(Math.abs(x), Math.abs(y)) < 0.3 && Math.max(Math.abs(x), Math.abs(y)) < 1,
  (x, y) => Math.abs(Math.hypot(x, y) - 0.75) < 0.22,
]

/** Five shapes, whole or striped, of any colour, place and size, on ground of any colour, under noise. */
const drawn = (count: number, seed: number): data.ColourImages => {
  const key = random.key(seed)
  const numbers = random.uniform(random.foldIn(key, 0), [count, 9]).data()
  const noise = random.normal(random.foldIn(key, 1), [count, side, side, 3]).data()
  const images = new Uint8Array(count * side * side * 3)
  const labels = Uint8Array.from({ length: count }, (_, i) => i % 10)
  for (let i = 0; i < count; i++) {
    const number = (k: number): number => numbers[9 * i + k] as number
    const label = labels[i] as number
    const isInside = shapes[label % 5] as (typeof shapes)[number]
    const size = 6 + 7 * number(0)
    const centre = [1, 2].map((k) => 11 + 10 * number(k)) as [number, number]
    for (let row = 0; row < side; row++) {
      for (let column = 0; column < side; column++) {
        const striped = label >= 5 && (row >> 1) % 2 === 0
        const isShape = !striped && isInside((column - centre[0]) / size, (row - centre[1]) / size)
        for (let channel = 0; channel < 3; channel++) {
          const at = ((i * side + row) * side + column) * 3 + channel
          images[at] = Math.max(
            0,
            Math.min(255, 255 * number((isShape ? 3 : 6) + channel) + 20 * (noise[at] as number)),
          )
        }
      }
    }
  }
  return { shape: [count, side, side, 3], images, labels }
}

/** The first files that are there: those of the whole set, or of a part of it. */
const filesIn = (folder: string, kind: 'train' | 'test'): readonly string[] => {
  const [whole, part] =
    kind === 'train'
      ? [[1, 2, 3, 4, 5].map((n) => `data_batch_${n}.bin`), ['data_batch_1_first4000.bin.gz']]
      : [['test_batch.bin'], ['test_batch_first1000.bin.gz']]
  return existsSync(join(folder, part[0] as string)) ? part : whole
}

/** @param folder with CIFAR-10 in it or in its folder cifar10 */
export const loadPictures = async (
  folder: string | undefined,
  limit: number,
  seed: number,
): Promise<E.Either<string, Pictures>> => {
  if (folder === undefined) {
    const used = { kind: 'stand-in', what: 'shapes drawn in ten classes' } as const
    return E.right({
      used,
      train: examplesOf(drawn(Math.min(limit, 2000), seed)),
      test: examplesOf(drawn(Math.min(limit, 1000), seed + 1000)),
    })
  }
  const own = join(folder, 'cifar10')
  const place = existsSync(own) ? own : folder
  const [train, test] = [
    await data.loadCifar10(place, filesIn(place, 'train'))(),
    await data.loadCifar10(place, filesIn(place, 'test'))(),
  ]
  if (E.isLeft(train)) return E.left(showDataError(train.left))
  if (E.isLeft(test)) return E.left(showDataError(test.left))
  return E.right({
    used: { kind: 'files', what: 'CIFAR-10', folder: place },
    train: examplesOf(train.right, limit),
    test: examplesOf(test.right),
  })
}

/** Every fifth picture to judge by, the others to learn from: what settings are chosen by. */
export const heldOut = ({ x, y }: Examples): { readonly train: Examples; readonly test: Examples } => {
  const numbers = Array.from({ length: y.size }, (_, i) => i)
  const part = (isKept: (i: number) => boolean): Examples => {
    const rows = np.array(numbers.filter(isKept)).astype('int32')
    return { x: x.at(rows).get(), y: y.at(rows).get() }
  }
  return { train: part((i) => i % 5 !== 4), test: part((i) => i % 5 === 4) }
}

/** How far pictures are moved, in pixels. */
const furthest = 4

/** Mirrored or not, and moved: grey comes in at the edges. */
const moved = (key: random.Key, x: Tensor): Tensor => {
  const [flip, shift] = random.split(key)
  const seen = np.where(random.bernoulli(flip), np.flip(x, { axis: 1 }), x)
  const around = np.pad(seen, [
    [furthest, furthest],
    [furthest, furthest],
    [0, 0],
  ])
  const [down, right] = random.randint(shift, [2], 0, 2 * furthest + 1)
  return lax.dynamicSlice(around, [down as Tensor, right as Tensor, 0], [side, side, 3])
}

/** In training, every picture is mirrored half of the time and moved; in evaluation nothing happens. */
export const augmented: Layer<null, null> = stateless(
  'augmented',
  (input) => E.right({ params: null, out: input }),
  (_, x, ctx) => (ctx.mode === 'eval' ? x : vmap(moved)(random.split(ctx.key, x.shape[0] as number), x)),
)
