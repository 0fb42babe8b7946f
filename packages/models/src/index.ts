// biome-ignore-all assist/source/organizeImports: an index is read in this order, not in that of the alphabet
/**
 * Models: what they see with first, then the networks, by the year of their papers; then how to use parts of them; then what finds
 * things in images, and what gives every pixel a class; then sound; then how to learn one task after another; texts as
 * numbers, and what sequences are decoded with; last what makes images, and what judges it.
 */
export * as boxes from './vision/boxes.js'
export type { BoxCoding, BoxFormat } from './vision/boxes.js'
export { batchedNms, type Kept, type NmsOptions, nms, type SoftNmsOptions, softNms } from './vision/nms.js'
export * as augment from './vision/augment/index.js'
export type { Augmentation, AugmentationStep, Scene } from './vision/augment/index.js'
export { type RoiAlignOptions, type RoiPoolOptions, roiAlign, roiPool } from './vision/roi.js'

export type { ClassesOption, DropoutOption } from './classification/options.js'
export { lenet } from './classification/lenet.js'
export { alexnet, type AlexnetOptions } from './classification/alexnet.js'
export {
  vgg11,
  vgg11Bn,
  vgg13,
  vgg13Bn,
  vgg16,
  vgg16Bn,
  vgg19,
  vgg19Bn,
  type VggOptions,
} from './classification/vgg.js'
export {
  resnet18,
  resnet34,
  resnet50,
  resnet101,
  resnet152,
  type ResnetNorm,
  type ResnetOptions,
  resnext50_32x4d,
  wideResnet50_2,
} from './classification/resnet.js'
export {
  cifarResnet,
  cifarResnet20,
  cifarResnet32,
  cifarResnet44,
  cifarResnet56,
  cifarResnet110,
  type CifarResnetOptions,
} from './classification/cifar-resnet.js'
export { squeezenet1_1, type SqueezenetOptions } from './classification/squeezenet.js'
export {
  cifarDensenet,
  type CifarDensenetOptions,
  densenet121,
  densenet161,
  densenet169,
  densenet201,
  type DensenetOptions,
} from './classification/densenet.js'
export { mobilenetV2, type MobilenetOptions } from './classification/mobilenet.js'

export {
  features,
  type FeaturesOptions,
  type Network,
  network,
  type ParamsOfStages,
  reuse,
  type Stages,
  type StatesOfStages,
  withHead,
} from './classification/network.js'
export { frozenBatchNorm } from './classification/frozen-batch-norm.js'
export { gradCam, type GradCamOptions, saliency, type SaliencyOptions } from './classification/attribution.js'
export { fromTorchvision, toTorchvision } from './classification/torchvision.js'

export { type AnchorOptions, anchors, anchorsPerPlace, type Size } from './detection/anchors.js'
export { belowLowThreshold, betweenThresholds, matching, type MatchingOptions } from './detection/matching.js'
export { balancedSampling, type Sampled, type SamplingOptions } from './detection/sampling.js'
export {
  type ExtraLevels,
  featurePyramid,
  type FeaturePyramidOptions,
  type FeaturePyramidParams,
  type FeaturePyramidState,
} from './detection/feature-pyramid.js'
export { type MultiScaleRoiAlignOptions, multiScaleRoiAlign } from './detection/multi-scale-roi-align.js'
export {
  type Backbone,
  type BackboneOptions,
  type BackboneParams,
  type BackboneState,
  backboneWithFpn,
} from './detection/backbone.js'
export {
  type BoxLosses,
  type BoxPredictions,
  type BoxTruth,
  fastRcnnLosses,
  maskRcnnLoss,
  type MaskTruth,
  type RpnLosses,
  rpnLosses,
  type RpnPredictions,
  type RpnTruth,
} from './detection/losses.js'
export type { Detections, MaskDetections, MaskTargets, Targets } from './detection/targets.js'
export type {
  BoxOptions,
  FasterRcnnOptions,
  MaskOptions,
  MaskRcnnOptions,
  RpnOptions,
} from './detection/rcnn-options.js'
export type { ImageOptions } from './detection/images.js'
export type { Detector } from './detection/rcnn.js'
export {
  fasterRcnn,
  type FasterRcnnLosses,
  type FasterRcnnParams,
  type RcnnState,
} from './detection/faster-rcnn.js'
export { masksOnBoxes, pasteMasks } from './detection/masks.js'
export { maskRcnn, type MaskRcnnLosses, type MaskRcnnParams } from './detection/mask-rcnn.js'
export {
  retinaNet,
  type RetinaNetLosses,
  retinaNetLosses,
  type RetinaNetOptions,
  type RetinaNetParams,
  type RetinaNetPredictions,
  type RetinaNetState,
  type RetinaNetTruth,
} from './detection/retina-net.js'

export {
  type UnetLevel,
  type UnetOptions,
  type UnetParams,
  type UnetState,
  type UnetUpSampling,
  unet,
} from './segmentation/unet.js'
export { boundaries } from './segmentation/boundaries.js'
export { boundaryF1, dice, pixelIou } from './segmentation/metrics.js'
export * as streaming from './segmentation/streaming.js'
export type { BoundaryOptions, MaskMetric, MaskMetricOptions, MaskTotals } from './segmentation/streaming.js'
export { darknet, type DarknetOptions, type Inside } from './detection/darknet.js'
export { kMeansAnchors, type KMeansAnchorOptions } from './detection/yolo-anchors.js'
export { type UsualDarknet, yolo, type YoloOptions, type YoloParams, type YoloState } from './detection/yolo.js'
export type { AnchorSize, DetectOptions } from './detection/yolo-grid.js'
export type { YoloLosses, YoloLossOptions } from './detection/yolo-loss.js'

export * as audio from './audio/index.js'
export type {
  DecibelOptions,
  DeltaOptions,
  FrameOptions,
  GriffinLimOptions,
  IstftOptions,
  MelFilterOptions,
  MelOptions,
  MelScale,
  MelScaleOptions,
  MfccOptions,
  MuLawOptions,
  ResampleOptions,
  Spectrum,
  SpectrogramOptions,
  StftOptions,
  WindowName,
  WindowOptions,
} from './audio/index.js'
export {
  receptiveField,
  type WaveNetInput,
  type WaveNetOptions,
  type WaveNetParams,
  waveNet,
} from './audio/wave-net.js'
export { generateSound, type GenerateSoundOptions } from './audio/generate-sound.js'
export {
  type Heard,
  speechRecognizer,
  type SpeechRecognizerOptions,
  type SpeechRecognizerParams,
} from './audio/speech-recognizer.js'
export * as ctc from './audio/ctc.js'
export type { CtcBeamOptions, CtcBeams, CtcGreedyOptions, CtcLabels, CtcLanguageModel } from './audio/ctc.js'

export {
  type AveragePrecisionOptions,
  type AveragePrecisions,
  type ClassPrecision,
  type DetectionMetricOptions,
  meanAveragePrecision,
  type Protocol,
} from './metrics/average-precision.js'
export { precisionRecall, type PrecisionRecallCurve, type PrecisionRecallOptions } from './metrics/precision-recall.js'
export type { FoundThings, TrueThings } from './metrics/things.js'
export type { AreaRange } from './metrics/outcomes.js'

export type { Loss, Lost } from './continual/loss.js'
export {
  empiricalFisher,
  type ExactFisherOptions,
  exactFisher,
  type FisherOptions,
  type Likelihood,
} from './continual/fisher.js'
export { addElasticPull, type Anchor, ewc, type OnlineEwcOptions, onlineEwc } from './continual/elastic.js'
export {
  type SynapticIntelligence,
  type SynapticOptions,
  type SynapticState,
  synapticIntelligence,
} from './continual/synaptic-intelligence.js'
export { lwf, type LwfOptions } from './continual/distillation.js'
export * as reservoir from './continual/reservoir.js'
export type { Reservoir } from './continual/reservoir.js'
export { replay, type ReplayOptions } from './continual/replay.js'
export { agem, projectGradient } from './continual/agem.js'

export type { DecodeTextOptions, Tokenizer } from './text/tokenizer.js'
export {
  buildVocabulary,
  decodeVocabulary,
  encodeVocabulary,
  type Vocabulary,
  type VocabularyOptions,
  type VocabularyUnit,
} from './text/vocabulary.js'
export { type BpeOptions, bpeTask, trainBpe } from './text/bpe.js'
export { trainUnigram, unigramTask, type UnigramOptions } from './text/unigram.js'
export type { Task } from './text/task.js'
export type { TokenizerProgress } from './text/training/pieces.js'
export { encodeTokenizer, type TrainedTokenizer } from './text/trained.js'
export type { TokenizerFile } from './text/tokenizer-file.js'
export { decodeTokenizer, type DecodeTokenizerOptions } from './text/hugging-face.js'

export type { Positions } from './sequence/positions.js'
export {
  type Gpt,
  type GptOptions,
  type GptParams,
  type GptState,
  gpt,
  gpt2,
  gpt2Large,
  gpt2Medium,
  gpt2Xl,
} from './sequence/gpt.js'
export { fromGpt2, toGpt2 } from './sequence/gpt2-weights.js'
export type { EncoderDecoder, Encoded, Source, Translation } from './sequence/encoder-decoder.js'
export {
  type Stack,
  type TiedEmbeddings,
  transformer,
  type TransformerModel,
  type TransformerModelOptions,
  type TransformerModelParams,
  type TransformerModelState,
} from './sequence/transformer.js'
export {
  type Seq2Seq,
  type Seq2SeqOptions,
  type Seq2SeqParams,
  type Seq2SeqState,
  seq2seq,
} from './sequence/seq2seq.js'

export * as decode from './decode/index.js'
export type { Bias, Decoded, DecodeStep, Past, Processor } from './decode/index.js'

export {
  type Adversarial,
  type AdversarialMetrics,
  type AdversarialOptions,
  type AdversarialPlayer,
  type AdversarialState,
  adversarial,
} from './generative/adversarial.js'
export type { Judged } from './generative/judged.js'
export {
  type AdversarialPenalty,
  orthogonalPenalty,
  type OrthogonalPenaltyOptions,
  r1Penalty,
  type R1PenaltyOptions,
  wganPenalty,
  type WganPenaltyOptions,
} from './generative/penalties.js'
export {
  type DcganDiscriminatorOptions,
  type DcganGeneratorOptions,
  type DcganOptions,
  type DcganParams,
  type DcganState,
  dcganDiscriminator,
  dcganGenerator,
} from './generative/dcgan.js'
export {
  featureMoments,
  type FeatureMoments,
  type FeatureTotals,
  fid,
  frechetDistance,
} from './generative/frechet.js'
export { inceptionScore, type InceptionScore, type InceptionScoreOptions } from './generative/inception-score.js'
export {
  generatorPrecision,
  type GeneratorPrecision,
  type GeneratorPrecisionOptions,
} from './generative/generator-precision.js'
export {
  bigGanDiscriminator,
  bigGanGenerator,
  type BigGanGeneratorOptions,
  type BigGanOptions,
  type BigGanParams,
  type BigGanState,
} from './generative/big-gan.js'
export { standingStatistics, truncatedNoise } from './generative/truncation.js'
export {
  importanceBound,
  type ImportanceBoundOptions,
  type Vae,
  vae,
  type VaeEncoding,
  vaeLoss,
  type VaeLossOptions,
  type VaeOptions,
  type VaeOutput,
  type VaeParams,
  type VaeState,
} from './generative/vae.js'
export {
  type Denoise,
  type Diffusion,
  diffusion,
  type DiffusionOptions,
  type DiffusionSampling,
  type DiffusionStep,
  guided,
} from './generative/diffusion.js'
export {
  denoiser,
  type DenoiserOptions,
  type DenoiserParams,
  type DenoiserState,
  type Noisy,
} from './generative/denoiser.js'
