// biome-ignore-all assist/source/organizeImports: an index is read in this order, not in that of the alphabet
/**
 * `nn`: functions that networks are made of, layers as values, and what composes them. First what a layer is, then the
 * layers, then their combinators; then functions of tensors; last the vocabularies of starting, losing and measuring.
 */

// What a layer is
export {
  type Ctx,
  type InputOf,
  type Key,
  type Layer,
  type OutputOf,
  type ParamsOf,
  type Part,
  type Planned,
  type ShapeOf,
  type SomeLayer,
  type Stage,
  stateless,
  type StateOf,
} from './layer.js'
export { leaf, type LeafPlan, type Plan, planSize } from './plan.js'
export { describe, init, type InitOptions, parameterCount, type Variables } from './init.js'

// Layers
export { dense, type DenseParams, type KernelOptions, type WithBias } from './layers/dense.js'
export { conv1d, conv2d, conv3d, type ConvOptions, type ConvPadding, type ConvParams } from './layers/conv.js'
export { avgPool2d, globalAvgPool, globalMaxPool, maxPool2d, type PoolLayerOptions } from './layers/pooling.js'
export { flatten, reshape } from './layers/shaping.js'
export { dropout, type DropoutOptions } from './layers/dropout.js'
export {
  groupNorm,
  type GroupNormOptions,
  layerNorm,
  type NormOptions,
  type NormParams,
  rmsNorm,
  type RmsNormParams,
} from './layers/normalization.js'
export { batchNorm, type BatchNormOptions, type BatchNormState } from './layers/batch-norm.js'
export { embedding, type EmbeddingOptions, type EmbeddingParams } from './layers/embedding.js'
export {
  gru,
  type GruParams,
  lstm,
  type RecurrentOptions,
  type RecurrentParams,
  simpleRnn,
} from './layers/recurrent.js'
export { type AttentionParams, selfAttention, type SelfAttentionOptions } from './layers/attention.js'

// Combinators
export { type DoesNotFit, type Fits, type ParamsOfAll, serial, type StatesOfAll } from './combinators/serial.js'
export { named, type TensorStage } from './combinators/named.js'
export { concat, type ConcatOptions, fanOut, parallel, type SameInput, shared } from './combinators/branches.js'
export { residual } from './combinators/residual.js'
export { repeat } from './combinators/repeat.js'
export { remat } from './combinators/remat.js'
export { lambda, type LambdaOptions } from './combinators/lambda.js'
export { mapParams } from './combinators/map-params.js'

// Functions of tensors
export type { Binary, Elementwise, WithArgument, WithOptions } from './dual.js'
export {
  celu,
  elu,
  hardSigmoid,
  hardSilu,
  hardSwish,
  hardTanh,
  leakyRelu,
  relu,
  relu6,
  selu,
} from './functions/rectifiers.js'
export {
  gelu,
  identity,
  logSigmoid,
  mish,
  sigmoid,
  silu,
  softplus,
  softSign,
  sparsePlus,
  sparseSigmoid,
  squareplus,
  swish,
  tanh,
} from './functions/sigmoids.js'
export { glu } from './functions/gating.js'
export {
  type AxisOptions,
  log1mexp,
  logmeanexp,
  logSoftmax,
  logsumexp,
  type MaskedReduceOptions,
  softmax,
  standardize,
  type StandardizeOptions,
} from './functions/softmax.js'
export { oneHot, type OneHotOptions } from './functions/one-hot.js'
export { type AttentionOptions, dotProductAttention } from './functions/attention.js'
export { avgPool, type AvgPoolOptions, maxPool, minPool, type Padding, type PoolOptions } from './functions/pooling.js'

// Vocabularies
export * as initializers from './initializers/index.js'
export * as losses from './losses/index.js'
export * as metrics from './metrics/index.js'
