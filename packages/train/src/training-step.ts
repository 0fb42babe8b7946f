/** One step of training as a pure function. */
import { type Tensor, valueAndGrad } from '@puregrad/core'
import type { Key, Layer, Variables } from '@puregrad/nn'
import { applyUpdates, type ExtraArgs, type GradientTransformation } from '@puregrad/optim'
import { type Kinds, lossOf, type Measure, type Measured, type Measures, metricsOf, numbersOf } from './metrics.js'
import { leftOut, quietOutputs, settledInputs } from './weighting.js'

/** Everything that a step of training changes: an ordinary pytree. */
export interface TrainingState<P, S, U> extends Variables<P, S> {
  readonly optimizerState: U
}

/** What is minimised, by what, and what else is measured meanwhile. */
export interface Objective<O, T, U> {
  readonly loss: Measure<O, T>
  readonly metrics?: Measures<O, T>
  /** How much the loss of an example counts, by its integer label: 1 for every class unless said. */
  readonly classWeights?: readonly number[]
  readonly optimizer: GradientTransformation<U>
}

/** The loss and each metric of a batch, as scalars. */
export interface BatchMetrics {
  readonly loss: Tensor
  readonly [metric: string]: Tensor
}

/** What a layer makes of a batch: the mean loss, the next state of the layer, and what was measured. */
type Forward<P, S, I, T> = (
  params: P,
  state: S,
  key: Key,
  x: I,
  y: T,
  weights: Tensor | null,
) => readonly [loss: Tensor, aux: readonly [state: S, measured: Measured]]

/** The loss and the metrics of outputs. */
export const measuredOf = <O, T, U>(
  { loss, metrics = {}, classWeights }: Objective<O, T, U>,
  kinds: Kinds,
  outputs: O,
  y: T,
  weights: Tensor | null,
): readonly [loss: Tensor, measured: Measured] => {
  const [mean, part] = lossOf(loss, outputs, y, kinds, weights ?? undefined, classWeights)
  return [mean, { loss: part, ...metricsOf(metrics, outputs, y, kinds) }]
}

export const forwardOf =
  <P, S, I, O, T, U>(layer: Layer<P, S, I, O>, objective: Objective<O, T, U>, kinds: Kinds): Forward<P, S, I, T> =>
  (params, state, key, x, y, weights) => {
    const masks = leftOut(y, weights ?? undefined, objective.classWeights)
    const [outputs, next] = layer.apply(params, state, settledInputs(x, masks), { mode: 'train', key })
    const [mean, measured] = measuredOf(objective, kinds, quietOutputs(outputs, masks), y, weights)
    return [mean, [next, measured]]
  }

/** What a batch says: how to change the parameters, the next state of the layer, the loss, and what was measured. */
export type Gradients<P, S, I, T> = (
  params: P,
  state: S,
  key: Key,
  x: I,
  y: T,
  weights?: Tensor,
) => readonly [P, S, Tensor, Measured]

/** The first half of a step, before the optimiser has its say. */
export const gradientsOf = <P, S, I, O, T, U>(
  layer: Layer<P, S, I, O>,
  objective: Objective<O, T, U>,
  kinds: Kinds,
): Gradients<P, S, I, T> => {
  const derivative = valueAndGrad(forwardOf(layer, objective, kinds), { hasAux: true })
  return (params, state, key, x, y, weights) => {
    const [[value, [next, measured]], gradients] = derivative(
      params,
      state,
      key,
      x,
      y,
      weights ?? null,
    ) as unknown as readonly [ReturnType<Forward<P, S, I, T>>, P]
    return [gradients, next, value, measured]
  }
}

/** The second half of a step: the optimiser makes updates of gradients. It may look at the loss, and at that of other parameters. */
export const updated = <P, S, U>(
  optimizer: GradientTransformation<U>,
  { params, optimizerState }: TrainingState<P, S, U>,
  gradients: P,
  state: S,
  extra: Pick<ExtraArgs<P>, 'value' | 'valueFn'>,
): TrainingState<P, S, U> => {
  const [updates, next] = optimizer.update(gradients, optimizerState, params, { ...extra, grad: gradients })
  return { params: applyUpdates(params, updates), state, optimizerState: next }
}

/** From a state, a key for whatever is random, and a batch to the next state and what was measured before the step. */
export type TrainingStep<P, S, I, T, U> = (
  state: TrainingState<P, S, U>,
  key: Key,
  x: I,
  y: T,
  weights?: Tensor,
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
  objective: Objective<O, T, U>,
): TrainingStep<P, S, I, T, U> => {
  const kinds: Kinds = new Map()
  const step = measuringStep(layer, objective, kinds)
  return (state, key, x, y, weights) => {
    const [next, measured] = step(state, key, x, y, weights)
    const numbers = numbersOf(measured, kinds)
    // A tree has its keys in order of the alphabet.
    const names = ['loss', ...Object.keys(objective.metrics ?? {})]
    return [next, Object.fromEntries(names.map((name) => [name, numbers[name] as Tensor])) as BatchMetrics]
  }
}

/** A step that tells what it measured in the form in which it adds up. */
export const measuringStep = <P, S, I, O, T, U>(
  layer: Layer<P, S, I, O>,
  objective: Objective<O, T, U>,
  kinds: Kinds,
): ((
  state: TrainingState<P, S, U>,
  key: Key,
  x: I,
  y: T,
  weights?: Tensor,
) => readonly [TrainingState<P, S, U>, Measured]) => {
  const [forward, gradients] = [forwardOf(layer, objective, kinds), gradientsOf(layer, objective, kinds)]
  return (state, key, x, y, weights) => {
    const [change, next, value, measured] = gradients(state.params, state.state, key, x, y, weights)
    const valueFn = (params: P): Tensor => forward(params, state.state, key, x, y, weights ?? null)[0]
    return [updated(objective.optimizer, state, change, next, { value, valueFn }), measured]
  }
}
