/** Callbacks: first those that steer a training, then those that write about it; then what they are, to write one's own. */
export { type EarlyStoppingOptions, type EarlyStoppingState, earlyStopping } from './early-stopping.js'
export { terminateOnNaN } from './terminate-on-nan.js'
export {
  type Also,
  learningRates,
  type PlateauOptions,
  type PlateauState,
  reduceLearningRate,
} from './learning-rate.js'
export { type CheckpointsOptions, type CheckpointsState, checkpoints } from './checkpoints.js'
export {
  type CsvLogState,
  csvLog,
  type JsonlLogOptions,
  jsonlLog,
  type LogOptions,
  type LogState,
} from './text-logs.js'
export { type TensorBoardLogOptions, tensorBoardLog } from './tensor-board.js'
export type {
  Began,
  Callback,
  CallbackStates,
  Effect,
  Ended,
  EpochEnded,
  Moment,
  Monitor,
  SomeCallback,
  SomeState,
  Stepped,
  TrainingEvent,
} from './callback.js'
