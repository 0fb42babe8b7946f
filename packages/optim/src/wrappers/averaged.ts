/** Averages of parameters over training, by which a model is often better judged than by its last step. */
import { np, operation, RangeError, type Tensor, TreeError } from '@puregrad/core'
import { increment, noSteps, times } from '../moments.js'
import { type GradientTransformation, type Moments, requiredParams } from '../transformation.js'
import { mapTree, momentsOf } from '../trees.js'

export interface AveragedState<S> {
  readonly inner: S
  /** The average, a tree like the parameters: `averageOf` gives it their type. */
  readonly average: Moments
  readonly steps: Tensor
}

type Average = (average: Tensor, now: Tensor, steps: Tensor) => Tensor

/** The same optimiser, with an average of the parameters behind each of its steps beside its state. */
const keeping = <S>(
  name: string,
  inner: GradientTransformation<S>,
  moved: Average,
): GradientTransformation<AveragedState<S>> => ({
  init: (params) => ({ inner: inner.init(params), average: momentsOf((x) => x, params), steps: noSteps() }),
  update: (grads, state, params, extra) => {
    const before = requiredParams(name, params)
    const [updates, next] = inner.update(grads, state.inner, before, extra)
    const steps = increment(state.steps)
    const average = mapTree((a, p, u) => moved(a, p.add(u), steps), state.average, before, updates)
    return [updates, { inner: next, average, steps }]
  },
})

/**
 * The same optimiser with an exponential moving average of the parameters: average ← decay · average + (1 − decay) · parameters, from
 * where they start. Polyak & Juditsky 1992.
 * @throws RangeError unless the decay is from 0 up to, but not including, 1; TreeError if `update` gets no parameters
 * @example
 * const params = { w: np.array([1]) }
 * const optimizer = withEma(sgd(1), 0.5)
 * const [, state] = optimizer.update({ w: np.array([2]) }, optimizer.init(params), params)
 * state.average // { w: [0] }
 */
export const withEma = operation(
  'withEma',
  {},
  <S>(optimizer: GradientTransformation<S>, decay: number): GradientTransformation<AveragedState<S>> => {
    if (!(decay >= 0 && decay < 1))
      throw new RangeError(`withEma: the decay is ${decay}, and has to be a number from 0 up to 1, such as 0.999.`)
    return keeping('withEma', optimizer, (average, now) => now.add(times(average.sub(now), decay)))
  },
)

export interface SwaOptions {
  /** Steps before the first that counts: 0 unless said. */
  readonly start?: number
  /** How many steps lie between those that count: 1 unless said. */
  readonly every?: number
}

/**
 * The same optimiser with the plain mean of the parameters over a window of its steps, which begins after `start` of them. Before that
 * the average is the parameters themselves. Izmailov et al. 2018.
 * @throws RangeError unless start is a whole number ≥ 0 and every one ≥ 1; TreeError if `update` gets no parameters
 * @example
 * const params = { w: np.array([1]) }
 * const optimizer = withSwa(sgd(1), { start: 1 })
 * const [, state] = optimizer.update({ w: np.array([2]) }, optimizer.init(params), params)
 * state.average // { w: [-1] }
 */
export const withSwa = operation(
  'withSwa',
  { at: 1, names: ['start', 'every'] },
  <S>(
    optimizer: GradientTransformation<S>,
    { start = 0, every = 1 }: SwaOptions = {},
  ): GradientTransformation<AveragedState<S>> => {
    if (!Number.isInteger(start) || start < 0)
      throw new RangeError(`withSwa: start is ${start}, and has to be a whole number from 0 up.`)
    if (!Number.isInteger(every) || every < 1)
      throw new RangeError(`withSwa: every is ${every}, and has to be a whole number from 1 up.`)
    return keeping('withSwa', optimizer, (average, now, steps) => {
      const inside = steps.sub(start)
      // The first that counts is the one `every` steps after the start.
      const counts = np.logicalAnd(inside.gt(0), inside.mod(every).eq(0))
      const mean = average.add(now.sub(average).div(np.maximum(np.floorDivide(inside, every), 1).astype(now.dtype)))
      return np.where(inside.lt(every), now, np.where(counts, mean, average))
    })
  },
)

/** Finds the average among states of wrappers and chains. */
const found = (state: unknown): unknown => {
  if (typeof state !== 'object' || state === null) return undefined
  if ('average' in state && 'inner' in state) return state.average
  for (const child of Object.values(state)) {
    const inside = found(child)
    if (inside !== undefined) return inside
  }
  return undefined
}

/**
 * The average that `withEma` or `withSwa` holds in an optimiser's state, wherever it stands in a chain, as parameters. In a `fit` of
 * train: `evaluated: ({ params, state, optimizerState }) => ({ params: averageOf(optimizerState, params), state })`.
 * @param like the parameters, whose type the average has
 * @throws TreeError if there is none
 * @example
 * const params = { w: np.array([1, 2]) }
 * averageOf(withEma(adam(1e-3), 0.999).init(params), params) // { w: [1, 2] }
 */
export const averageOf = <P>(optimizerState: unknown, like: P): P => {
  const average = found(optimizerState)
  if (average === undefined)
    throw new TreeError('averageOf: the state of the optimiser holds no average. Make it with withEma or withSwa.')
  return mapTree((x) => x, average as P & typeof like)
}
