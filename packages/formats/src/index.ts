/** Formats: bytes to values and back, in the order pictures, sound, tables, arrays, checkpoints, weights; then what can be wrong. */
export { type CifarOptions, cifar10Classes, type ColourImages, decodeCifar10 } from './images/cifar.js'
export { decodeImage } from './images/image.js'
export type { Channels, DecodeImageOptions, Image } from './images/picture.js'
export type { ImageLimits } from './images/limits.js'
export { decodeWav, type EncodeWavOptions, encodeWav, type Sound } from './sound/wav.js'
export {
  type Categories,
  type ColumnKind,
  type Columns,
  type ColumnTypes,
  type CsvLayout,
  type CsvOptions,
  decodeCsv,
  decodeCsvNumbers,
  type NumberTable,
} from './tables/csv.js'
export { decodeLines, decodeText, type TextOptions } from './tables/lines.js'

export { decodeIdx, encodeIdx, type IdxArray, type IdxExpectation } from './arrays/idx.js'
export { type NamedTensors, nameLeaves, type ReadTensors, type TensorsByName, tensorNamed } from './arrays/named.js'
export { decodeNpy, encodeNpy } from './arrays/npy.js'
export { type DecodeNpzOptions, decodeNpz, type EncodeNpzOptions, encodeNpz } from './arrays/npz.js'
export { decodeSafetensors, encodeSafetensors, type Safetensors } from './arrays/safetensors.js'
export { decodeTfjs, type TfjsModel } from './arrays/tfjs.js'
export { type DecodeTorchOptions, decodeTorch, type TorchFile, type TorchValue } from './arrays/torch/torch.js'

export { type Checkpoint, type DecodeCheckpointOptions, decodeCheckpoint } from './checkpoint/decode.js'
export { encodeCheckpoint } from './checkpoint/format.js'
export type { Json } from './checkpoint/metadata.js'
export { type CheckpointError, type CheckpointErrorKind, showCheckpointError } from './checkpoint/checkpoint-error.js'

export {
  exportWeights,
  type ImportOptions,
  importWeights,
  type Misfit,
  showWeightsError,
  type WeightsError,
} from './weights/mapping.js'
export {
  type Convert,
  channelsLast,
  flattened,
  identity,
  type Layout,
  one,
  type Rule,
  same,
  swapped,
} from './weights/rules.js'
export * as keras from './weights/keras.js'
export * as torch from './weights/torch.js'
export { torchIgnored, torchRules } from './weights/torch.js'

export { type DataError, type DataErrorKind, showDataError } from './bytes/data-error.js'
export type { Named } from './bytes/decoding.js'
export type { Unpacking } from './bytes/gzip.js'

// For packages that read and write files.
export { shardPaths } from './arrays/tfjs.js'
export { dataError } from './bytes/data-error.js'
export { reasonOf } from './bytes/decoding.js'
export { checkpointError, isDamage } from './checkpoint/checkpoint-error.js'
export { typesOf } from './checkpoint/format.js'
export { checkLike } from './checkpoint/like.js'
export { metadataToJson } from './checkpoint/metadata.js'
export { joinImages } from './images/cifar.js'
export { imageFrom } from './images/picture.js'
