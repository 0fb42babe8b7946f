/** `nn.initializers`: what parameters start from. */
export { constant, ones, zeros } from './constant.js'
export { normal, type TruncatedNormalOptions, truncatedNormal, uniform } from './distributions.js'
export type { Initializer, InitializerOptions } from './initializer.js'
export { type OrthogonalOptions, orthogonal } from './orthogonal.js'
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
