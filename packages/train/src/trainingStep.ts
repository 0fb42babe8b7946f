/** One step of training as a pure function. */
import { type Tensor, valueAndGrad } from '@puregrad/core'
import type { Key, Layer, Variables } from '@puregrad/nn'
import { applyUpdates, type GradientTransformation } from '@puregrad/optim'
import { lossOf, type Measure, type Measures, metricsOf } from './metrics.js'

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
export interface BatchMetrics {
  readonly loss: Tensor
  readonly [metric: string]: Tensor
}

/** From a state, a key for whatever is random, and a batch to the next state and what was measured before the step. */
export type TrainingStep<P, S, I, T, U> = (
  state: TrainingState<P, S, U>,
  key: Key,
  x: I,
  y: T,
) => readonly [TrainingState<P, S, U>, BatchMetrics]

/**
 * A step of training: the next state, and what was measured before the step. Pure, so it jits, scans and replays: the same
 * state, key and batch give the same bits.
 * @example
 * const model = dense(2)
 * const loss = losses.softmaxCrossEntropyWithIntegerLabels
 * const optimizer = sgd(0.1)
 * const start = init(model, [3], random.key(0))
 * const step = jit(trainingStep(model, { loss, optimizer }))
 * const [images, labels] = [np.zeros([8, 3]), np.zeros([8], { dtype: 'int32' })]
 * const state = { ...start, optimizerState: optimizer.init(start.params) }
 * const [next, measured] = step(state, random.key(1), images, labels)
 * measured // { loss: 0.6931472 }
 */
export const trainingStep = <P, S, I, O, T, U>(
  layer: Layer<P, S, I, O>,
  { loss, metrics = {}, optimizer }: Objective<O, T, U>,
): TrainingStep<P, S, I, T, U> => {
  type Measured = Readonly<Record<string, Tensor>>
  const forward = (params: P, state: S, key: Key, x: I, y: T): readonly [Tensor, readonly [S, Measured]] => {
    const [outputs, next] = layer.apply(params, state, x, { mode: 'train', key })
    return [lossOf(loss, outputs, y), [next, metricsOf(metrics, outputs, y)]]
  }
  const derivative = valueAndGrad(forward, { hasAux: true })
  return ({ params, state, optimizerState }, key, x, y) => {
    const [[value, [next, measured]], gradients] = derivative(params, state, key, x, y) as unknown as readonly [
      readonly [Tensor, readonly [S, Measured]],
      P,
    ]
    const [updates, nextOptimizerState] = optimizer.update(gradients, optimizerState, params)
    const result = { params: applyUpdates(params, updates), state: next, optimizerState: nextOptimizerState }
    return [result, { loss: value, ...measured }]
  }
}
