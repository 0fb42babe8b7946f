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
export { type About, aboutOf } from '@puregrad/core'
export { blank, describe, init, type InitOptions, parameterCount, type Variables } from './init.js'

// Layers
export { dense, type DenseParams, type KernelOptions, type WithBias } from './layers/dense.js'
export { einsumDense, type EinsumDenseOptions } from './layers/einsum-dense.js'
export { bilinear } from './layers/bilinear.js'
export { conv1d, conv2d, conv3d, type ConvOptions, type ConvPadding, type ConvParams } from './layers/conv.js'
export {
  depthwiseConv1d,
  depthwiseConv2d,
  type DepthwiseOptions,
  separableConv1d,
  separableConv2d,
  type SeparableParams,
} from './layers/depthwise-conv.js'
export {
  convTranspose1d,
  convTranspose2d,
  convTranspose3d,
  type ConvTransposeOptions,
} from './layers/conv-transpose.js'
export {
  adaptiveAvgPool1d,
  adaptiveAvgPool2d,
  adaptiveAvgPool3d,
  adaptiveMaxPool1d,
  adaptiveMaxPool2d,
  adaptiveMaxPool3d,
  avgPool1d,
  avgPool2d,
  avgPool3d,
  type AvgPoolLayerOptions,
  globalAvgPool,
  globalMaxPool,
  maxPool1d,
  maxPool2d,
  maxPool3d,
  type PoolLayerOptions,
} from './layers/pooling.js'
export {
  crop,
  type EdgeWidths,
  pad,
  type PadLayerOptions,
  upSampling1d,
  upSampling2d,
  upSampling3d,
} from './layers/resizing.js'
export {
  type GatedCausalConvOptions,
  type GatedCausalConvParams,
  type GatedInput,
  type GatedOutput,
  gatedCausalConv,
} from './layers/gated-conv.js'
export { flatten, reshape } from './layers/shaping.js'
export {
  alphaDropout,
  dropout,
  type DropoutOptions,
  gaussianDropout,
  gaussianNoise,
  spatialDropout,
  stochasticDepth,
} from './layers/dropout.js'
export {
  groupNorm,
  type GroupNormOptions,
  instanceNorm,
  layerNorm,
  type AffineOptions,
  type NormOptions,
  type NormParams,
  type NormParamsOf,
  rmsNorm,
  type RmsNormParams,
} from './layers/normalization.js'
export { batchNorm, type BatchNormOptions, type BatchNormState } from './layers/batch-norm.js'
export {
  type ConditionalBatchNormOptions,
  type ConditionalBatchNormParams,
  conditionalBatchNorm,
  type Conditioned,
  film,
  type FilmOptions,
  type FilmParams,
} from './layers/conditional.js'
export { embedding, type EmbeddingOptions, type EmbeddingParams } from './layers/embedding.js'
export { attend, tiedEmbedding, type TiedParams } from './layers/tied-embedding.js'
export {
  type CellOptions,
  type GatedCellOptions,
  gruCell,
  type GruCellOptions,
  type GruParams,
  type GruParamsOf,
  lstmCell,
  type LstmCarry,
  type RecurrentCell,
  type RecurrentParams,
  simpleRnnCell,
} from './layers/cells.js'
export { type PerDirection, rnn, type RnnInput, type RnnOptions, type RnnOutput } from './layers/rnn.js'
export { gru, lstm, type RecurrentOptions, simpleRnn } from './layers/recurrent.js'
export type { AttentionParams, DecoderSteps, Decoding, HeadOptions, HeadParams, KvCache } from './layers/heads.js'
export {
  type AttentionInput,
  multiHeadAttention,
  selfAttention,
  type SelfAttentionOptions,
} from './layers/attention.js'
export { additiveAttention, type AdditiveAttentionParams } from './layers/additive-attention.js'
export { type SelfAttention2dOptions, type SelfAttention2dParams, selfAttention2d } from './layers/self-attention-2d.js'
export { learnedPositions, type PositionParams, sinusoidalEncoding, type WaveCache } from './layers/positions.js'
export {
  type DecoderInput,
  type DecoderParams,
  type EncoderOptions,
  type EncoderParams,
  type Masked,
  transformerDecoder,
  transformerEncoder,
  type TransformerOptions,
} from './layers/transformer.js'

// Combinators
export { type DoesNotFit, type Fits, type ParamsOfAll, serial, type StatesOfAll } from './combinators/serial.js'
export {
  type Cache,
  type CacheOptions,
  type CanAllStep,
  type CanStep,
  reorderCache,
  startCache,
  step,
  type Stepping,
  type SteppingIf,
} from './steps.js'
export { block, type BlockOptions, type Run } from './combinators/block.js'
export { type Parameter, parameter } from './combinators/parameter.js'
export { named, type ParamsOfRecord, type StatesOfRecord, type TensorStage } from './combinators/named.js'
export { concat, type ConcatOptions, fanOut, parallel, type SameInput, shared } from './combinators/branches.js'
export { residual } from './combinators/residual.js'
export { repeat } from './combinators/repeat.js'
export { remat } from './combinators/remat.js'
export { lambda, type LambdaOptions } from './combinators/lambda.js'
export { mapParams } from './combinators/map-params.js'
export {
  spectralNorm,
  type SpectralNormOptions,
  type SpectralNormState,
  weightNorm,
  type WeightNormOptions,
  type WeightNormParams,
} from './combinators/weight-norm.js'
export { type Choose, freeze, merge, partition, type Part as PartOf } from './combinators/partition.js'
export { capture, type Captured, type CaptureOptions, type Intermediates } from './combinators/capture.js'

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
export { type AttentionOptions, attentionWeights, dotProductAttention } from './functions/attention.js'
export {
  type BlockScaleConfig,
  getScaledDotGeneralConfig,
  scaledDotGeneral,
  type ScaledDotGeneralOptions,
  scaledMatmul,
  type ScaledMatmulOptions,
} from './functions/scaled-dot.js'
export {
  torchOutputSize,
  type TorchPool,
  type TorchTranspose,
  torchTransposeOutputSize,
  torchTransposePadding,
  type TorchWindow,
} from './functions/torch-windows.js'
export { alibiBias, type AlibiOptions, alibiSlopes } from './functions/alibi.js'
export { rope, type RopeOptions, sinusoidalPositions, type WaveOptions } from './functions/positions.js'
export type { Padding } from './functions/padding.js'
export { avgPool, type AvgPoolOptions, maxPool, minPool, type PoolOptions } from './functions/pooling.js'
export { adaptiveAvgPool, adaptiveMaxPool } from './functions/adaptive-pooling.js'
export { upSample, type UpSampleOptions } from './functions/resize.js'

// Vocabularies
export * as initializers from './initializers/index.js'
export * as losses from './losses/index.js'
export * as metrics from './metrics/index.js'
export { type MadeOf, type MadeOfMean, type MadeOfTotal, madeOf, withMadeOf } from './made-of.js'
