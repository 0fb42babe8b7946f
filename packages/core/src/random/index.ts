/**
 * Random numbers as pure functions of keys, with the bits of JAX ≥ 0.5: keys first, then bits and uniform floats, of which
 * everything else is made, then the distributions by the way they are sampled.
 */
export { foldIn, type Key, key, split } from './key.js'
export { bits, type BitsOptions } from './bits.js'
export { uniform, type UniformOptions } from './uniform.js'
export { randint, type RandintOptions } from './randint.js'
export { doubleSidedMaxwell, lognormal, maxwell, normal, truncatedNormal } from './normal.js'
export { gumbel, type GumbelMode, type GumbelOptions } from './gumbel.js'
export { bernoulli, type BernoulliOptions, categorical, type CategoricalOptions, geometric, rademacher } from './discrete.js'
export { choice, type ChoiceOptions, permutation, type PermutationOptions } from './permutation.js'
export { cauchy, exponential, laplace, logistic, pareto, rayleigh, triangular, weibullMin } from './continuous.js'
export { gamma, loggamma } from './gamma.js'
export { ball, type BallOptions, beta, chisquare, dirichlet, f, generalizedNormal, t } from './gamma-family.js'
export type { FloatOptions } from './arguments.js'
