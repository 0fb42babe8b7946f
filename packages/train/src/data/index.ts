/** Data: first sources and what is done with them, in the order of a pipe; then iterating; then the formats of files. */
export { type Cursor, cursorOf, iterate, next, type PrefetchOptions, prefetch } from './pipeline/cursor.js'
export { repeat, shuffle, skip, take } from './pipeline/select.js'
export {
  type BucketOptions,
  bucketByLength,
  type Padded,
  type PadOptions,
  padBatch,
  padTo,
} from './pipeline/sequences.js'
export { fromArrays, fromItems, type Source } from './pipeline/source.js'
export { augment, type BatchOptions, batch, type ElementOf, map, zip } from './pipeline/transform.js'

export { type CifarOptions, cifar10Classes, type ColourImages, decodeCifar10 } from './cifar.js'
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
} from './csv.js'
export type { Named } from './decoding.js'
export { readBytes, readFileAs } from './file.js'
export type { Unpacking } from './gzip.js'
export { type Channels, type DecodeImageOptions, decodeImage, type Image } from './image.js'
export { type ImageFolder, type LoadedImageFolder, listImageFolder, loadImage, loadImageFolder } from './imageFolder.js'
export type { ImageLimits } from './limits.js'
export { decodeLines, decodeText, type TextOptions } from './lines.js'
export { cifar10Files, loadCifar10 } from './loadCifar.js'
export { decodeWav, type EncodeWavOptions, encodeWav, type Sound } from './wav.js'
