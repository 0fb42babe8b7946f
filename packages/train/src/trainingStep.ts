/** One step of training as a pure function. */
import { type Tensor, type Tensors, valueAndGrad } from '@puregrad/core'
import type { Key, Layer, Variables } from '@puregrad/nn'
import { applyUpdates, type GradientTransformation } from '@puregrad/optim'
import { type Measure, type Measures, meanOf, measureBatch } from './metrics.js'

/** Everything that a step of training changes: an ordinary pytree. */
export interface TrainingState<P, S, U> extends Variables<P, S> {
  readonly optimizerState: U
}

/** What is minimised, by what, and what else is measured meanwhile. */
export interface Objective<O, T, U> {
  readonly loss: Measure<O, T>
  readonly metrics?: Measures<O, T>
  readonly optimizer: GradientTransformation<U>
}

/** The loss and each metric of a batch, as scalars. */
export type BatchMetrics = Readonly<Record<string, Tensor>>

/**
 * A step of training: the next state, and what was measured before the step. Pure, so it jits, scans and replays: the same
 * state, key and batch give the same bits.
 * @example
 * const step = jit(trainingStep(model, { loss, optimizer }))
 * const [next, { loss: before }] = step(state, random.foldIn(key, 0), images, labels)
 */
export const trainingStep = <P, S, I, O, T, U>(layer: Layer<P, S, I, O>, { loss, metrics = {}, optimizer }: Objective<O, T, U>) => {
  const lossOf = (params: P, state: S, key: Key, x: I, y: T): readonly [Tensor, readonly [S, BatchMetrics]] => {
    const [outputs, next] = layer.apply(params, state, x, { mode: 'train', key })
    const value = meanOf('loss', loss(outputs, y))
    return [value, [next, measureBatch(value, metrics, outputs, y)]]
  }
  return ({ params, state, optimizerState }: TrainingState<P, S, U>, key: Key, x: I, y: T) => {
    const [[, [next, measured]], gradients] = valueAndGrad(lossOf, { hasAux: true })(params, state, key, x, y) as unknown as readonly [
      readonly [Tensor, readonly [S, BatchMetrics]],
      P,
    ]
    const [updates, nextOptimizerState] = optimizer.update(gradients, optimizerState, params)
    const result: TrainingState<P, S, U> = {
      params: applyUpdates(params, updates),
      state: next,
      optimizerState: nextOptimizerState,
    }
    return [result, measured] as const
  }
}
