/**
 * Optimisers as gradient transformations: pairs of pure functions. Recipes first, since most readers need one; then schedules,
 * how to chain, what is chained, and the arithmetic of updates.
 */
export {
  type AdamWOptions,
  adagrad,
  adam,
  adamax,
  adamw,
  nadam,
  type RmsPropOptions,
  type RmsPropState,
  rmsprop,
  type SgdOptions,
  type SgdState,
  sgd,
} from './optimizers.js'
export * from './schedules.js'
export {
  type Chain,
  type Chained,
  chain,
  type GradientTransformation,
  identity,
  type Moments,
  Monoid,
  type SomeTransformation,
  type StateOf,
  type StatesOf,
  stateless,
} from './transformation.js'
export * from './transformations.js'
export { applyUpdates, globalNorm } from './trees.js'
