import { operation } from '@puregrad/core'
import type { Either } from 'fp-ts/lib/Either.js'
import type { DataError } from '../bytes/data-error.js'
import { damaged, decoding, type Named, refusing } from '../bytes/decoding.js'
import { type Unpacking, unpacked } from '../bytes/gzip.js'

/** Colour images and the class of each: pixels 0–255, row-major, channels last. */
export interface ColourImages {
  /** `[count, 32, 32, 3]` of `images`. */
  readonly shape: readonly [count: number, height: number, width: number, channels: number]
  readonly images: Uint8Array
  readonly labels: Uint8Array
}

/** The classes by label (batches.meta.txt of CIFAR-10). */
export const cifar10Classes = Object.freeze([
  'airplane',
  'automobile',
  'bird',
  'cat',
  'deer',
  'dog',
  'frog',
  'horse',
  'ship',
  'truck',
] as const)

const side = 32
const plane = side * side
const record = 1 + 3 * plane

export interface CifarOptions extends Named, Unpacking {}

/**
 * Decodes the binary version of CIFAR-10, gzipped or not: records of a label and the red, green and blue plane of an image,
 * which become channels last.
 * @example
 * const decoded = decodeCifar10(new Uint8Array(3073), { file: 'test_batch.bin' })
 * E.isRight(decoded) && decoded.right.shape // [1, 32, 32, 3]
 */
export const decodeCifar10 = operation(
  'data.decodeCifar10',
  { at: 1, names: ['file', 'maxBytes'] },
  (bytes: Uint8Array, { file, ...limits }: CifarOptions): Either<DataError, ColourImages> =>
    decoding(() => {
      const refuse = refusing(file)
      const held = unpacked(bytes, refuse, limits)
      if (held.length === 0 || held.length % record !== 0) {
        throw refuse('truncated', `records of ${record} bytes`, `${held.length} bytes`, damaged)
      }
      const count = held.length / record
      const labels = Uint8Array.from({ length: count }, (_, i) => held[i * record] as number)
      const wrong = labels.findIndex((label) => label > 9)
      if (wrong >= 0) {
        throw refuse(
          'label',
          'labels from 0 to 9',
          `${labels[wrong]} at index ${wrong}`,
          'Is it CIFAR-100, whose records begin with two labels?',
        )
      }
      const images = new Uint8Array(count * 3 * plane)
      for (let i = 0; i < count; i++) {
        for (let channel = 0; channel < 3; channel++) {
          const from = i * record + 1 + channel * plane
          const to = i * 3 * plane + channel
          for (let pixel = 0; pixel < plane; pixel++) images[to + 3 * pixel] = held[from + pixel] as number
        }
      }
      return { shape: [count, side, side, 3], images, labels }
    }),
)

/**
 * Sets one after the other.
 * @internal
 */
export const joinImages = (parts: readonly ColourImages[]): ColourImages => {
  const count = parts.reduce((n, { labels }) => n + labels.length, 0)
  const images = new Uint8Array(count * 3 * plane)
  const labels = new Uint8Array(count)
  let at = 0
  for (const part of parts) {
    images.set(part.images, at * 3 * plane)
    labels.set(part.labels, at)
    at += part.labels.length
  }
  return { shape: [count, side, side, 3], images, labels }
}
