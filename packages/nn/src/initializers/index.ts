/** `nn.initializers`: what parameters start from. First the plain ones, then those that know the shape of a kernel. */
export type { Initializer, InitializerOptions } from './initializer.js'
export { constant, ones, zeros } from './constant.js'
export { normal, truncatedNormal, type TruncatedNormalOptions, uniform } from './distributions.js'
export {
  type Distribution,
  type FanMode,
  type FanOptions,
  glorotNormal,
  glorotUniform,
  heNormal,
  heUniform,
  lecunNormal,
  lecunUniform,
  varianceScaling,
} from './variance-scaling.js'
export { orthogonal, type OrthogonalOptions } from './orthogonal.js'
