/** Optimisers as gradient transformations: pairs of pure functions. Recipes first, then what they are chained from. */
export {
  type AdagradOptions,
  type AdamWOptions,
  adagrad,
  adam,
  adamax,
  adamw,
  type Optimizer,
  type OptimizerState,
  type RmsPropOptions,
  rmsprop,
  type SgdOptions,
  sgd,
} from './optimizers.js'
export * from './schedules.js'
export {
  type ChainState,
  chain,
  type GradientTransformation,
  identity,
  type Moments,
  monoid,
  stateless,
} from './transformation.js'
export * from './transformations.js'
export { applyUpdates, globalNorm } from './trees.js'
