/** Looking at a model without training it: metrics over many examples, and outputs for them. */
import { ArgumentError, jit, np, operation, type Tensor } from '@puregrad/core'
import type { Layer, Variables } from '@puregrad/nn'
import { checkExamples, checkGiven, checkModel } from './arguments.js'
import { askedAhead, isPromise } from './data/pipeline/eventually.js'
import { isSource, type Source } from './data/pipeline/source.js'
import {
  checkElement,
  concatenated,
  type ExampleSource,
  type Looks,
  looksOfRows,
  looksOfSource,
  sizeOf,
} from './feed.js'
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
  /** Examples per call of the model: 500 unless said; null for a source of batches. */
  readonly batchSize?: number | null
}

const usualBatch = 500

/** Examples as batches to look at. */
const looksOf = <X>(operation: string, x: X | ExampleSource<X>, size: number | null): Looks<X> => {
  if (isSource(x)) return looksOfSource(operation, x as ExampleSource<X>, size)
  return looksOfRows(rowsOf<X>(operation, x as X), size ?? usualBatch)
}

/**
 * Compiles an evaluation once; each run pauses after every batch and ends with the metrics. Where a batch is still on its way it
 * yields the promise, to be given the batch.
 */
export const evaluation = <P, S, I, O, T>(
  layer: Layer<P, S, I, O>,
  examples: Examples<I, T> | ExampleSource<Examples<I, T>>,
  { loss, metrics = {}, batchSize = usualBatch }: EvaluateOptions<O, T>,
): ((variables: Variables<P, S>) => Generator<unknown, Metrics>) => {
  const looks = looksOf('evaluate', examples, batchSize)
  const kinds: Kinds = new Map()
  /** Whether a measure can only be asked of all examples at once. */
  const asksForAll = (name: string): boolean => {
    const kind = kinds.get(name)
    return (kind?._tag === 'Whole' && looks.count > 1) || (kind?._tag === 'Total' && !kind.isExact)
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
    const targets: T[] = []
    let ahead: Promise<Examples<I, T>> | undefined
    for (let i = 0; i < looks.count; i++) {
      const look = ahead ?? looks.at(i)
      // Whoever runs this answers a promise with what it gives. The next one is on its way while this one is looked at.
      const batch = isPromise(look) ? ((yield look) as Examples<I, T>) : look
      ahead = isPromise(look) && i + 1 < looks.count ? askedAhead(() => looks.at(i + 1)) : undefined
      checkElement('evaluate', batch)
      const found = measure(params, state, batch) as { readonly measured: Measured; readonly outputs: O | null }
      total.add({ measured: found.measured, axes: 0, examples: sizeOf('evaluate', batch) })
      if (found.outputs !== null) {
        outputs.push(found.outputs)
        targets.push(batch.y)
      }
      yield
    }
    if (!needsAll()) return total.means()
    const all = measureAll(concatenated(outputs), concatenated(targets)) as Readonly<Record<string, Tensor>>
    return { ...total.means(), ...Object.fromEntries(Object.entries(all).map(([name, value]) => [name, value.item()])) }
  }
}

/**
 * The mean loss and metrics of a model over examples, in evaluation mode: the same for any batch size. Numbers for each example,
 * means of `losses` and metrics of nn add up over batches. Any other function that gives one number for a whole batch is asked once,
 * of the outputs for all examples, which are kept until then.
 * @param variables the parameters and state of the layer, as `init` or `fit` give them
 * @param examples arrays, or a source: of examples, or with `batchSize: null` of batches
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
    examples: Examples<I, T> | Source<Examples<I, T>>,
    options: EvaluateOptions<O, T>,
  ): Metrics => {
    checkModel('evaluate', layer, variables)
    if (!isSource(examples)) checkExamples('evaluate', 'argument 3', examples)
    checkGiven('evaluate', 'loss', options?.loss, 'Give a loss in argument 4: { loss: nn.losses.l2Loss }.')
    const run = evaluation(layer, examples, options)(variables)
    for (;;) {
      const { done, value } = run.next()
      if (done === true) return value
      if (isPromise(value)) throw new ArgumentError(`evaluate: ${late}`)
    }
  },
)

const late =
  'elements of the source are promises, and the answer is asked for at once. Await them first; `validation` of fit does.'

export interface PredictOptions {
  /** Examples per call of the model: 500 unless said; null for a source of batches. */
  readonly batchSize?: number | null
}

/**
 * The outputs of a model for many inputs, in evaluation mode.
 * @param x arrays, or a source of inputs: of single ones, or with `batchSize: null` of batches
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
    x: I | Source<I>,
    { batchSize = usualBatch }: PredictOptions = {},
  ): Tensor => {
    checkModel('predict', layer, variables)
    checkGiven('predict', 'x, argument 3,', x, 'Give the inputs, one row for each example.')
    const { params, state } = variables
    const looks = looksOf<I>('predict', x, batchSize)
    const outputs = jit((p: P, s: S, batch: I) => layer.apply(p, s, batch, { mode: 'eval' })[0])
    const parts = Array.from({ length: looks.count }, (_, i) => {
      const batch = looks.at(i)
      if (isPromise(batch)) throw new ArgumentError(`predict: ${late}`)
      return outputs(params, state, batch)
    })
    return np.concatenate(parts, { axis: 0 })
  },
)
