import { dirname, join } from 'node:path'
import { type DataError, decodeTfjs, shardPaths, type TfjsModel } from '@puregrad/formats'
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import { readBytes } from './file.js'

/**
 * Loads a model of TensorFlow.js: model.json and the shards beside it.
 * @example
 * const model = await loadTfjs('no/such/model.json')()
 * E.isLeft(model) && model.left.kind // 'missing'
 */
export const loadTfjs = (file: string): TE.TaskEither<DataError, TfjsModel> =>
  pipe(
    readBytes(file),
    TE.chain((json) =>
      pipe(
        TE.fromEither(shardPaths(json, { file })),
        TE.chain(
          TE.traverseArray((path) =>
            pipe(
              readBytes(join(dirname(file), path)),
              TE.map((bytes) => [path, bytes] as const),
            ),
          ),
        ),
        TE.chainEitherK((shards) => decodeTfjs(json, new Map(shards), { file })),
      ),
    ),
  )
