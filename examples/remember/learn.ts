/** Learning a story by a method: task after task, with what is remembered of each judged after all. */
import { setImmediate as turn } from 'node:timers/promises'
import { jit, np, random, scan, type Tensor } from '@puregrad/core'
import type { Key } from '@puregrad/nn'
import {
  applyUpdates,
  chain,
  clipByGlobalNorm,
  cosineDecaySchedule,
  type GradientTransformation,
  sgd,
} from '@puregrad/optim'
import type { Progress } from '@puregrad/train'
import { attentive, type Learnt, type Method, methods } from './methods.js'
import { type Batch, batchOf, type Network, networkOf, type Params } from './network.js'
import type { Story } from './tasks.js'

/** How one method did with a story. */
export interface Outcome {
  readonly story: Story['key']
  readonly method: string
  readonly seed: number
  readonly strength: number
  /** After each task, on each of those until then. */
  readonly accuracies: readonly (readonly number[])[]
  /** Of training after the first task, which all methods share. */
  readonly seconds: number
}

export interface Under {
  readonly seed: number
  /** By which examples it is judged. */
  readonly by: 'validation' | 'test'
  readonly signal: AbortSignal
  readonly progress: (name: string, epochs: number) => Progress
}

interface State {
  readonly params: Params
  readonly optimizerState: unknown
}

/** One pass over the examples of a task as one compiled call. */
type Epoch = (state: State, kept: unknown, strength: Tensor, key: Key, batch: Batch) => readonly [State, Tensor]

const momentum = 0.9

/** Gradients are clipped, since stiff springs make long steps unstable. */
const plainOptimizer = ({ tasks, epochs, batchSize, learningRate }: Story): GradientTransformation<unknown> => {
  const steps = Math.floor((tasks[0]?.train.y.size ?? 0) / batchSize) * epochs
  const steepest = sgd(cosineDecaySchedule(learningRate, steps), { momentum })
  return chain(clipByGlobalNorm(1), steepest) as GradientTransformation<unknown>
}

const epochOf = (story: Story, network: Network, method: Method): Epoch =>
  jit((state: State, kept: unknown, strength: Tensor, key: Key, batch: Batch): readonly [State, Tensor] => {
    const optimizer = method.optimizer(plainOptimizer(story), strength)
    const slope = method.slope(network, kept, strength)
    const count = batch[1].size
    const steps = Math.floor(count / story.batchSize)
    const rows = random
      .permutation(key, count)
      .slice({ stop: steps * story.batchSize })
      .reshape([steps, story.batchSize])
    const [last, losses] = scan(
      ({ params, optimizerState }: State, [number, chosen]: readonly [Tensor, Tensor]): readonly [State, Tensor] => {
        const part = batch.map((x) => np.take(x, chosen, { axis: 0 })) as unknown as Batch
        const [loss, gradient] = slope(params, part, random.foldIn(key, number))
        const [updates, next] = optimizer.update(gradient, optimizerState, params)
        return [{ params: applyUpdates(params, updates), optimizerState: next }, loss]
      },
      state,
      [np.arange(steps, { dtype: 'uint32' }), rows] as const,
    )
    return [last, losses.mean()]
  }) as unknown as Epoch

/** The first task, which is the same for all methods: nothing is kept yet. */
const shared: Method = { ...(methods[0] as Method), name: 'the first task', optimizer: (plain) => attentive(plain, 0) }

/** Learns a story by any of the methods; what is compiled serves all seeds and strengths. */
export const storyteller = (story: Story) => {
  const network = networkOf(story)
  const [first, ...later] = story.tasks
  const judge = jit(network.accuracy)
  const accuracyOf = (params: Params, batch: Batch): number => judge(params, ...batch).item()
  const epochs = new Map([shared, ...methods].map((method) => [method.name, epochOf(story, network, method)]))
  const keeping = new Map(
    methods.map(({ name, keep, optimizer }) => [
      name,
      jit((before: unknown, { params, optimizerState, batch }: Omit<Learnt, 'optimizer'>, key: Key) =>
        keep(network, before, { params, optimizerState, batch, optimizer: optimizer(plainOptimizer(story), 0) }, key),
      ) as (before: unknown, learnt: Omit<Learnt, 'optimizer'>, key: Key) => unknown,
    ]),
  )

  const learn = async (
    { name }: Method,
    [begin, kept, strength]: readonly [State, unknown, number],
    [batch, key, label]: readonly [Batch, Key, string],
    { progress, signal }: Under,
  ): Promise<State> => {
    const shown = progress(`${story.key}, ${name}, ${label},`, story.epochs)
    const epoch = epochs.get(name) as Epoch
    const steps = Math.floor(batch[1].size / story.batchSize)
    let state = begin
    for (let i = 0; i < story.epochs && !signal.aborted; i++) {
      shown.begin(`${i + 1}/${story.epochs}`, steps)
      const [next, loss] = epoch(state, kept, np.array(strength), random.foldIn(key, i), batch)
      state = next
      shown.step(steps, { loss: loss.item() })
      shown.end({ loss: loss.item() })
      await turn() // a signal may have come
    }
    shown.stop()
    return state
  }

  const firstBatch = batchOf((first as NonNullable<typeof first>).train)
  const start = async (under: Under): Promise<State> => {
    const params = network.start(random.key(under.seed))
    const state = { params, optimizerState: attentive(plainOptimizer(story), 0).init(params) }
    return learn(shared, [state, null, 0], [firstBatch, random.key(100 + under.seed), first?.name ?? ''], under)
  }

  /** Goes on from the first task; nothing if the signal came before the end. */
  const goOn = async (begun: State, method: Method, strength: number, under: Under): Promise<Outcome | null> => {
    const { seed, by, signal } = under
    const keep = keeping.get(method.name) as NonNullable<ReturnType<typeof keeping.get>>
    const optimizer = method.optimizer(plainOptimizer(story), strength)
    const judged = story.tasks.map((task) => batchOf(task[by]))
    const from = performance.now()
    let [state, batch] = [begun, firstBatch]
    let kept: unknown = null
    const accuracies = [[accuracyOf(state.params, judged[0] as Batch)]]
    for (const [i, task] of later.entries()) {
      const key = random.foldIn(random.key(200 + seed), i)
      kept = keep(kept, { ...state, batch }, random.foldIn(key, 1000))
      const begin = { params: state.params, optimizerState: method.begin(optimizer, kept, state.params) }
      batch = batchOf(task.train)
      state = await learn(method, [begin, kept, strength], [batch, key, task.name], under)
      if (signal.aborted) return null
      accuracies.push(judged.slice(0, i + 2).map((examples) => accuracyOf(state.params, examples)))
    }
    const seconds = (performance.now() - from) / 1000
    return { story: story.key, method: method.name, seed, strength, accuracies, seconds }
  }
  return { start, goOn }
}
