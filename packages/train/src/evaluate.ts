/** Looking at a model without training it: metrics over many examples, and outputs for them. */
import { jit, np, type Tensor } from '@puregrad/core'
import type { Layer, Variables } from '@puregrad/nn'
import type { Metrics } from './history.js'
import { lossOf, type Measure, type Measures, metricsOf, runningMeans } from './metrics.js'
import { type Examples, rowsOf } from './rows.js'

export interface EvaluateOptions<O = Tensor, T = Tensor> {
  readonly loss: Measure<O, T>
  readonly metrics?: Measures<O, T>
  /** Examples per call of the model: 500 unless said. */
  readonly batchSize?: number
}

const usualBatch = 500

/** Compiles an evaluation once; each run pauses after every batch and ends with the metrics. */
export const evaluation = <P, S, I, O, T>(
  layer: Layer<P, S, I, O>,
  examples: Examples<I, T>,
  { loss, metrics = {}, batchSize = usualBatch }: EvaluateOptions<O, T>,
): ((variables: Variables<P, S>) => Generator<void, Metrics>) => {
  const rows = rowsOf('evaluate', examples)
  const measure = jit((params: P, state: S, { x, y, weights }: Examples<I, T>) => {
    const [outputs] = layer.apply(params, state, x, { mode: 'eval' })
    return { loss: lossOf(loss, outputs, y, weights), ...metricsOf(metrics, outputs, y) }
  })
  return function* ({ params, state }) {
    const total = runningMeans(metrics)
    for (let start = 0; start < rows.count; start += batchSize) {
      const stop = Math.min(start + batchSize, rows.count)
      const measured = measure(params, state, rows.slice(start, stop)) as Readonly<Record<string, Tensor>>
      total.add(measured, stop - start)
      yield
    }
    return total.means()
  }
}

/**
 * The mean loss and metrics of a model over examples, in evaluation mode.
 * @param variables the parameters and state of the layer, as `init` or `fit` give them
 * @throws ShapeError if inputs and targets are not equally many
 * @example
 * const model = dense(2)
 * const variables = init(model, [3], random.key(0))
 * const examples = { x: np.zeros([8, 3]), y: np.zeros([8], { dtype: 'int32' }) }
 * evaluate(model, variables, examples, {
 *   loss: losses.softmaxCrossEntropyWithIntegerLabels,
 *   metrics: { accuracy: metrics.accuracy },
 * }) // { loss: 0.6931472, accuracy: 1 }
 */
export const evaluate = <P, S, I, O, T>(
  layer: Layer<P, S, I, O>,
  variables: Variables<P, S>,
  examples: Examples<I, T>,
  options: EvaluateOptions<O, T>,
): Metrics => {
  const run = evaluation(layer, examples, options)(variables)
  for (;;) {
    const { done, value } = run.next()
    if (done === true) return value
  }
}

export interface PredictOptions {
  /** Examples per call of the model: 500 unless said. */
  readonly batchSize?: number
}

/**
 * The outputs of a model for many inputs, in evaluation mode.
 * @returns one output per input, in their order
 * @example
 * const model = dense(2)
 * predict(model, init(model, [3], random.key(0)), np.ones([1000, 3])).shape // [1000, 2]
 */
export const predict = <P, S, I>(
  layer: Layer<P, S, I, Tensor>,
  { params, state }: Variables<P, S>,
  x: I,
  { batchSize = usualBatch }: PredictOptions = {},
): Tensor => {
  const rows = rowsOf('predict', x)
  const outputs = jit((p: P, s: S, batch: I) => layer.apply(p, s, batch, { mode: 'eval' })[0])
  const parts: Tensor[] = []
  for (let start = 0; start < rows.count; start += batchSize) {
    parts.push(outputs(params, state, rows.slice(start, Math.min(start + batchSize, rows.count))))
  }
  return np.concatenate(parts, { axis: 0 })
}
