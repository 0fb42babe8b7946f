/** Learning rates: telling them to logs, and lowering them when a training no longer improves. */
import { np, operation, RangeError, Tensor, tree } from '@puregrad/core'
import type { ScalarOrSchedule } from '@puregrad/optim'
import type { Metrics } from '../history.js'
import { type Callback, isBetter, type Moment, type Monitor, monitored } from './callback.js'

/** More to log at some moment of a training. */
export type Also = (moment: Moment) => Metrics

const numberOf = (x: tree.Leaf): number => (x instanceof Tensor ? x.item() : Number(x))

const isLearningRate = (path: tree.Path): boolean => path.at(-1) === 'learningRate'

/** The learning rate that an optimiser keeps in its state. */
const stored = (optimizerState: unknown): number | undefined => {
  const at = tree.leafPaths(optimizerState).findIndex(isLearningRate)
  const leaf = tree.flatten(optimizerState)[0][at]
  return leaf === undefined ? undefined : numberOf(leaf)
}

/**
 * The learning rate of the last step, for logs: of a schedule, or, if none is given, the one called `learningRate` that
 * the optimiser keeps in its state.
 * @param learningRate what the optimiser was given
 * @throws RangeError if none is given and the optimiser keeps none
 * @example
 * const schedule = exponentialDecay(0.1, 10, 0.5)
 * const logs = jsonlLog('/tmp/puregrad-docs/log.jsonl', { also: learningRates(schedule) })
 */
export const learningRates =
  (learningRate?: ScalarOrSchedule): Also =>
  ({ totalSteps, state }) => {
    const count = Math.max(0, totalSteps - 1)
    const given = typeof learningRate === 'function' ? learningRate(count) : learningRate
    const value = given === undefined ? stored(state.optimizerState) : numberOf(given)
    if (value !== undefined) return { learningRate: value }
    throw new RangeError(
      'learningRates: the optimiser keeps no learningRate in its state. Pass the number or schedule that it was given.',
    )
  }

export interface PlateauOptions extends Monitor {
  /** By what the learning rate is multiplied: 0.1 unless said. */
  readonly factor?: number
  /** So many epochs in a row without improvement lower it: 10 unless said. */
  readonly patience?: number
  /** How much better counts as better: 1e-4 unless said. */
  readonly minDelta?: number
  /** Epochs after a reduction in which nothing is counted: 0 unless said. */
  readonly cooldown?: number
  /** Below this it does not go: 0 unless said. */
  readonly minLearningRate?: number
  /** How the state of the optimiser changes: the leaf called `learningRate` is multiplied, unless said. */
  readonly reduce?: (optimizerState: unknown, factor: number) => unknown
}

/** The best value, how many epochs ago it was, and for how many more nothing is counted. */
export interface PlateauState {
  readonly best: number
  readonly waited: number
  readonly cooling: number
}

const multiplied =
  (least: number) =>
  (optimizerState: unknown, factor: number): unknown => {
    if (stored(optimizerState) === undefined) {
      throw new RangeError(
        'reduceLearningRate: the optimiser keeps no learningRate in its state. Use one that does, or say in `reduce` what to change.',
      )
    }
    const scaled = (path: tree.Path, leaf: Tensor): unknown => {
      if (!isLearningRate(path)) return leaf
      const value = Math.max(least, numberOf(leaf) * factor)
      return leaf instanceof Tensor ? np.full(leaf.shape, value, { dtype: leaf.dtype }) : value
    }
    return tree.mapWithPath(scaled as never, optimizerState as Tensor)
  }

/**
 * Lowers the learning rate when a metric has not become better for some epochs. It changes the state of the optimiser, which
 * has to hold the rate under the name `learningRate`.
 * @throws RangeError in an epoch that has no such metric, or if the optimiser keeps no learning rate
 * @example
 * const plateau = reduceLearningRate({ monitor: 'loss', factor: 0.5, patience: 1 })
 * const moment = { epoch: 1, step: 9, steps: 9, totalSteps: 9, time: 0, state: { params: null, state: null, optimizerState: null } }
 * const ended = (loss: number) => ({ _tag: 'EpochEnded', ...moment, record: { epoch: 1, train: { loss }, seconds: 1 } }) as const
 * const [state] = plateau.reduce(plateau.init, ended(0.5))
 * const [, [effect]] = plateau.reduce(state, ended(0.5))
 * effect?._tag === 'EditOptimizer' && effect.edit({ learningRate: 0.1 }) // { learningRate: 0.05 }
 */
export const reduceLearningRate = operation(
  'reduceLearningRate',
  { at: 0, names: ['factor', 'patience', 'minDelta', 'cooldown', 'minLearningRate', 'reduce', 'monitor', 'mode'] },
  (options: PlateauOptions = {}): Callback<PlateauState> => {
    const { monitor = 'validation loss', mode = 'min', factor = 0.1, patience = 10, minDelta = 1e-4 } = options
    const { cooldown = 0, minLearningRate = 0, reduce = multiplied(minLearningRate) } = options
    return {
      name: `reduceLearningRate ${monitor}`,
      init: { best: Number.NaN, waited: 0, cooling: 0 },
      reduce: (state, event) => {
        if (event._tag !== 'EpochEnded') return [state, []]
        const value = monitored('reduceLearningRate', event.record, monitor)
        const cooling = Math.max(0, state.cooling - 1)
        if (isBetter(value, state.best, mode, minDelta)) return [{ best: value, waited: 0, cooling }, []]
        if (state.cooling > 0) return [{ ...state, waited: 0, cooling }, []]
        const waited = state.waited + 1
        if (waited < patience) return [{ ...state, waited }, []]
        const edit = (optimizerState: unknown): unknown => reduce(optimizerState, factor)
        return [{ ...state, waited: 0, cooling: cooldown }, [{ _tag: 'EditOptimizer', edit }]]
      },
    }
  },
)
