/** `nn.metrics`: numbers to look at, not to differentiate. First of one batch, then over many. */
export {
  accuracy,
  auc,
  confusionMatrix,
  f1Score,
  precision,
  recall,
  type TopKOptions,
  topKAccuracy,
} from './classification.js'
export { meanAbsoluteError, meanSquaredError, r2Score } from './regression.js'
export { type Metric, reduceBatches, together } from './metric.js'
export * as streaming from './streaming-index.js'
