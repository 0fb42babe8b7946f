/** Callbacks: first those that steer a training, then those that write about it; then what they are, to write one's own. */
export { type EarlyStoppingOptions, type EarlyStoppingState, earlyStopping } from './earlyStopping.js'
export { terminateOnNaN } from './terminateOnNaN.js'
export {
  type Also,
  learningRates,
  type PlateauOptions,
  type PlateauState,
  reduceLearningRate,
} from './learningRate.js'
export { type CheckpointsOptions, type CheckpointsState, checkpoints } from './checkpoints.js'
export {
  type CsvLogState,
  csvLog,
  type JsonlLogOptions,
  jsonlLog,
  type LogOptions,
  type LogState,
} from './textLogs.js'
export { type TensorBoardLogOptions, tensorBoardLog } from './tensorBoard.js'
export type {
  Began,
  Callback,
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
