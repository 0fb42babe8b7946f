import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { operation } from '@puregrad/core'
import {
  type DataError,
  type DecodeImageOptions,
  dataError,
  decodeImage,
  type Image,
  reasonOf,
} from '@puregrad/formats'
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import { readFileAs } from './file.js'

/** Images on disk, in folders named after their classes; nothing of them is read yet. */
export interface ImageFolder {
  /** The names of the folders, in alphabetical order: label i is `classes[i]`. */
  readonly classes: readonly string[]
  /** By class, then by name. */
  readonly files: readonly { readonly path: string; readonly label: number }[]
}

/** Images of one size and the class of each. */
export interface LoadedImageFolder {
  readonly shape: readonly [count: number, height: number, width: number, channels: number]
  readonly images: Uint8Array
  readonly labels: Uint32Array
  readonly classes: readonly string[]
}

const listing = (
  directory: string,
): TE.TaskEither<DataError, readonly { readonly name: string; readonly isFolder: boolean }[]> =>
  TE.tryCatch(
    async () => {
      const entries = await readdir(directory, { withFileTypes: true })
      return entries
        .map((entry) => ({ name: entry.name, isFolder: entry.isDirectory() }))
        .sort((a, b) => (a.name < b.name ? -1 : 1))
    },
    (cause) => {
      const absent = cause instanceof Error && 'code' in cause && cause.code === 'ENOENT'
      return dataError(absent ? 'missing' : 'unreadable', {
        file: directory,
        expected: 'a folder with a folder of images for each class',
        found: reasonOf(cause),
        cure: 'Name a folder that exists.',
      })
    },
  )

/**
 * Lists images in folders named after their classes: PNG and JPEG by the ends of their names. Reading is left to
 * `loadImage`, as in `prefetch(fromItems(files), …)`, so that a set may be larger than memory.
 * @example
 * const folder = await listImageFolder('no/such/folder')()
 * E.isLeft(folder) && folder.left.kind // 'missing'
 */
export const listImageFolder = (directory: string): TE.TaskEither<DataError, ImageFolder> =>
  pipe(
    listing(directory),
    TE.map((entries) => entries.filter(({ isFolder }) => isFolder).map(({ name }) => name)),
    TE.chain((classes) =>
      pipe(
        classes,
        TE.traverseArray((name) => listing(join(directory, name))),
        TE.map(
          (folders): ImageFolder => ({
            classes,
            files: folders.flatMap((entries, label) =>
              entries
                .filter(({ name, isFolder }) => !isFolder && /\.(png|jpe?g)$/i.test(name))
                .map(({ name }) => ({ path: join(directory, classes[label] as string, name), label })),
            ),
          }),
        ),
      ),
    ),
    TE.filterOrElse(
      ({ files }) => files.length > 0,
      ({ classes }) =>
        dataError('missing', {
          file: directory,
          expected: 'PNG or JPEG images in a folder for each class',
          found: classes.length === 0 ? 'no folders' : `none in ${classes.slice(0, 8).join(', ')}`,
          cure: 'Sort the images into folders named after their classes.',
        }),
    ),
  )

/**
 * Reads one PNG or JPEG image.
 * @example
 * const image = await loadImage('no/such/image.png')()
 * E.isLeft(image) && image.left.kind // 'missing'
 */
export const loadImage = operation(
  'data.loadImage',
  { at: 1, names: ['maxBytes', 'channels', 'orient', 'maxPixels'] },
  (file: string, options: Omit<DecodeImageOptions, 'file'> = {}): TE.TaskEither<DataError, Image> =>
    readFileAs(file, decodeImage, options),
)

const joinImages = (folder: ImageFolder, images: readonly Image[]): E.Either<DataError, LoadedImageFolder> => {
  const [first] = images as readonly [Image]
  const odd = images.findIndex(({ shape }) => String(shape) !== String(first.shape))
  if (odd >= 0) {
    return E.left(
      dataError('mismatch', {
        file: folder.files[odd]?.path ?? '',
        expected: `${first.shape.join(' × ')} as the first image`,
        found: images[odd]?.shape.join(' × ') ?? '',
        cure: 'Bring the images to one size, name the channels, or read them one by one with loadImage.',
      }),
    )
  }
  const size = first.data.length
  const data = new Uint8Array(images.length * size)
  images.forEach((image, i) => {
    data.set(image.data, i * size)
  })
  const labels = Uint32Array.from(folder.files, ({ label }) => label)
  return E.right({ shape: [images.length, ...first.shape], images: data, labels, classes: folder.classes })
}

/**
 * Loads all images of a folder of classes; they have to have one size. For images of different sizes, or more than memory
 * holds, there are `listImageFolder`, `loadImage` and `prefetch`.
 * @example
 * const loaded = await loadImageFolder('no/such/folder', { channels: 1 })()
 * E.isLeft(loaded) && loaded.left.kind // 'missing'
 */
export const loadImageFolder = operation(
  'data.loadImageFolder',
  { at: 1, names: ['maxBytes', 'channels', 'orient', 'maxPixels'] },
  (directory: string, options: Omit<DecodeImageOptions, 'file'> = {}): TE.TaskEither<DataError, LoadedImageFolder> =>
    pipe(
      listImageFolder(directory),
      TE.chain((folder) =>
        pipe(
          folder.files,
          TE.traverseSeqArray(({ path }) => loadImage(path, options)),
          TE.chainEitherK((images) => joinImages(folder, images)),
        ),
      ),
    ),
)
