/** Checkpoints as files. */

import { mkdir, open } from 'node:fs/promises'
import { dirname } from 'node:path'
import { operation } from '@puregrad/core'
import {
  type Checkpoint,
  type CheckpointError,
  checkpointError,
  decodeCheckpoint,
  encodeCheckpoint,
  type Json,
} from '@puregrad/formats'
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import { writeAtomically } from './atomic.js'

export const reasonOf = (cause: unknown): string => (cause instanceof Error ? cause.message : String(cause))

export const unwritable = (file: string, cause: unknown): CheckpointError =>
  checkpointError('unwritable', {
    file,
    leaf: null,
    expected: 'a file that can be written',
    found: reasonOf(cause),
    cure: 'Check the space on the disk and the permissions of the folder.',
  })

export const unreadable = (file: string, cause: unknown): CheckpointError => {
  const absent = cause instanceof Error && 'code' in cause && (cause.code === 'ENOENT' || cause.code === 'ENOTDIR')
  return checkpointError(absent ? 'missing' : 'unreadable', {
    file,
    leaf: null,
    expected: 'a checkpoint that can be read',
    found: reasonOf(cause),
    cure: absent ? 'Check the path; relative ones begin at the working directory.' : 'Check its permissions.',
  })
}

/** Bytes into a file, atomically; its folder is made if there is none. */
export const writeFileAtomically = (file: string, bytes: Uint8Array): TE.TaskEither<CheckpointError, void> =>
  TE.tryCatch(
    async () => {
      await mkdir(dirname(file), { recursive: true })
      await writeAtomically(file, bytes)
    },
    (cause) => unwritable(file, cause),
  )

/**
 * Saves a pytree of tensors, numbers and booleans, with metadata, in one file. Atomic: a crash at any instant leaves the file
 * that was there before, or the new one whole. Saves that nobody awaits are done one after the other, and the newest stays.
 * @param x such as parameters  @param metadata any JSON; also NaN, infinities, −0, bigint, undefined and dates, which come back as they were
 * @throws TreeError naming the path of anything that no tree holds, or no metadata: functions, class instances, cycles
 * @example
 * const file = '/tmp/puregrad-docs/model.ckpt'
 * await saveCheckpoint(file, { w: np.ones([2]) }, { accuracy: 0.98 })()
 * const loaded = await loadCheckpoint(file, { like: { w: np.zeros([2]) } })()
 * E.isRight(loaded) && loaded.right // { tree: { w: [1, 1] }, metadata: { accuracy: 0.98 } }
 */
export const saveCheckpoint = (
  file: string,
  x: unknown,
  metadata: Json = null,
): TE.TaskEither<CheckpointError, void> => {
  const bytes = encodeCheckpoint(x, metadata)
  return writeFileAtomically(file, bytes)
}

/** All bytes of a file; `readFile` ends at 2 GiB. */
const readWhole = async (file: string): Promise<Uint8Array> => {
  const handle = await open(file, 'r')
  try {
    const bytes = new Uint8Array((await handle.stat()).size)
    let at = 0
    while (at < bytes.length) {
      const { bytesRead } = await handle.read(bytes, at, Math.min(bytes.length - at, 2 ** 30), at)
      if (bytesRead === 0) return bytes.subarray(0, at)
      at += bytesRead
    }
    return bytes
  } finally {
    await handle.close()
  }
}

export interface LoadCheckpointOptions<T> {
  /** A tree of the structure, dtypes and shapes that the file has to hold, such as freshly initialised parameters. */
  readonly like?: T
}

/**
 * Loads what `saveCheckpoint` saved, and checks it: every bit by hashes, the tree by `like`.
 * @returns on the left what is wrong, with the path of the leaf
 * @example
 * const loaded = await loadCheckpoint('no/such/file', { like: { w: np.zeros([2]) } })()
 * E.isLeft(loaded) && loaded.left.kind // 'missing'
 */
export const loadCheckpoint = operation(
  'loadCheckpoint',
  { at: 1, names: ['like'] },
  <T = unknown>(file: string, options: LoadCheckpointOptions<T> = {}): TE.TaskEither<CheckpointError, Checkpoint<T>> =>
    pipe(
      TE.tryCatch(
        () => readWhole(file),
        (cause) => unreadable(file, cause),
      ),
      TE.chainEitherK((bytes) => decodeCheckpoint<T>(bytes, { ...options, file })),
    ),
)
