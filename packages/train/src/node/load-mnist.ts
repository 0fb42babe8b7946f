import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { operation } from '@puregrad/core'
import { type DataError, dataError, decodeIdx, type IdxArray } from '@puregrad/formats'
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import type { ImageDataset, LabelledImages } from '../data/labelled-images.js'

export interface LoadMnistOptions {
  /** Height and width that the images must have, by default 28 × 28. */
  readonly size?: readonly [height: number, width: number]
  /** Labels must be below this, by default 10. */
  readonly classes?: number
}

const splits = {
  train: ['train-images-idx3-ubyte', 'train-labels-idx1-ubyte'],
  test: ['t10k-images-idx3-ubyte', 't10k-labels-idx1-ubyte'],
} as const

/** The spellings of one file's name that are in circulation. */
const spellings = (name: string): readonly string[] =>
  [name, name.replace('-idx', '.idx')].flatMap((spelling) => [spelling, `${spelling}.gz`])

const reasonOf = (cause: unknown): string => (cause instanceof Error ? cause.message : String(cause))
const isAbsent = (cause: unknown): boolean =>
  cause instanceof Error && 'code' in cause && (cause.code === 'ENOENT' || cause.code === 'ENOTDIR')

const listing = (directory: string): TE.TaskEither<DataError, readonly string[]> =>
  TE.tryCatch(
    () => readdir(directory),
    (cause) =>
      dataError(isAbsent(cause) ? 'missing' : 'unreadable', {
        file: directory,
        expected: 'a directory with the four MNIST files',
        found: reasonOf(cause),
        cure: 'Name a directory that exists, with --data DIR or PUREGRAD_DATA=DIR.',
      }),
  )

/** Finds a file in the directory itself or in its folder `mnist`, under any of its spellings. */
const locate = (directory: string, name: string): TE.TaskEither<DataError, string> =>
  pipe(
    listing(directory),
    TE.chain((outer) => {
      const found = spellings(name).find((spelling) => outer.includes(spelling))
      if (found !== undefined) return TE.right(join(directory, found))
      const inner = outer.includes('mnist') ? listing(join(directory, 'mnist')) : TE.right([])
      return pipe(
        inner,
        TE.chain((names) => {
          const nested = spellings(name).find((spelling) => names.includes(spelling))
          if (nested !== undefined) return TE.right(join(directory, 'mnist', nested))
          const present = [...outer, ...names.map((entry) => `mnist/${entry}`)].sort()
          return TE.left(
            dataError('missing', {
              file: join(directory, name),
              expected: `${name} or ${name}.gz in ${directory} or ${join(directory, 'mnist')}`,
              found: present.length === 0 ? 'an empty directory' : present.slice(0, 12).join(', '),
              cure: 'Put the four MNIST files there, or name another directory with --data DIR or PUREGRAD_DATA=DIR.',
            }),
          )
        }),
      )
    }),
  )

interface LoadedFile extends IdxArray {
  readonly file: string
}

const loadFile = (directory: string, name: string, rank: number): TE.TaskEither<DataError, LoadedFile> =>
  pipe(
    locate(directory, name),
    TE.chain((file) =>
      pipe(
        TE.tryCatch(
          () => readFile(file),
          (cause) =>
            dataError('unreadable', {
              file,
              expected: 'a file that can be read',
              found: reasonOf(cause),
              cure: 'Check its permissions.',
            }),
        ),
        TE.chainEitherK((bytes) => decodeIdx(bytes, { file, rank })),
        TE.map((array) => ({ ...array, file })),
      ),
    ),
  )

/** Joins images and labels if they belong together. */
const joinFiles = (
  images: LoadedFile,
  labels: LoadedFile,
  { size: [height, width] = [28, 28], classes = 10 }: LoadMnistOptions,
): E.Either<DataError, LabelledImages> => {
  const [count = 0, rows = 0, columns = 0] = images.shape
  if (rows !== height || columns !== width)
    return E.left(
      dataError('mismatch', {
        file: images.file,
        expected: `images of ${height} × ${width}`,
        found: `${rows} × ${columns}`,
        cure: 'Is this another data set? Name its size with the option `size`.',
      }),
    )
  if (labels.data.length !== count)
    return E.left(
      dataError('mismatch', {
        file: labels.file,
        expected: `${count} labels, one for each image of ${images.file}`,
        found: `${labels.data.length}`,
        cure: 'Images and labels come from different data sets or splits. Download both again.',
      }),
    )
  const wrong = labels.data.findIndex((label) => label >= classes)
  if (wrong >= 0)
    return E.left(
      dataError('label', {
        file: labels.file,
        expected: `labels from 0 to ${classes - 1}`,
        found: `${labels.data[wrong]} at index ${wrong}`,
        cure: 'Is this another data set? Name how many classes it has with the option `classes`.',
      }),
    )
  return E.right({ shape: [count, rows, columns], images: images.data, labels: labels.data })
}

const loadSplit = (
  directory: string,
  [imagesName, labelsName]: readonly [string, string],
  options: LoadMnistOptions,
): TE.TaskEither<DataError, LabelledImages> =>
  pipe(
    TE.Do,
    TE.apS('images', loadFile(directory, imagesName, 3)),
    TE.apS('labels', loadFile(directory, labelsName, 1)),
    TE.chainEitherK(({ images, labels }) => joinFiles(images, labels, options)),
  )

/**
 * Loads MNIST, or a data set in its format such as Fashion-MNIST, from the four idx files of a directory, gzipped or not.
 * They may lie in the directory itself or in its folder `mnist`. Nothing throws: what is wrong is a `DataError`.
 * @example
 * const loaded = await loadMnist('no/such/folder')()
 * E.isLeft(loaded) && loaded.left.kind // 'missing'
 */
export const loadMnist = operation(
  'loadMnist',
  { at: 1, names: ['size', 'classes'] },
  (directory: string, options: LoadMnistOptions = {}): TE.TaskEither<DataError, ImageDataset> =>
    pipe(
      TE.Do,
      TE.apS('train', loadSplit(directory, splits.train, options)),
      TE.apS('test', loadSplit(directory, splits.test, options)),
    ),
)
