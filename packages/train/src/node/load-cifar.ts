import { join } from 'node:path'
import { freezeDeep } from '@puregrad/core'
import { type ColourImages, type DataError, decodeCifar10, joinImages } from '@puregrad/formats'
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import { readFileAs } from './file.js'

/** The files of the set as it is distributed. */
export const cifar10Files: { readonly train: readonly string[]; readonly test: readonly string[] } = freezeDeep({
  train: [1, 2, 3, 4, 5].map((n) => `data_batch_${n}.bin`),
  test: ['test_batch.bin'],
})

/**
 * Loads files of CIFAR-10 in the binary version, one after the other.
 * @param files their names: those of the training set unless said
 * @example
 * const loaded = await loadCifar10('no/such/folder', cifar10Files.test)()
 * E.isLeft(loaded) && loaded.left.kind // 'missing'
 */
export const loadCifar10 = (
  directory: string,
  files: readonly string[] = cifar10Files.train,
): TE.TaskEither<DataError, ColourImages> =>
  pipe(
    files,
    TE.traverseArray((name) => readFileAs(join(directory, name), decodeCifar10)),
    TE.map(joinImages),
  )
