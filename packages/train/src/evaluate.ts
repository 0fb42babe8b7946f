/** Looking at a model without training it: metrics over many examples, and outputs for them. */
import { jit, np, operation, type Tensor, tree } from '@puregrad/core'
import type { Layer, Variables } from '@puregrad/nn'
import { checkExamples, checkGiven, checkModel } from './arguments.js'
import type { Metrics } from './history.js'
import {
  type Kinds,
  lossOf,
  type Measure,
  type Measured,
  type Measures,
  metricsOf,
  type StreamingMeasure,
} from './metrics.js'
import { type Examples, rowsOf } from './rows.js'
import { tally } from './tally.js'
import { leftOut, settledInputs } from './weighting.js'

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
  const kinds: Kinds = new Map()
  /** Whether a measure can only be asked of all examples at once. */
  const asksForAll = (name: string): boolean => {
    const kind = kinds.get(name)
    return (kind?._tag === 'Whole' && rows.count > batchSize) || (kind?._tag === 'Total' && !kind.isExact)
  }
  const needsAll = (): boolean => [...kinds.keys()].some(asksForAll)
  const measure = jit((params: P, state: S, { x, y, weights }: Examples<I, T>) => {
    const masks = leftOut(y, weights, undefined)
    const [outputs] = layer.apply(params, state, settledInputs(x, masks), { mode: 'eval' })
    const measured = { loss: lossOf(loss, outputs, y, kinds, weights)[1], ...metricsOf(metrics, outputs, y, kinds) }
    return { measured, outputs: needsAll() ? outputs : null }
  })
  const measureAll = jit((outputs: O, y: T) => {
    const all: Readonly<Record<string, Measure<O, T> | StreamingMeasure<O, T>>> = { loss, ...metrics }
    const values = Object.entries(all).flatMap(([name, measure]) =>
      typeof measure === 'function' && asksForAll(name) ? [[name, np.mean(measure(outputs, y))] as const] : [],
    )
    return Object.fromEntries(values)
  })
  return function* ({ params, state }) {
    const total = tally(['loss', ...Object.keys(metrics)], kinds)
    const outputs: O[] = []
    for (let start = 0; start < rows.count; start += batchSize) {
      const stop = Math.min(start + batchSize, rows.count)
      const batch = measure(params, state, rows.slice(start, stop)) as {
        readonly measured: Measured
        readonly outputs: O | null
      }
      total.add({ measured: batch.measured, axes: 0, examples: stop - start })
      if (batch.outputs !== null) outputs.push(batch.outputs)
      yield
    }
    if (!needsAll()) return total.means()
    const all = measureAll(joined(outputs), rows.slice(0, rows.count).y) as Readonly<Record<string, Tensor>>
    return { ...total.means(), ...Object.fromEntries(Object.entries(all).map(([name, value]) => [name, value.item()])) }
  }
}

/** The outputs of all batches as those of one. */
const joined = <O>(outputs: readonly O[]): O =>
  tree.map(
    (...parts) => np.concatenate(parts as unknown as Tensor[], { axis: 0 }) as never,
    ...(outputs as unknown as [Tensor]),
  ) as O

/**
 * The mean loss and metrics of a model over examples, in evaluation mode: the same for any batch size. Numbers for each example,
 * means of `losses` and metrics of nn add up over batches. Any other function that gives one number for a whole batch is asked once,
 * of the outputs for all examples, which are kept until then.
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
export const evaluate = operation(
  'evaluate',
  { at: 3, names: ['loss', 'metrics', 'batchSize'] },
  <P, S, I, O, T>(
    layer: Layer<P, S, I, O>,
    variables: Variables<P, S>,
    examples: Examples<I, T>,
    options: EvaluateOptions<O, T>,
  ): Metrics => {
    checkModel('evaluate', layer, variables)
    checkExamples('evaluate', 'argument 3', examples)
    checkGiven('evaluate', 'loss', options?.loss, 'Give a loss in argument 4: { loss: nn.losses.l2Loss }.')
    const run = evaluation(layer, examples, options)(variables)
    for (;;) {
      const { done, value } = run.next()
      if (done === true) return value
    }
  },
)

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
export const predict = operation(
  'predict',
  { at: 3, names: ['batchSize'] },
  <P, S, I>(
    layer: Layer<P, S, I, Tensor>,
    variables: Variables<P, S>,
    x: I,
    { batchSize = usualBatch }: PredictOptions = {},
  ): Tensor => {
    checkModel('predict', layer, variables)
    checkGiven('predict', 'x, argument 3,', x, 'Give the inputs, one row for each example.')
    const { params, state } = variables
    const rows = rowsOf('predict', x)
    const outputs = jit((p: P, s: S, batch: I) => layer.apply(p, s, batch, { mode: 'eval' })[0])
    const parts: Tensor[] = []
    for (let start = 0; start < rows.count; start += batchSize) {
      parts.push(outputs(params, state, rows.slice(start, Math.min(start + batchSize, rows.count))))
    }
    return np.concatenate(parts, { axis: 0 })
  },
)
