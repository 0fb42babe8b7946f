/** A learning-rate range test: which rates a model learns by. */
import { checkOptions, np, RangeError } from '@puregrad/core'
import type { Key, Layer, Variables } from '@puregrad/nn'
import type { GradientTransformation, Schedule } from '@puregrad/optim'
import { checkGiven, checkModel } from './arguments.js'
import type { Callback } from './callbacks/callback.js'
import { fit } from './fit.js'
import type { Measure } from './metrics.js'
import { lineChart } from './plot/line-chart.js'
import type { Svg } from './plot/svg.js'
import type { Examples } from './rows.js'

export interface LearningRateFinderOptions<I, O, T, U> {
  readonly train: Examples<I, T>
  readonly loss: Measure<O, T>
  /** An optimiser with this learning rate, such as `(rate) => adam(rate)`. */
  readonly optimizer: (learningRate: Schedule) => GradientTransformation<U>
  readonly key: Key
  /** The first rate and the last: 1e-6 and 1 unless said. */
  readonly from?: number
  readonly to?: number
  /** How many rates are tried: 100 unless said. */
  readonly steps?: number
  /** Examples per step: 32 unless said. */
  readonly batchSize?: number
  /** How much the mean of earlier losses counts in the smoothed one: 0.9 unless said. */
  readonly smoothing?: number
  /** The test ends when the smoothed loss is so many times the least: 4 unless said. */
  readonly divergence?: number
}

/** One step of the test. */
export interface TriedLearningRate {
  readonly learningRate: number
  /** The loss of the batch before the step. */
  readonly loss: number
  /** An exponential mean of the losses so far. */
  readonly smoothed: number
}

/** What the test found. */
export interface LearningRateFound {
  readonly history: readonly TriedLearningRate[]
  /** Where the smoothed loss falls fastest; null if it never falls. */
  readonly suggestion: number | null
  /** The losses over the logarithm of the rate. */
  readonly plot: Svg
}

/** The losses smoothed as Adam smooths moments: b-weighted means without the bias to the start. */
const smoothedBy = (b: number, losses: readonly number[]): readonly number[] => {
  let mean = 0
  return losses.map((loss, i) => {
    mean = b * mean + (1 - b) * loss
    return mean / (1 - b ** (i + 1))
  })
}

/** How many steps are worth looking at: up to the one that diverged. */
const lengthBefore = (losses: readonly number[], smoothing: number, divergence: number): number => {
  let least = Number.POSITIVE_INFINITY
  const smoothed = smoothedBy(smoothing, losses)
  const end = smoothed.findIndex((value) => {
    least = Math.min(least, value)
    return !(value <= Math.abs(least) * (divergence - 1) + least)
  })
  return end === -1 ? losses.length : end
}

interface Losses {
  readonly losses: readonly number[]
}

const untilDivergence = (steps: number, smoothing: number, divergence: number): Callback<Losses> => ({
  name: 'learningRateFinder',
  init: { losses: [] },
  reduce: (state, event) => {
    if (event._tag !== 'Stepped') return [state, []]
    const losses = [...state.losses, ...event.measured.map(({ loss = Number.NaN }) => loss)]
    const over = losses.length >= steps || lengthBefore(losses, smoothing, divergence) < losses.length
    return [{ losses }, over ? [{ _tag: 'Stop', reason: 'learningRateFinder: all is seen' }] : []]
  },
})

/** Where the smoothed loss falls fastest up to its least, by differences over five steps: rates are evenly spaced in log. */
const steepest = (history: readonly TriedLearningRate[]): number | null => {
  const values = history.map(({ smoothed }) => smoothed)
  const least = values.indexOf(Math.min(...values))
  const reach = 2
  const [first = 0] = values
  // A fall of less than float32 can tell is none.
  if (!(first - (values[least] ?? first) > 2 ** -23 * Math.abs(first))) return null
  let best: { readonly rate: number | null; readonly slope: number } = { rate: null, slope: 0 }
  for (let i = reach; i + reach <= least; i++) {
    const slope = (values[i + reach] as number) - (values[i - reach] as number)
    if (slope < best.slope) best = { rate: history[i]?.learningRate ?? null, slope }
  }
  return best.rate
}

/**
 * Trains for some steps while the learning rate grows from tiny to huge, evenly in its logarithm (Smith 2017, Cyclical Learning
 * Rates, section 3.3). The start is left as it was: what is learnt here is thrown away.
 * @param start what `init` gives
 * @throws RangeError for rates or numbers of steps that make no range
 * @example
 * const model = dense(1)
 * const x = random.normal(random.key(0), [64, 1])
 * const found = await learningRateFinder(model, init(model, [1], random.key(1)), {
 *   train: { x, y: x.mul(3) },
 *   loss: losses.l2Loss,
 *   optimizer: (rate) => sgd(rate),
 *   key: random.key(2),
 * })
 * found.suggestion !== null && found.suggestion > 0.001 // true
 */
export const learningRateFinder = async <P, S, I, O, T, U>(
  layer: Layer<P, S, I, O>,
  start: Variables<P, S>,
  options: LearningRateFinderOptions<I, O, T, U>,
): Promise<LearningRateFound> => {
  checkOptions('learningRateFinder', options, [
    'train',
    'loss',
    'optimizer',
    'key',
    'from',
    'to',
    'steps',
    'batchSize',
    'smoothing',
    'divergence',
  ])
  checkModel('learningRateFinder', layer, start)
  checkGiven('learningRateFinder', 'the options, argument 3,', options, 'It needs { train, loss, optimizer, key }.')
  checkGiven(
    'learningRateFinder',
    'optimizer',
    options.optimizer,
    'Give a function of the rate, such as (rate) => optim.sgd(rate).',
  )
  const { train, loss, optimizer, key, batchSize = 32, smoothing = 0.9, divergence = 4 } = options
  const { from = 1e-6, to = 1, steps = 100 } = options
  if (!(from > 0 && to > from && Number.isFinite(to)) || !Number.isInteger(steps) || steps < 2) {
    throw new RangeError(
      `learningRateFinder: ${steps} steps from ${from} to ${to} are no range. Take 0 < from < to and at least 2 steps.`,
    )
  }
  if (!(smoothing >= 0 && smoothing < 1 && divergence > 1)) {
    throw new RangeError(
      `learningRateFinder: smoothing is ${smoothing} and divergence ${divergence}. Take 0 ≤ smoothing < 1 and divergence > 1.`,
    )
  }
  const growth = Math.log(to / from) / (steps - 1)
  const schedule: Schedule = (count) => np.exp(np.multiply(np.asarray(count).astype('float32'), growth)).mul(from)
  const { session } = await fit(layer, start, {
    train,
    loss,
    optimizer: optimizer(schedule),
    epochs: steps,
    batchSize,
    key,
    stepsPerCall: Math.min(8, steps),
    callbacks: [untilDivergence(steps, smoothing, divergence)],
  })
  const { losses: all } = session.callbacks.learningRateFinder as Losses
  const measured = all.slice(0, steps)
  const losses = measured.slice(0, lengthBefore(measured, smoothing, divergence))
  const smoothed = smoothedBy(smoothing, losses)
  const history = losses.map((value, i) => ({
    learningRate: from * Math.exp(growth * i),
    loss: value,
    smoothed: smoothed[i] as number,
  }))
  const x = history.map(({ learningRate }) => Math.log10(learningRate))
  const suggestion = steepest(history)
  const plot = lineChart(
    [
      { name: 'smoothed', x, y: smoothed },
      { name: 'loss', x, y: losses, dashed: true },
    ],
    {
      title: suggestion === null ? 'The loss never falls' : `Falls fastest at ${suggestion.toPrecision(2)}`,
      xLabel: 'log₁₀ of the learning rate',
      yLabel: 'loss',
    },
  )
  return { history, suggestion, plot }
}
