/** Three stories of tasks that come one after another, on files or on digits that are drawn. */
import { join } from 'node:path'
import { np, random, type Tensor } from '@puregrad/core'
import {
  data as dataModule,
  type ImageDataset,
  type LabelledImages,
  loadMnist,
  showDataError,
  strokeDigits,
} from '@puregrad/train/node'
import * as E from 'fp-ts/lib/Either.js'

/** Images as bytes, the class of each within its head, and the head that is asked. */
export interface Examples {
  readonly x: Tensor
  readonly y: Tensor
  readonly head: Tensor
}

export interface Task {
  readonly name: string
  readonly train: Examples
  /** A part of the training set that is not learnt from, by which settings are chosen. */
  readonly validation: Examples
  readonly test: Examples
}

export interface Story {
  readonly key: 'two' | 'permuted' | 'split'
  readonly title: string
  readonly image: readonly number[]
  /** One that all tasks share, or one for each. */
  readonly heads: number
  /** Of each head. */
  readonly classes: number
  readonly tasks: readonly Task[]
  /** How often the examples of a task are seen. */
  readonly epochs: number
  readonly batchSize: number
  /** Where it begins in each task; it falls to 0 along a cosine. */
  readonly learningRate: number
}

interface Labelled {
  readonly x: Tensor
  readonly y: Tensor
}

const rowsOf = (
  bytes: Uint8Array,
  labels: Uint8Array,
  image: readonly number[],
  from: number,
  to: number,
): Labelled => {
  const size = image.reduce((a, b) => a * b, 1)
  return {
    x: np.array(bytes.subarray(from * size, to * size)).reshape([-1, ...image]),
    y: np.array(labels.subarray(from, to)).astype('int32'),
  }
}

const pixels = 28 * 28

/** The first images to learn from, the last of the same set to choose by, and those of the other set to judge by. */
const partsOf = ({ train, test }: ImageDataset, learnt: number, chosen: number, judged: number) => {
  const of = ({ images, labels }: LabelledImages, from: number, to: number) =>
    rowsOf(images, labels, [pixels], from, to)
  const count = train.shape[0]
  return {
    train: of(train, 0, Math.min(learnt, count - chosen)),
    validation: of(train, count - chosen, count),
    test: of(test, 0, Math.min(judged, test.shape[0])),
  }
}

type Parts = Readonly<Record<'train' | 'validation' | 'test', Labelled>>

const taskOf = (name: string, parts: Parts, head: number, change: (x: Labelled) => Labelled = (x) => x): Task => {
  const asked = (part: Labelled): Examples => {
    const { x, y } = change(part)
    return { x, y, head: np.full([y.size], head, { dtype: 'int32' }) }
  }
  return { name, train: asked(parts.train), validation: asked(parts.validation), test: asked(parts.test) }
}

const permutedBy = (key: Tensor) => {
  const order = random.permutation(key, pixels)
  return ({ x, y }: Labelled): Labelled => ({ x: np.take(x, order, { axis: 1 }), y })
}

const permutations = 5

/** The same digits, each time with the pixels in another order; the first time in their own. */
const permutedStory = (parts: Parts): Story => ({
  key: 'permuted',
  title: 'Digits whose pixels are permuted',
  image: [pixels],
  heads: 1,
  classes: 10,
  epochs: 3,
  batchSize: 64,
  learningRate: 0.1,
  tasks: Array.from({ length: permutations }, (_, i) =>
    i === 0 ? taskOf('as they are', parts, 0) : taskOf(`order ${i + 1}`, parts, 0, permutedBy(random.key(i))),
  ),
})

/** Two classes a task, with a head of their own; all tasks with equally many examples, so that one compiled step does for all. */
const splitStory = (title: string, image: readonly number[], names: readonly string[], parts: Parts): Story => {
  const pairs = Array.from({ length: Math.floor(names.length / 2) }, (_, i) => 2 * i)
  const rowsIn = ({ y }: Labelled, low: number): readonly number[] => {
    const labels = y.data()
    return [...labels.keys()].filter((i) => labels[i] === low || labels[i] === low + 1)
  }
  const least = (part: Labelled): number => Math.min(...pairs.map((low) => rowsIn(part, low).length))
  const counts = { train: least(parts.train), validation: least(parts.validation), test: least(parts.test) }
  const only = (part: Labelled, low: number, count: number): Labelled => {
    const rows = np.array(rowsIn(part, low).slice(0, count), { dtype: 'int32' })
    return { x: np.take(part.x, rows, { axis: 0 }), y: np.take(part.y, rows, { axis: 0 }).sub(low) }
  }
  return {
    key: 'split',
    title,
    image,
    heads: pairs.length,
    classes: 2,
    epochs: 8,
    batchSize: 32,
    learningRate: 0.05,
    tasks: pairs.map((low, head) =>
      taskOf(
        `${names[low]} or ${names[low + 1]}`,
        {
          train: only(parts.train, low, counts.train),
          validation: only(parts.validation, low, counts.validation),
          test: only(parts.test, low, counts.test),
        },
        head,
      ),
    ),
  }
}

const readCifar = (folder: string, file: string) =>
  dataModule.readFileAs(join(folder, 'cifar10', file), dataModule.decodeCifar10)()

/** MNIST, Fashion-MNIST and a part of CIFAR-10 in their folders; on the left is what is wrong with a file. */
export const storiesOfFiles = async (folder: string, part: number): Promise<E.Either<string, readonly Story[]>> => {
  const some = (count: number): number => Math.max(64, Math.round((count * part) / 100))
  const digits = await loadMnist(folder)()
  if (E.isLeft(digits)) return E.left(showDataError(digits.left))
  const clothes = await loadMnist(join(folder, 'fashion-mnist'))()
  if (E.isLeft(clothes)) return E.left(showDataError(clothes.left))
  const seen = await readCifar(folder, 'data_batch_1_first4000.bin.gz')
  if (E.isLeft(seen)) return E.left(showDataError(seen.left))
  const unseen = await readCifar(folder, 'test_batch_first1000.bin.gz')
  if (E.isLeft(unseen)) return E.left(showDataError(unseen.left))
  const image = [32, 32, 3]
  const of = ({ images, labels }: dataModule.ColourImages, from: number, to: number) =>
    rowsOf(images, labels, image, from, to)
  const [many, few] = [some(20_000), some(4000)]
  return E.right([
    {
      key: 'two',
      title: 'MNIST, then Fashion-MNIST',
      image: [pixels],
      heads: 1,
      classes: 10,
      epochs: 4,
      batchSize: 64,
      learningRate: 0.1,
      tasks: [
        taskOf('MNIST', partsOf(digits.right, many, 5000, 10_000), 0),
        taskOf('Fashion', partsOf(clothes.right, many, 5000, 10_000), 0),
      ],
    },
    permutedStory(partsOf(digits.right, few, 2000, 2000)),
    splitStory('CIFAR-10, two classes at a time', image, dataModule.cifar10Classes, {
      train: of(seen.right, 0, some(3500)),
      validation: of(seen.right, 3500, 4000),
      test: of(unseen.right, 0, 1000),
    }),
  ])
}

/** The same stories on drawn digits; what comes after the digits is the same digits with other names and their pixels the other way round. */
export const storiesOfStrokes = (part: number): readonly Story[] => {
  const count = Math.max(320, Math.round((6000 * part) / 100))
  const parts = partsOf(strokeDigits({ seed: 0, train: count + 1000, test: 1000 }), count, 1000, 1000)
  const turned = ({ x, y }: Labelled): Labelled => ({ x: np.flip(x, { axis: 1 }), y: y.add(5).mod(10) })
  return [
    {
      key: 'two',
      title: 'Drawn digits, then turned ones with other names',
      image: [pixels],
      heads: 1,
      classes: 10,
      epochs: 4,
      batchSize: 64,
      learningRate: 0.1,
      tasks: [taskOf('upright', parts, 0), taskOf('turned', parts, 0, turned)],
    },
    permutedStory(parts),
    splitStory('Drawn digits, two at a time', [pixels], [...'0123456789'], parts),
  ]
}
