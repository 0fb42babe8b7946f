import { operation, RangeError } from '@puregrad/core'
import { type Callback, type Effect, isBetter, type Monitor, monitored } from './callback.js'

export interface CheckpointsOptions extends Monitor {
  /** Save after so many steps, too; only after epochs unless said. The steps of one compiled call come first. */
  readonly everySteps?: number
  /** How many of the latest stay: 3 unless said. */
  readonly keep?: number
}

/** When it last saved, and the best value so far. */
export interface CheckpointsState {
  readonly savedAt: number
  readonly best: number
}

/**
 * Saves the session in a folder after every epoch and at the end, also of a training that a signal ends; the best one, if a
 * metric is monitored, as `best.ckpt`. `loadLatestSession` finds from where to go on.
 * @throws RangeError in an epoch that has no such metric
 * @example
 * const options = { loss: losses.l2Loss, optimizer: sgd(0.1), train: { x: np.ones([8, 1]), y: np.ones([8, 1]) } }
 * const start = init(dense(1), [1], random.key(0))
 * const fitted = await fit(dense(1), start, {
 *   ...options,
 *   epochs: 4,
 *   key: random.key(1),
 *   callbacks: [checkpoints('/tmp/puregrad-docs/checkpoints', { monitor: 'loss', keep: 2 })],
 * })
 * const listed = await listCheckpoints('/tmp/puregrad-docs/checkpoints')()
 * E.isRight(listed) && listed.right.map(({ step }) => step) // [3, 4]
 */
export const checkpoints = operation(
  'checkpoints',
  { at: 1, names: ['everySteps', 'keep', 'monitor', 'mode'] },
  (folder: string, options: CheckpointsOptions = {}): Callback<CheckpointsState> => {
    const { monitor, mode = 'min', everySteps = Number.POSITIVE_INFINITY, keep = 3 } = options
    if (!(everySteps >= 1) || !Number.isInteger(keep) || keep < 1) {
      throw new RangeError(`checkpoints: everySteps ${everySteps} and keep ${keep} have to be numbers from 1 up.`)
    }
    const save = (best: boolean): readonly Effect[] => [{ _tag: 'Save', folder, keep, best }]
    return {
      name: `checkpoints ${folder}`,
      init: { savedAt: 0, best: Number.NaN },
      reduce: (state, event) => {
        const saved = { ...state, savedAt: event.totalSteps }
        if (event._tag === 'EpochEnded') {
          if (monitor === undefined) return [saved, save(false)]
          const value = monitored('checkpoints', event.record, monitor)
          return isBetter(value, state.best, mode) ? [{ ...saved, best: value }, save(true)] : [saved, save(false)]
        }
        const isDue =
          event._tag === 'Stepped'
            ? event.totalSteps - state.savedAt >= everySteps
            : event._tag === 'Ended' && event.totalSteps > state.savedAt
        return isDue ? [saved, save(false)] : [state, []]
      },
    }
  },
)
