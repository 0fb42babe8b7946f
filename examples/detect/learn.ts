/** How a detector learns, whichever it is: augmented batches, AdamW with a falling rate, and a mean of the parameters on the way. */
import { grad, jit, np, random, type Tensor, tree } from '@puregrad/core'
import type { Detections, Detector, Targets } from '@puregrad/models'
import { init, type Key } from '@puregrad/nn'
import { adamw, applyUpdates, chain, clipByGlobalNorm, warmupCosineDecaySchedule } from '@puregrad/optim'
import { type Progress, train } from '@puregrad/train/node'
import type { Cells } from './cells.js'
import { batches, changed, type Scenes, scenesAt, unit } from './scenes.js'

export interface LearnOptions {
  readonly epochs: number
  readonly batch: number
  readonly rate: number
  readonly key: Key
  readonly progress: Progress
  readonly signal: AbortSignal
}

// The mean is that of about a hundred steps, and of fewer at the beginning.
const kept = 0.99

/** A detector of any kind: what it is trained by is the sum of its losses. */
export type AnyDetector<P, S> = Detector<P, S, Targets, object>

/** Trains on images; what comes out are the mean parameters and what happened. */
export const learn = async <P, S>(
  model: AnyDetector<P, S>,
  cells: Cells,
  { epochs, batch, rate, key, progress, signal }: LearnOptions,
) => {
  const [initKey, orderKey, stepKey] = random.split(key, 3) as unknown as readonly [Key, Key, Key]
  const [height, width] = cells.size
  const { params, state } = init(model, [height, width, 3], initKey)
  const source = batches(cells, batch, orderKey)
  const steps = epochs * source.length
  const optimizer = chain(
    clipByGlobalNorm(10),
    adamw(warmupCosineDecaySchedule(rate / 20, rate, Math.ceil(steps / 20), steps), { weightDecay: 1e-3 }),
  )
  const start = { params, state, mean: params, count: np.zeros([]), optimizer: optimizer.init(params) }
  type State = typeof start
  const step = (now: State, stepKey: Tensor, given: Scenes): readonly [State, Readonly<Record<string, Tensor>>] => {
    const [changeKey, drawKey] = random.split(stepKey) as unknown as readonly [Key, Key]
    const scenes = changed(changeKey, given)
    const loss = (from: P) => {
      const [parts, next] = model.losses(from, now.state, unit(scenes), scenes, { mode: 'train', key: drawKey })
      const total = Object.values(parts as Readonly<Record<string, Tensor>>).reduce((a, b) => a.add(b))
      return [total, { parts: parts as Readonly<Record<string, Tensor>>, next, total }] as const
    }
    const [gradients, { parts, next, total }] = grad(loss, { hasAux: true })(now.params)
    const [updates, after] = optimizer.update(gradients, now.optimizer, now.params)
    const moved = applyUpdates(now.params, updates)
    const part = np.minimum(kept, now.count.add(1).div(now.count.add(10)))
    const mean = tree.map(
      (a: Tensor, b: Tensor) => a.mul(part).add(b.mul(np.subtract(1, part))),
      now.mean as never,
      moved as never,
    ) as P
    return [
      { params: moved, state: next, mean, count: now.count.add(1), optimizer: after } as State,
      { loss: total, ...parts },
    ]
  }
  const { state: end, history } = await train(step, start, source, {
    epochs,
    key: stepKey,
    stepsPerCall: 4,
    progress,
    signal,
  })
  return { params: end.mean, state: end.state, history }
}

/** What a detector finds in every image, one after the other. */
export const findAll = <P, S>(model: AnyDetector<P, S>, params: P, state: S, cells: Cells): readonly Detections[] => {
  const find = jit((p: P, s: S, image: Tensor) => model.apply(p, s, image, { mode: 'eval' })[0])
  return cells.images.map((_, i) => find(params, state, unit(scenesAt(cells, [i]))))
}
