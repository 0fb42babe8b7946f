/** The network, how it learns, and how it is judged. */
import { jit, np, random, type Tensor } from '@puregrad/core'
import { decode } from '@puregrad/models'
import {
  capture,
  dense,
  embedding,
  init,
  layerNorm,
  losses,
  serial,
  startCache,
  transformerEncoder,
} from '@puregrad/nn'
import { adam, warmupCosineDecaySchedule } from '@puregrad/optim'
import { fit, type Progress } from '@puregrad/train'
import { drawsOf, equals, examplesOf, pairOf, positionsOf, type Task, vocabularyOf } from './tasks.js'

const [features, heads, batchSize] = [64, 4, 32]

const block = transformerEncoder({ heads, causal: true, rope: true, hidden: 2 * features })

/** Two causal blocks that turn queries and keys by their positions. */
const modelOf = (task: Task) =>
  serial(embedding(vocabularyOf(task), features), block, block, layerNorm(), dense(vocabularyOf(task)))
type Model = ReturnType<typeof modelOf>
type Learnt = ReturnType<typeof begin>

const begin = (model: Model, positions: number, seed: number) => init(model, [positions], random.key(seed))

/** Mean nats of the numbers of an answer, for each example. */
export const natsOf = (logits: Tensor, next: Tensor): Tensor => {
  const each = losses.softmaxCrossEntropyWithIntegerLabels(logits, next, { ignoreIndex: -1 })
  return each.sum({ axis: -1 }).div(next.ge(0).astype('float32').sum({ axis: -1 }))
}

/** Judging begins from another seed, whose sequences are none of the training's. */
const heldOut = 7919

/** The part of held-out questions of a length whose whole answer is right, written greedily number by number. */
const judge = (task: Task, model: Model, variables: Learnt, length: number, count: number, seed: number): number => {
  const pairs = Array.from({ length: count }, (_, i) => pairOf(task, drawsOf(seed + heldOut, length, i), length))
  const prompts = np.array(
    pairs.map(({ question }) => [...question, equals(task)]),
    { dtype: 'int32' },
  )
  const write = jit((v: Learnt, start: Tensor) => {
    const cache = startCache(model, v.params, count, positionsOf(task, length) + 1)
    return decode.greedy(decode.stepOf(model, v), cache, start, { length: task.answers(length) }).tokens
  })
  const right = np.all(write(variables, prompts).eq(np.array(pairs.map(({ answer }) => answer))), { axis: 1 })
  return right.astype('float32').mean().item()
}

/** What one task came to. */
export interface Result {
  readonly task: Task
  readonly nats: readonly number[]
  /** Of the longest that was trained. */
  readonly whole: number
  readonly lengths: readonly number[]
  readonly byLength: readonly number[]
  /** [position, position, blocks · heads] of one question and its answer: how much each position looks at each. */
  readonly maps: Tensor
  readonly seconds: number
}

export interface Under {
  readonly epochs: number
  readonly steps: number
  readonly seed: number
  readonly progress: Progress
  readonly signal: AbortSignal
}

/** Where each head of each block looks while it answers a question. */
const mapsOf = (task: Task, model: Model, { params, state }: Learnt, seed: number): Tensor => {
  const length = Math.min(task.lengths[1], 12)
  const { question, answer } = pairOf(task, drawsOf(seed + heldOut, 0), length)
  const x = np.array([[...question, equals(task), ...answer.slice(0, -1)]], { dtype: 'int32' })
  const [{ intermediates }] = capture(model, { attention: true }).apply(params, state, x, { mode: 'eval' })
  const size = positionsOf(task, length)
  const weights = Object.entries(intermediates)
    .filter(([name]) => name.endsWith('weights'))
    .map(([, value]) => (value as Tensor).reshape([-1, size, size]))
  return np.concatenate(weights).transpose([1, 2, 0])
}

/** Learns a task, and is judged by whole answers at lengths that it knows and beyond. */
export const learn = async (task: Task, { epochs, steps: usual, seed, progress, signal }: Under): Promise<Result> => {
  const steps = usual * task.effort
  const model = modelOf(task)
  const positions = positionsOf(task, task.lengths[1])
  const fitted = await fit(model, begin(model, positions, seed), {
    loss: natsOf,
    train: examplesOf(task, steps * batchSize, seed),
    optimizer: adam(
      warmupCosineDecaySchedule(0, 3e-3, Math.ceil((epochs * steps) / 10), epochs * steps, { endValue: 3e-5 }),
    ),
    epochs,
    batchSize,
    shuffle: false,
    key: random.key(seed + 1),
    progress,
    signal,
  })
  const variables: Learnt = { params: fitted.params, state: fitted.state }
  const [least, longest] = task.lengths
  const apart = Math.max(1, Math.round((task.beyond - least) / 8))
  const lengths = [...new Set([...Array.from({ length: 9 }, (_, i) => least + i * apart), longest])]
    .filter((n) => n <= task.beyond)
    .sort((a, b) => a - b)
  const byLength = lengths.map((length) => judge(task, model, variables, length, length === longest ? 500 : 100, seed))
  return {
    task,
    nats: fitted.history.map(({ train }) => train.loss as number),
    whole: byLength[lengths.indexOf(longest)] as number,
    lengths,
    byLength,
    maps: mapsOf(task, model, variables, seed),
    seconds: fitted.history.reduce((sum, epoch) => sum + epoch.seconds, 0),
  }
}
