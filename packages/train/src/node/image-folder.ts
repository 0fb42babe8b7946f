import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { np, operation, type Tensor } from '@puregrad/core'
import {
  type DataError,
  type DecodeImageOptions,
  dataError,
  decodeImage,
  type Image,
  reasonOf,
  showDataError,
} from '@puregrad/formats'
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import { decodeElsewhere, type ImageWorkersOptions, usualCount } from '../data/decoding/image-decoder.js'
import { prefetch } from '../data/pipeline/cursor.js'
import { fromItems, type Source } from '../data/pipeline/source.js'
import { map } from '../data/pipeline/transform.js'
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
 * `fromImageFolder`, or to `imageLoader` as in `prefetch(fromItems(files), …)`, so that a set may be larger than memory.
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
 * Makes a `loadImage` for many files: worker threads read and decode them while this thread goes on, as a training does. The images
 * have the bits and the errors those of `loadImage`. Threads start with the first file, keep no program from ending, and go when there
 * is nothing left to decode.
 * @example
 * const load = imageLoader({ channels: 3, workers: 2 })
 * const images = data.prefetch(data.fromItems(['no/such/a.png', 'no/such/b.png']), (file) => load(file)(), { ahead: 32 })
 * for await (const [image] of images) console.log(E.isLeft(image) && image.left.kind) // missing, twice
 */
export const imageLoader = operation(
  'data.imageLoader',
  { at: 0, names: ['channels', 'orient', 'maxPixels', 'maxBytes', 'workers'] },
  ({
    workers = usualCount(1),
    ...options
  }: ImageWorkersOptions = {}): ((file: string) => TE.TaskEither<DataError, Image>) => {
    const elsewhere = decodeElsewhere('imageLoader', workers)
    return (file) => async () => {
      const image = await elsewhere({ input: file, options: { ...options, file } })
      return image === undefined ? loadImage(file, options)() : E.right(image)
    }
  },
)

/** A rejection that tells what a `DataError` does. */
const rejection = (error: DataError): Error & DataError => Object.assign(new Error(showDataError(error)), error)

/** An image as an example: its bytes [height, width, channels], and the number of its class. */
export interface ImageExample {
  readonly x: Tensor
  readonly y: Tensor
}

/**
 * The images of a folder as a source of examples for `fit` and `evaluate`, which are read and decoded when they are asked for, by
 * workers ahead of the step. Only what is asked for ahead is in memory, so that a set may be larger. Pixels stay
 * bytes; a model begins with what makes numbers of them, such as `(x) => x.astype('float32').div(255)`.
 * @param folder what `listImageFolder` found
 * @returns promises; that of a file that cannot be used rejects with an Error that has the fields of its `DataError`, too
 * @example
 * const folder = { files: [{ path: 'no/such/cat.png', label: 0 }] }
 * const error = await pipe(fromImageFolder(folder), data.shuffle(random.key(0))).at(0).catch((thrown) => thrown)
 * error.kind // 'missing'
 */
export const fromImageFolder = operation(
  'data.fromImageFolder',
  { at: 1, names: ['channels', 'orient', 'maxPixels', 'maxBytes', 'workers'] },
  ({ files }: Pick<ImageFolder, 'files'>, options: ImageWorkersOptions = {}): Source<Promise<ImageExample>> => {
    const load = imageLoader(options)
    return pipe(
      fromItems(files),
      map(async ({ path, label }) => {
        const image = await load(path)()
        if (E.isLeft(image)) throw rejection(image.left)
        const { data, shape } = image.right
        return { x: np.array(data).reshape(shape), y: np.array(Int32Array.of(label)).reshape([]) }
      }),
    )
  },
)

/** Files that are read and decoded at once, for each worker. */
const aheadOf = 16

/** All images in their order, or what is wrong with the first that cannot be used. */
const loadAll = (
  files: ImageFolder['files'],
  { workers = Math.min(usualCount(0), Math.floor(files.length / aheadOf)), ...options }: ImageWorkersOptions,
): TE.TaskEither<DataError, readonly Image[]> => {
  const load = imageLoader({ ...options, workers })
  return async () => {
    const images: Image[] = []
    const ahead = aheadOf * Math.max(1, workers)
    for await (const [image] of prefetch(fromItems(files), ({ path }) => load(path)(), { ahead })) {
      if (E.isLeft(image)) return image
      images.push(image.right)
    }
    return E.right(images)
  }
}

/**
 * Loads all images of a folder of classes, by workers unless there are few; they have to have one size. For images of different
 * sizes there are `listImageFolder`, `imageLoader` and `prefetch`, for more than memory holds `fromImageFolder`.
 * @example
 * const loaded = await loadImageFolder('no/such/folder', { channels: 1 })()
 * E.isLeft(loaded) && loaded.left.kind // 'missing'
 */
export const loadImageFolder = operation(
  'data.loadImageFolder',
  { at: 1, names: ['maxBytes', 'channels', 'orient', 'maxPixels', 'workers'] },
  (directory: string, options: ImageWorkersOptions = {}): TE.TaskEither<DataError, LoadedImageFolder> =>
    pipe(
      listImageFolder(directory),
      TE.chain((folder) =>
        pipe(
          loadAll(folder.files, options),
          TE.chainEitherK((images) => joinImages(folder, images)),
        ),
      ),
    ),
)
