/**
 * `nn.losses`: Optax's names. A loss gives one number per example or element; `np.mean` makes one of them. First classes,
 * then numbers, then distributions and directions.
 */
export {
  type CrossEntropyOptions,
  type FocalOptions,
  polyLossCrossEntropy,
  type PolyLossOptions,
  safeSoftmaxCrossEntropy,
  sigmoidBinaryCrossEntropy,
  sigmoidFocalLoss,
  smoothLabels,
  softmaxCrossEntropy,
  softmaxCrossEntropyWithIntegerLabels,
} from './classification.js'
export {
  hingeLoss,
  multiclassHingeLoss,
  multiclassPerceptronLoss,
  perceptronLoss,
  tripletMarginLoss,
  type TripletOptions,
} from './margin.js'
export { absoluteError, huberLoss, type HuberOptions, l2Loss, logCosh, squaredError } from './regression.js'
export { convexKlDivergence, type DivergenceOptions, klDivergence, klDivergenceWithLogTargets } from './divergence.js'
export { cosineDistance, type CosineOptions, cosineSimilarity, ntxent, type NtxentOptions } from './similarity.js'
