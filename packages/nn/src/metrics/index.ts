/** `nn.metrics`: numbers to look at, not to differentiate. First of one batch, then over many. */
export {
  accuracy,
  auc,
  f1Score,
  precision,
  recall,
  topKAccuracy,
} from './classification.js'
export { confusionMatrix } from './confusion-matrix.js'
export type { TopKOptions } from './hits.js'
export { bleu, characterErrorRate, chrF, perplexity, type TextBleuOptions, wordErrorRate } from './texts.js'
export { editDistance, editDistances, type EditDistancesOptions, type Sequence } from './edit-distance.js'
export { type WordOptions, type WordScheme, words } from './words.js'
export { meanAbsoluteError, meanSquaredError, r2Score } from './regression.js'
export { type Metric, reduceBatches, sums, together } from './metric.js'
export * as streaming from './streaming-index.js'
