// What runs in a page as it does in Node, which adds to it in node.ts.
// In the order of a story: get data, look at the model, train it and watch, then tell what came out.
export {
  type DataError,
  type DataErrorKind,
  showDataError,
  decodeIdx,
  encodeIdx,
  type IdxArray,
  type IdxExpectation,
} from '@puregrad/formats'
export * as data from './data/index.js'
export type { ImageDataset, LabelledImages } from './data/labelled-images.js'
export { type Handwriting, type StrokeDigitsOptions, strokeDigits } from './data/strokes/stroke-digits.js'
export * from './callbacks/index.js'
export * from './checkpoint/index.js'
export { type EvaluateOptions, evaluate, type PredictOptions, predict } from './evaluate.js'
export { type FitOptions, type Fitted, fit, type Start } from './fit.js'
export type { ExampleSource } from './feed.js'
export type { Host, Keeping } from './host/host.js'
export { type MemoryHost, type MemoryHostOptions, memoryHost } from './host/memory-host.js'
export { pageHost } from './host/page-host.js'
export { inWorker, type InWorkerOptions, type Task } from './host/in-worker.js'
export type { EpochRecord, History, Metrics } from './history.js'
export {
  type LearningRateFound,
  type LearningRateFinderOptions,
  learningRateFinder,
  type TriedLearningRate,
} from './learning-rate-finder.js'
export type { Measure, Measures, Reducer, StreamingMeasure } from './metrics.js'
export { type AttentionPlotOptions, attentionPlot } from './plot/attention-plot.js'
export { type ConfusionPlotOptions, confusionPlot } from './plot/confusion-plot.js'
export {
  type DetectedImage,
  type DetectionSheetOptions,
  detectionSheet,
  type FoundThings,
} from './plot/detection-sheet.js'
export {
  type FeatureSheetOptions,
  featureSheet,
  type FilterSheetOptions,
  filterSheet,
} from './plot/feature-sheet.js'
export { type ImageSheetOptions, imageSheet, type PredictedImages } from './plot/image-sheet.js'
export { type LineChartOptions, lineChart, type Series } from './plot/line-chart.js'
export {
  type PrecisionRecallPlotOptions,
  precisionRecallPlot,
  type ScoredAnswers,
} from './plot/precision-recall-plot.js'
export { type TrainingCurvesOptions, trainingCurves } from './plot/training-curves.js'
export { type Progress, writeDuration, writeMetrics } from './progress.js'
export type { Examples } from './rows.js'
export type { DataPlan, LoopPlan, LoopSession, Position, Session } from './session.js'
export { summary } from './summary.js'
export { type Cell, textTable } from './table.js'
export type { Sum, Sums } from './tally.js'
export {
  type BatchMetrics,
  type Objective,
  type TrainingState,
  type TrainingStep,
  trainingStep,
} from './training-step.js'
export {
  type Command,
  type Course,
  type Ending,
  type Happening,
  machine,
  started,
  type Training,
} from './loop/machine.js'
export type { Reading, Readings } from './loop/readings.js'
export { type Step, type Trained, type TrainOptions, train } from './train.js'
export * as weights from './weights.js'
