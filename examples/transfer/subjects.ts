/** What serves another task: DoodleNet for handwritten digits, ResNet-20 for pictures that were turned, and a network of drawn digits for others. */
import { join } from 'node:path'
import { np, random, type Tensor } from '@puregrad/core'
import type { Network, Stages } from '@puregrad/models'
import { withHead } from '@puregrad/models'
import { dense, init } from '@puregrad/nn'
import { adam } from '@puregrad/optim'
import {
  type DataError,
  data as dataModule,
  type Examples,
  fit,
  type LabelledImages,
  loadMnist,
  showDataError,
  strokeDigits,
  weights,
} from '@puregrad/train/node'
import * as E from 'fp-ts/lib/Either.js'
import type { Trainings } from '../runner/example.js'
import { doodleNet, doodleRules, image } from './doodle-net.js'
import { picture, resnet20, resnet20Rules } from './resnet20.js'
import { type Known, objective, type Subject, type Task } from './stages.js'

export type Result<T> = E.Either<string, T>

/** A network, what it has learnt elsewhere, and what it is to learn. */
export interface Assignment {
  readonly subject: Subject
  readonly learnt: Known
  readonly task: Task
}

export const read = async <T>(
  path: string,
  decode: (bytes: Uint8Array, named: { readonly file: string }) => E.Either<DataError, T>,
) => E.mapLeft(showDataError)(await dataModule.readFileAs(path, decode, {})())

const digitsOf = ({ shape: [count], images, labels }: LabelledImages, limit = count): Examples => {
  const kept = Math.min(count, limit)
  return {
    x: np.array(images.subarray(0, kept * 28 * 28)).reshape([kept, ...image]),
    y: np.array(labels.subarray(0, kept)).astype('int32'),
  }
}

const doodler = (open: readonly number[]): Subject => ({
  network: doodleNet as unknown as Network<Stages>,
  image,
  at: 'tanh',
  phases: [
    { open: ['fc', 'dense'], epochs: open[0] as number },
    { open: ['fc', 'dense', 'block3'], epochs: open[1] as number },
    { open: ['fc', 'dense', 'block3', 'block2', 'block1'], epochs: open[2] as number },
  ],
  learningRates: [2e-3, 5e-4],
})

/** DoodleNet for 2,000 handwritten digits, of which it has seen none. */
export const handwritten = async (folder: string, seed: number): Promise<Result<Assignment>> => {
  const file = E.mapLeft(showDataError)(
    await weights.loadTfjs(join(folder, 'pretrained', 'doodlenet-tfjs', 'model.json'))(),
  )
  if (E.isLeft(file)) return file
  const start = init(doodleNet, image, random.key(seed))
  const learnt = E.mapLeft(weights.showWeightsError)(
    weights.importWeights(doodleRules, { params: start.params }, file.right.tensors),
  )
  if (E.isLeft(learnt)) return learnt
  const digits = E.mapLeft(showDataError)(await loadMnist(folder)())
  if (E.isLeft(digits)) return digits
  return E.right({
    subject: doodler([2, 2, 2]),
    learnt: { ...start, params: learnt.right.params } as unknown as Known,
    task: { train: digitsOf(digits.right.train, 2000), test: digitsOf(digits.right.test), classes: 10, seed },
  })
}

/** ResNet-20's variables as they were trained elsewhere. */
export const trainedResnet = async (folder: string) => {
  const path = join(folder, 'pretrained', 'resnet20-cifar10', 'resnet20-cifar10.safetensors')
  const file = await read(path, weights.decodeSafetensors)
  if (E.isLeft(file)) return file
  const start = init(resnet20, picture, random.key(0))
  return E.mapLeft(weights.showWeightsError)(weights.importWeights(resnet20Rules, start, file.right.tensors))
}

/** Each picture turned by as many quarters as its label says, which go around from picture to picture. */
const turned = (
  { images, shape }: { readonly images: Uint8Array; readonly shape: readonly number[] },
  count: number,
): Examples => {
  const size = picture.reduce((a, b) => a * b, 1)
  const kept = Math.min(count, shape[0] as number)
  const upright = np.array(images.subarray(0, kept * size)).reshape([kept, ...picture])
  const all = [0, 1, 2, 3].map((quarters) => np.rot90(upright, { k: quarters, axes: [1, 2] }))
  const y = np.arange(kept, { dtype: 'int32' }).mod(4)
  const own = (quarters: number): Tensor => y.eq(quarters).reshape([kept, 1, 1, 1])
  return {
    x: np.where(
      own(0),
      all[0] as Tensor,
      np.where(own(1), all[1] as Tensor, np.where(own(2), all[2] as Tensor, all[3] as Tensor)),
    ),
    y,
  }
}

/** ResNet-20, which knows ten things, is to say of 1,000 pictures which way up they are; it is judged by another 1,000. */
export const whichWayUp = async (folder: string, seed: number): Promise<Result<Assignment>> => {
  const learnt = await trainedResnet(folder)
  if (E.isLeft(learnt)) return learnt
  const of = (file: string) => read(join(folder, 'cifar10', file), dataModule.decodeCifar10)
  const train = await of('data_batch_1_first4000.bin.gz')
  if (E.isLeft(train)) return train
  const test = await of('test_batch_first1000.bin.gz')
  if (E.isLeft(test)) return test
  return E.right({
    subject: {
      network: resnet20 as unknown as Network<Stages>,
      image: picture,
      at: 'avgpool',
      phases: [
        { open: ['fc', 'layer3'], epochs: 4 },
        { open: ['fc', 'layer3', 'layer2', 'layer1', 'conv1'], epochs: 2 },
      ],
      learningRates: [1e-2, 1e-3],
    },
    learnt: learnt.right as unknown as Known,
    task: { train: turned(train.right, 1000), test: turned(test.right, 1000), classes: 4, seed },
  })
}

/** Without files: the network learns drawn digits from 0 to 4, which are to serve those from 5 to 9, of which there are few. */
export const drawn = async (seed: number, trainings: Trainings, left: number): Promise<Assignment> => {
  const { train, test } = strokeDigits({ seed, train: 4000, test: 2000 })
  const [all, unseen] = [digitsOf(train), digitsOf(test)]
  const among = ({ x, y }: Examples, low: number, limit: number): Examples => {
    const labels = y.data()
    const rows = [...labels.keys()].filter((i) => (labels[i] as number) >= low && (labels[i] as number) < low + 5)
    const chosen = np.array(rows.slice(0, limit), { dtype: 'int32' })
    return { x: np.take(x, chosen, { axis: 0 }), y: np.take(y, chosen, { axis: 0 }).sub(low) }
  }
  const layer = withHead(doodleNet, dense(5))
  const learnFirst = async (signal: AbortSignal): Promise<Known> => {
    const { params, state } = await fit(layer, init(layer, image, random.key(seed)), {
      ...objective,
      train: among(all, 0, 1500),
      optimizer: adam(1e-3),
      epochs: 3,
      batchSize: 50,
      key: random.key(seed + 3),
      progress: trainings.progress('features', 3),
      signal,
    })
    return { params, state } as unknown as Known
  }
  const learnt = await trainings.once(learnFirst, left)
  const task = { train: among(all, 5, 200), test: among(unseen, 5, 1000), classes: 5, seed: seed + 10 }
  return { subject: doodler([5, 5, 5]), learnt, task }
}
