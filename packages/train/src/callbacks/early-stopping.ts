import { operation } from '@puregrad/core'
import { type Callback, type Effect, isBetter, type Monitor, monitored, type SomeState } from './callback.js'

export interface EarlyStoppingOptions extends Monitor {
  /** So many epochs in a row without improvement end the training: 1 unless said. */
  readonly patience?: number
  /** How much better counts as better: anything unless said. */
  readonly minDelta?: number
  /**
   * Whether the training ends with the state of its best epoch instead of the last, however it ends: out of patience, out of
   * epochs, by another callback or by a signal. It is kept with the session meanwhile.
   */
  readonly restoreBest?: boolean
}

/** The best value, and how many epochs ago it was. */
export interface EarlyStoppingState {
  readonly best: number
  readonly waited: number
  /** The state of the best epoch, if it is to be restored. */
  readonly kept: SomeState | null
}

/**
 * Ends a training when a metric has not become better for some epochs. With `restoreBest` the parameters and states that `fit`
 * gives are those of the best epoch, however the training ends; its session keeps the last ones if something else than this
 * callback ended it, so that it goes on as if it had never been broken off.
 * @throws RangeError in an epoch that has no such metric
 * @example
 * const stop = earlyStopping({ monitor: 'loss', patience: 3, minDelta: 1e-4, restoreBest: true })
 * const fitted = await fit(dense(1), init(dense(1), [1], random.key(0)), {
 *   train: { x: np.zeros([4, 1]), y: np.zeros([4, 1]) },
 *   loss: losses.l2Loss,
 *   optimizer: sgd(0.1),
 *   epochs: 100,
 *   key: random.key(1),
 *   callbacks: [stop],
 * })
 * fitted.reason // 'earlyStopping: loss is no better than 0 since epoch 1'
 */
export const earlyStopping = operation(
  'earlyStopping',
  { at: 0, names: ['patience', 'minDelta', 'restoreBest', 'monitor', 'mode'] },
  (options: EarlyStoppingOptions = {}): Callback<EarlyStoppingState> => {
    const { monitor = 'validation loss', mode = 'min', patience = 1, minDelta = 0, restoreBest = false } = options
    const reason = ({ best, waited }: EarlyStoppingState, epoch: number): string =>
      `earlyStopping: ${monitor} is no better than ${best} since epoch ${epoch - waited}`
    return {
      name: `earlyStopping ${monitor}`,
      init: { best: Number.NaN, waited: 0, kept: null },
      reduce: (state, event) => {
        // A session that was saved when it ended stays ended.
        if (event._tag === 'Began') {
          const over = state.waited > 0 && state.waited >= patience
          return [state, over ? [{ _tag: 'Stop', reason: reason(state, event.epoch - 1) }] : []]
        }
        // Whatever ended the training, what it gives is its best.
        if (event._tag === 'Ended') return [state, state.kept === null ? [] : [{ _tag: 'Restore', state: state.kept }]]
        if (event._tag !== 'EpochEnded') return [state, []]
        const value = monitored('earlyStopping', event.record, monitor)
        if (isBetter(value, state.best, mode, minDelta)) {
          return [{ best: value, waited: 0, kept: restoreBest ? event.state : null }, []]
        }
        const next = { ...state, waited: state.waited + 1 }
        if (next.waited < patience) return [next, []]
        const effects: Effect[] = [{ _tag: 'Stop', reason: reason(next, event.epoch) }]
        if (next.kept !== null) effects.unshift({ _tag: 'Restore', state: next.kept })
        return [next, effects]
      },
    }
  },
)
