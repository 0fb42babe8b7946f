/** Data: first sources and what is done with them, in the order of a pipe; then iterating, and decoding meanwhile; then the formats of bytes. */
export { type Cursor, cursorOf, iterate, next, type PrefetchOptions, prefetch } from './pipeline/cursor.js'
export { repeat, shuffle, skip, take, type WeightedOptions, weighted } from './pipeline/select.js'
export {
  type BucketOptions,
  bucketByLength,
  type Masked,
  type Padded,
  type PadOptions,
  padBatch,
  padTo,
  withMasks,
} from './pipeline/sequences.js'
export { fromArrays, fromItems, generate, isSource, type Source } from './pipeline/source.js'
export {
  randomWindows,
  type RandomWindowOptions,
  type TokenWindow,
  type WindowOptions,
  windows,
} from './pipeline/windows.js'
export { augment, type BatchOptions, batch, type ElementOf, map, zip } from './pipeline/transform.js'
export { type ImageWorkersOptions, imageDecoder } from './decoding/image-decoder.js'

export {
  type CifarOptions,
  cifar10Classes,
  type ColourImages,
  decodeCifar10,
  type Categories,
  type ColumnKind,
  type Columns,
  type ColumnTypes,
  type CsvLayout,
  type CsvOptions,
  decodeCsv,
  decodeCsvNumbers,
  type NumberTable,
  type Named,
  type Unpacking,
  type Channels,
  type DecodeImageOptions,
  decodeImage,
  type Image,
  type ImageLimits,
  decodeLines,
  decodeText,
  type TextOptions,
  decodeWav,
  type EncodeWavOptions,
  encodeWav,
  type Sound,
} from '@puregrad/formats'
