/**
 * Optimisers as gradient transformations: pairs of pure functions. Recipes first, since most readers need one; then schedules,
 * how to chain, what is chained, what wraps an optimiser, and the arithmetic of updates.
 */

// Recipes
export {
  type LarsOptions,
  type LionRecipeOptions,
  lars,
  lion,
  type SgdOptions,
  type SgdState,
  sgd,
} from './optimizers/sgd.js'
export {
  type AdamWOptions,
  adam,
  adamax,
  adamw,
  amsgrad,
  type LambOptions,
  lamb,
  nadam,
  radam,
  yogi,
} from './optimizers/adam.js'
export {
  type AdadeltaOptions,
  type AdafactorOptions,
  adadelta,
  adafactor,
  adagrad,
  type RmsPropOptions,
  type RmsPropState,
  rmsprop,
} from './optimizers/squares.js'
export { type MuonOptions, type MuonPartitionState, muon } from './optimizers/muon.js'
export { type LbfgsChainState, type LbfgsOptions, lbfgs } from './optimizers/lbfgs.js'

// Schedules
export {
  constantSchedule,
  type CosineDecayOptions,
  cosineDecaySchedule,
  type ExponentialDecayOptions,
  exponentialDecay,
  joinSchedules,
  linearSchedule,
  piecewiseConstantSchedule,
  polynomialSchedule,
  type ScalarOrSchedule,
  type Schedule,
  stepSchedule,
  type TransitionOptions,
} from './schedules/decay.js'
export * from './schedules/warmup.js'
export * from './schedules/cycles.js'

// How to chain
export {
  type Chain,
  type Chained,
  chain,
  type ExtraArgs,
  type GradientTransformation,
  identity,
  type Moments,
  Monoid,
  type SomeTransformation,
  type StateOf,
  type StatesOf,
  stateless,
} from './transformation.js'
export type { CountState, Scalar } from './moments.js'

// What is chained
export * from './scaling/scale.js'
export * from './scaling/momentum.js'
export {
  type AdamaxOptions,
  type AdamOptions,
  type AdamState,
  type AmsgradOptions,
  type AmsgradState,
  type RadamOptions,
  scaleByAdam,
  scaleByAdamax,
  scaleByAmsgrad,
  scaleByRadam,
  scaleByYogi,
  type YogiOptions,
} from './scaling/adam.js'
export * from './scaling/squares.js'
export * from './scaling/factored.js'
export * from './scaling/trust.js'
export {
  type Coefficients,
  type DimensionNumbersOf,
  type MuonDimensionNumbers,
  type MuonState,
  type OrthogonalizeOptions,
  orthogonalizeViaNewtonSchulz,
  type ScaleByMuonOptions,
  type ScaleByShapeOptions,
  scaleByMuon,
  scaleByShape,
} from './scaling/muon.js'
export * from './scaling/decay.js'
export * from './scaling/clipping.js'
export { type LbfgsState, type ScaleByLbfgsOptions, scaleByLbfgs } from './linesearch/lbfgs.js'
export * from './linesearch/scale-by-zoom-linesearch.js'
export type { ZoomOptions } from './linesearch/zoom.js'

// What wraps an optimiser
export type { Labels, LabelTree, Mask, MaskTree } from './prefixes.js'
export * from './wrappers/masked.js'
export * from './wrappers/partition.js'
export {
  hasUpdated,
  type MultiStepsOptions,
  type MultiStepsState,
  multiSteps,
  type ShouldSkip,
  skipLargeUpdates,
  skipNotFinite,
} from './wrappers/multi-steps.js'
export * from './wrappers/apply-if-finite.js'
export * from './wrappers/reduce-on-plateau.js'
export * from './wrappers/averaged.js'
export * from './wrappers/lookahead.js'
export * from './wrappers/sam.js'
export * from './wrappers/inject-hyperparams.js'

// Arithmetic of updates
export { applyUpdates } from './trees.js'
export { globalNorm } from './norms.js'
