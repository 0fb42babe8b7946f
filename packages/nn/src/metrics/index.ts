/** `nn.metrics`: numbers to look at, not to differentiate. */
export {
  accuracy,
  confusionMatrix,
  f1Score,
  precision,
  recall,
  type TopKOptions,
  topKAccuracy,
} from './classification.js'
export { meanAbsoluteError, meanSquaredError, r2Score } from './regression.js'
