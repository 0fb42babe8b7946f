/** `nn.losses`: Optax's names. A loss gives one number per example or per element; `reduction` makes one of them. */
export { type Reduction, type ReductionOptions, reduction, type SumAndWeight, sumAndWeight } from './reduction.js'
export {
  binaryCrossEntropy,
  type CrossEntropyOptions,
  crossEntropy,
  type FocalOptions,
  type IntegerLabelOptions,
  type PolyLossOptions,
  type ProbabilityOptions,
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
export { type DiceOptions, diceLoss } from './overlap.js'
export {
  absoluteError,
  type HuberOptions,
  huberLoss,
  l2Loss,
  logCosh,
  meanAbsoluteError,
  meanSquaredError,
  type SmoothL1Options,
  smoothL1,
  squaredError,
} from './regression.js'
export {
  type CosineOptions,
  cosineDistance,
  cosineSimilarity,
  type InfoNceOptions,
  infoNce,
  type NtxentOptions,
  ntxent,
} from './similarity.js'
export {
  type AdversarialLoss,
  type GradientPenaltyOptions,
  gradientPenalty,
  hingeGan,
  leastSquaresGan,
  minimaxGan,
  nonSaturatingGan,
  wassersteinGan,
} from './adversarial.js'
