import type { EpochEnded, Metrics, Moment, SomeState, Stepped } from '../src/index.js'

export const someState: SomeState = { params: { w: 1 }, state: null, optimizerState: null }

const moment = (totalSteps: number, state: SomeState): Moment => ({
  epoch: Math.ceil(totalSteps / 10),
  step: ((totalSteps - 1) % 10) + 1,
  steps: 10,
  totalSteps,
  time: 1_700_000_000.5,
  state,
})

/** The end of an epoch of ten steps. */
export const epochEnded = (epoch: number, train: Metrics, validation?: Metrics, state = someState): EpochEnded => ({
  _tag: 'EpochEnded',
  ...moment(10 * epoch, state),
  record: { epoch, train, ...(validation === undefined ? {} : { validation }), seconds: 2 },
})

/** Steps up to this one. */
export const stepped = (totalSteps: number, measured: readonly Metrics[]): Stepped => ({
  _tag: 'Stepped',
  ...moment(totalSteps, someState),
  measured,
  means: measured.at(-1) ?? {},
})
