/** One task, three ways: a head on features that were learnt for another task, on features of chance, and everything from scratch. */
import { jit, map, np, random, type Tensor } from '@puregrad/core'
import { dense, init, losses, metrics, type ParamsOf, type StateOf, serial, type Variables } from '@puregrad/nn'
import { adam } from '@puregrad/optim'
import { type Examples, evaluate, fit } from '@puregrad/train'
import type { Trainings } from '../runner/example.js'
import { features, image } from './doodle-net.js'

const objective = {
  loss: losses.softmaxCrossEntropyWithIntegerLabels,
  metrics: { accuracy: metrics.accuracy },
}

/** How one way did. */
export interface Way {
  readonly name: string
  readonly accuracy: number
  /** Of training; features are computed once. */
  readonly seconds: number
}

export interface HeadOptions {
  readonly classes: number
  readonly headEpochs: number
  readonly wholeEpochs: number
  readonly seed: number
}

/** What the feature layers know. */
export type Knowledge = Variables<ParamsOf<typeof features>, StateOf<typeof features>>

const chunk = 100

/** Features of all images, a hundred at a time. */
const featuresOf = (knowledge: Knowledge, x: Tensor): Tensor => {
  const count = x.shape[0] as number
  const whole = Math.floor(count / chunk) * chunk
  const apply = (k: Knowledge, images: Tensor): Tensor => features.apply(k.params, k.state, images, { mode: 'eval' })[0]
  const chunks = jit((k: Knowledge, images: Tensor) => map((part: Tensor) => apply(k, part), images))
  const first = chunks(knowledge, x.slice({ stop: whole }).reshape([-1, chunk, ...image])).reshape([whole, -1])
  return whole === count ? first : np.concatenate([first, apply(knowledge, x.slice({ start: whole }))], { axis: 0 })
}

/** @param learnt what the feature layers know from elsewhere */
export const threeWays = async (
  learnt: Knowledge,
  train: Examples,
  test: Examples,
  { classes, headEpochs, wholeEpochs, seed }: HeadOptions,
  { each, progress }: Trainings,
): Promise<readonly Way[]> => {
  const head = async (name: string, knowledge: Knowledge, signal: AbortSignal): Promise<Way> => {
    const seen = { ...train, x: featuresOf(knowledge, train.x) }
    const unseen = { ...test, x: featuresOf(knowledge, test.x) }
    const layer = dense(classes)
    const fitted = await fit(layer, init(layer, [seen.x.shape[1] as number], random.key(seed + 1)), {
      ...objective,
      train: seen,
      optimizer: adam(2e-3),
      epochs: headEpochs,
      batchSize: 50,
      key: random.key(seed + 2),
      progress: progress(name, headEpochs),
      signal,
    })
    const { accuracy = Number.NaN } = evaluate(layer, fitted, unseen, objective)
    return { name, accuracy, seconds: fitted.history.reduce((sum, epoch) => sum + epoch.seconds, 0) }
  }
  const whole = async (name: string, signal: AbortSignal): Promise<Way> => {
    const layer = serial(features, dense(classes))
    const fitted = await fit(layer, init(layer, image, random.key(seed)), {
      ...objective,
      train,
      optimizer: adam(1e-3),
      epochs: wholeEpochs,
      batchSize: 50,
      key: random.key(seed + 2),
      progress: progress(name, wholeEpochs),
      signal,
    })
    const { accuracy = Number.NaN } = evaluate(layer, fitted, test, objective)
    return {
      name,
      accuracy,
      seconds: fitted.history.reduce((sum, epoch) => sum + epoch.seconds, 0),
    }
  }
  const chance = init(features, image, random.key(seed))
  const ways = [
    (signal: AbortSignal) => head('head on learnt features', learnt, signal),
    (signal: AbortSignal) => head('head on features of chance', chance, signal),
    (signal: AbortSignal) => whole('everything from scratch', signal),
  ]
  return each(ways, (train, signal) => train(signal))
}
