/**
 * Random numbers as pure functions of keys, with the bits of JAX ≥ 0.5: keys first, then bits and uniform floats, of which
 * everything else is made, then the distributions by the way they are sampled.
 */

export { foldIn, type Key, key, split } from './key.js'
export { type BitsOptions, bits } from './bits.js'
export { type UniformOptions, uniform } from './uniform.js'
export { type RandintOptions, randint } from './randint.js'
export {
  type BernoulliOptions,
  bernoulli,
  type CategoricalOptions,
  categorical,
  geometric,
  type IntegerOptions,
  type RademacherOptions,
  rademacher,
} from './discrete.js'
export { doubleSidedMaxwell, lognormal, maxwell, normal, truncatedNormal } from './normal.js'
export { type GumbelMode, type GumbelOptions, gumbel } from './gumbel.js'
export {
  cauchy,
  exponential,
  laplace,
  logistic,
  type OneParameter,
  pareto,
  rayleigh,
  type Standard,
  triangular,
  weibullMin,
} from './continuous.js'
export { binomial, type MultinomialOptions, multinomial, poisson } from './counts.js'
export { gamma, loggamma } from './gamma.js'
export { type BallOptions, ball, beta, chisquare, dirichlet, f, generalizedNormal, t } from './gamma-family.js'
export { type ChoiceOptions, choice, type PermutationOptions, permutation } from './permutation.js'
export { type MultivariateNormalOptions, multivariateNormal, type OrthogonalOptions, orthogonal } from './matrices.js'
export type { FloatOptions } from './arguments.js'
