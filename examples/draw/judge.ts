/** Who judges pictures: a small classifier of real ones. What it sees is compared, and what it takes them for. */
import { np, random, type Tensor } from '@puregrad/core'
import { features, fid, generatorPrecision, inceptionScore, network } from '@puregrad/models'
import {
  conv2d,
  dense,
  flatten,
  init,
  losses,
  maxPool2d,
  metrics,
  type ParamsOf,
  relu,
  type StateOf,
  softmax,
} from '@puregrad/nn'
import { adam, cosineDecaySchedule } from '@puregrad/optim'
import { fit, type Progress, predict } from '@puregrad/train/node'
import { classes, type Pictures, type Subject, scaled, side } from './pictures.js'

const epochs = 2
const learnt = 20_000 // images of the training set that the judge learns from
const batchSize = 128

const classifier = network('judge', {
  conv1: conv2d(16, { kernelSize: 3 }),
  relu1: relu,
  pool1: maxPool2d(2),
  conv2: conv2d(32, { kernelSize: 3 }),
  relu2: relu,
  pool2: maxPool2d(2),
  flat: flatten(),
  seen: dense(64), // what sets of pictures are compared by
  relu3: relu,
  fc: dense(classes),
})

/** What a judge says of a set of pictures beside real ones. */
export interface Verdict {
  readonly fid: number
  readonly precision: number
  readonly recall: number
  readonly inceptionScore: number
  /** How many of them it takes for the class that they should be of; null if none was asked for. */
  readonly classAccuracy: number | null
  /** The share of the rarest class among what it takes them for. */
  readonly rarestClass: number
}

export interface Judge {
  /** On pictures that it has not learnt from. */
  readonly accuracy: number
  /** What it says of pictures from −1 to 1, [count, 28, 28, 1], beside as many real ones. */
  readonly judge: (made: Tensor, asked: Tensor | null) => Verdict
}

type JudgeVariables = ReturnType<typeof init<ParamsOf<typeof classifier>, StateOf<typeof classifier>, Tensor, Tensor>>

/** Learns to tell the classes of a subject; always from the same start, so that verdicts of all runs compare. */
export const learnToJudge = async (
  { train }: Subject,
  under: { readonly progress?: Progress; readonly signal?: AbortSignal },
): Promise<JudgeVariables> => {
  const count = Math.min(learnt, train.y.size)
  const { params, state } = await fit(classifier, init(classifier, [side, side, 1], random.key(0)), {
    loss: losses.softmaxCrossEntropyWithIntegerLabels,
    train: { x: scaled(train.x.slice({ stop: count })), y: train.y.slice({ stop: count }) },
    optimizer: adam(cosineDecaySchedule(2e-3, epochs * Math.ceil(count / batchSize))),
    epochs,
    batchSize,
    key: random.key(1),
    ...under,
  })
  return { params, state }
}

/** Beside which pictures it judges others, of which it takes as many. */
export const judgeOf = (variables: JudgeVariables, beside: Pictures): Judge => {
  const real = scaled(beside.x)
  const seenBy = features(classifier, { at: 'relu3' })
  const look = (x: Tensor): readonly [seen: Tensor, logits: Tensor] => [
    predict(seenBy, variables, x),
    predict(classifier, variables, x),
  ]
  const [truth, logitsOfReal] = look(real)
  return {
    accuracy: metrics.accuracy(logitsOfReal, beside.y).item() as number,
    judge: (made, asked) => {
      // As bytes, which real ones are.
      const [seen, logits] = look(np.round(made.add(1).mul(127.5)).div(127.5).sub(1))
      const count = Math.min(seen.shape[0] as number, truth.shape[0] as number)
      const some = { stop: Math.min(count, 2000) }
      const { precision, recall } = generatorPrecision(truth.slice(some), seen.slice(some))
      const taken = np.bincount(np.argmax(logits, { axis: 1 }), { length: classes })
      return {
        fid: fid(truth.slice({ stop: count }), seen.slice({ stop: count })).item() as number,
        precision: precision.item() as number,
        recall: recall.item() as number,
        inceptionScore: inceptionScore(softmax(logits)).mean.item() as number,
        classAccuracy: asked === null ? null : (metrics.accuracy(logits, asked).item() as number),
        rarestClass: (np.min(taken).item() as number) / taken.sum().item(),
      }
    },
  }
}
