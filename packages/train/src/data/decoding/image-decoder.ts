import { operation } from '@puregrad/core'
import { type DataError, type DecodeImageOptions, decodeImage, type Image, type Named } from '@puregrad/formats'
import * as E from 'fp-ts/lib/Either.js'
import type { TaskEither } from 'fp-ts/lib/TaskEither.js'
import { usualWorkers } from '#host'
import { checkCount } from '../pipeline/source.js'
import { decoderProgram } from './decoder.generated.js'
import { type DecodeElsewhere, poolOf } from './pool.js'

export interface ImageWorkersOptions extends Omit<DecodeImageOptions, 'file'> {
  /**
   * How many workers decode while this thread does other things, such as training: one less than there are cores, and at most 8,
   * unless said; 0 for none. Where no worker can be started this thread decodes.
   */
  readonly workers?: number
}

/** More than a training can use, and each takes some 10 MB. */
const mostWorkers = 8

/** How many workers there are unless said, beside so many threads that have something else to do. */
export const usualCount = (busy: number): number => Math.max(0, Math.min(mostWorkers, usualWorkers.cores() - busy))

/** A pool of workers that decode. @throws RangeError unless `workers` is a whole number from 0 up */
export const decodeElsewhere = (operation: string, workers: number): DecodeElsewhere => {
  checkCount(operation, 'workers', workers, 0)
  return poolOf(usualWorkers, decoderProgram, workers)
}

/**
 * Makes a `decodeImage` whose work is done by workers, threads in Node and Web Workers in a page, so that this thread goes on: a
 * step runs, a page draws. Its images have the bits of `decodeImage`, its errors are those. Workers start with the first image, keep
 * no program from ending, and go when there is nothing left to decode. What is asked for is handed out at once: `prefetch` and
 * `fit` ask for so much ahead and no more.
 * @example
 * const decode = imageDecoder({ channels: 3, workers: 2 })
 * const decoded = await decode(new TextEncoder().encode('GIF89a'), { file: 'photo.gif' })()
 * E.isLeft(decoded) && decoded.left.expected // 'a PNG or JPEG image'
 */
export const imageDecoder = operation(
  'data.imageDecoder',
  { at: 0, names: ['channels', 'orient', 'maxPixels', 'maxBytes', 'workers'] },
  ({
    workers = usualCount(1),
    ...options
  }: ImageWorkersOptions = {}): ((bytes: Uint8Array, named: Named) => TaskEither<DataError, Image>) => {
    const elsewhere = decodeElsewhere('imageDecoder', workers)
    return (bytes, { file }) =>
      async () => {
        const image = await elsewhere({ input: bytes, options: { ...options, file } })
        return image === undefined ? decodeImage(bytes, { ...options, file }) : E.right(image)
      }
  },
)
