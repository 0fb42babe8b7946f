/** `nn.metrics.streaming`: metrics whose counts add up over batches. Classes and regions first, then numbers, then words. */

export { type BleuCounts, type BleuOptions, type BleuSmoothing, bleu, type Token } from './bleu.js'
export { type ChrfCounts, type ChrfOptions, chrF } from './chrf.js'
export { characterErrorRate, type Errors, wordErrorRate } from './error-rates.js'
export { bitsPerByte, perplexityPerByte } from './per-byte.js'
export {
  type AucOptions,
  accuracy,
  auc,
  bitsPerDimension,
  type ClassScores,
  classScores,
  confusionMatrix,
  type Decisions,
  diceScore,
  f1Score,
  type Hits,
  mean,
  meanIou,
  perplexity,
  precision,
  r2Score,
  recall,
  type ScoreCounts,
  type Spread,
  topKAccuracy,
  type Weighed,
} from './streaming.js'
