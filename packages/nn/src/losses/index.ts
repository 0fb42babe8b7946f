/** `nn.losses`: Optax's names. A loss gives one number per example or per element; `np.mean` makes one of them. */
export {
  type CrossEntropyOptions,
  type FocalOptions,
  type PolyLossOptions,
  polyLossCrossEntropy,
  safeSoftmaxCrossEntropy,
  sigmoidBinaryCrossEntropy,
  sigmoidFocalLoss,
  smoothLabels,
  softmaxCrossEntropy,
  softmaxCrossEntropyWithIntegerLabels,
} from './classification.js'
export { type CtcOptions, ctcLoss } from './ctc.js'
export { convexKlDivergence, type DivergenceOptions, klDivergence, klDivergenceWithLogTargets } from './divergence.js'
export {
  hingeLoss,
  multiclassHingeLoss,
  multiclassPerceptronLoss,
  perceptronLoss,
  type TripletOptions,
  tripletMarginLoss,
} from './margin.js'
export { absoluteError, type HuberOptions, huberLoss, l2Loss, logCosh, squaredError } from './regression.js'
export { type CosineOptions, cosineDistance, cosineSimilarity, type NtxentOptions, ntxent } from './similarity.js'
