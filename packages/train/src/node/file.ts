import { readFile } from 'node:fs/promises'
import { type DataError, dataError, type Named, reasonOf } from '@puregrad/formats'
import type * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'

/**
 * The bytes of a file.
 * @example
 * const bytes = await readBytes('no/such/file')()
 * E.isLeft(bytes) && bytes.left.kind // 'missing'
 */
export const readBytes = (file: string): TE.TaskEither<DataError, Uint8Array> =>
  TE.tryCatch(
    () => readFile(file),
    (cause) => {
      const absent = cause instanceof Error && 'code' in cause && (cause.code === 'ENOENT' || cause.code === 'ENOTDIR')
      return dataError(absent ? 'missing' : 'unreadable', {
        file,
        expected: 'a file that can be read',
        found: reasonOf(cause),
        cure: absent ? 'Check the path; relative ones begin at the working directory.' : 'Check its permissions.',
      })
    },
  )

/**
 * Reads a file with any decoder of this package; the errors name the file.
 * @param decode such as `decodeWav`  @param options what the decoder takes besides the name of the file
 * @example
 * const loaded = await readFileAs('no/such/labels', decodeIdx, { rank: 1 })()
 * E.isLeft(loaded) && loaded.left.kind // 'missing'
 */
export const readFileAs = <T, O extends Named>(
  file: string,
  decode: (bytes: Uint8Array, options: O) => E.Either<DataError, T>,
  ...[options]: Record<never, never> extends Omit<O, 'file'> ? [options?: Omit<O, 'file'>] : [options: Omit<O, 'file'>]
): TE.TaskEither<DataError, T> =>
  pipe(
    readBytes(file),
    TE.chainEitherK((bytes) => decode(bytes, { ...options, file } as unknown as O)),
  )
