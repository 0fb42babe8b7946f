/** A folder of checkpoints: the last few, and the best. */
import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { operation, RangeError } from '@puregrad/core'
import { type Checkpoint, type CheckpointError, encodeCheckpoint, isDamage, type Json } from '@puregrad/formats'
import { pipe } from 'fp-ts/lib/function.js'
import * as O from 'fp-ts/lib/Option.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import { bestName, isOurs, nameOf, stepsOf, surplus } from '../checkpoint/kept.js'
import type { Keeping } from '../host/host.js'
import {
  type LoadCheckpointOptions,
  loadCheckpoint,
  unreadable,
  unwritable,
  writeFileAtomically,
} from './checkpoint.js'
import { removeLeftovers } from './leftovers.js'
import { inTurn } from './turns.js'

export interface SaveInFolderOptions {
  /** How many of the latest stay: 3 unless said. */
  readonly keep?: number
  /** Whether to write it to `best.ckpt` too, which stays until a better one comes. */
  readonly best?: boolean
}

/** A checkpoint of a folder. */
export interface FoundCheckpoint<T> extends Checkpoint<T> {
  readonly file: string
  /** What is wrong with later ones, which are damaged. */
  readonly damaged: readonly CheckpointError[]
}

/** The names in a folder; none if there is no such folder. */
const listing = (folder: string): TE.TaskEither<CheckpointError, readonly string[]> =>
  pipe(
    TE.tryCatch(
      () => readdir(folder),
      (cause) => unreadable(folder, cause),
    ),
    TE.orElse((error) => (error.kind === 'missing' ? TE.right<CheckpointError, string[]>([]) : TE.left(error))),
  )

/**
 * The checkpoints of a folder by their numbers of steps, the earliest first; none if there is no such folder.
 * @example
 * const listed = await listCheckpoints('no/such/folder')()
 * E.isRight(listed) && listed.right // []
 */
export const listCheckpoints = (
  folder: string,
): TE.TaskEither<CheckpointError, readonly { readonly step: number; readonly file: string }[]> =>
  pipe(
    listing(folder),
    TE.map((names) => stepsOf(names).map(({ step, name }) => ({ step, file: join(folder, name) }))),
  )

const remove = (files: readonly string[]): TE.TaskEither<CheckpointError, void> =>
  TE.tryCatch(
    async () => {
      for (const file of files) await rm(file, { force: true })
    },
    (cause) => unwritable(files[0] ?? '', cause),
  )

const checkNumbers = (step: number, keep: number): void => {
  if (!Number.isSafeInteger(step) || step < 0) {
    throw new RangeError(
      `saveInFolder: step is ${step} and has to be a whole number from 0 to 2^53 − 1: checkpoints are found again by it.`,
    )
  }
  if (keep !== Number.POSITIVE_INFINITY && (!Number.isSafeInteger(keep) || keep < 1)) {
    throw new RangeError(`saveInFolder: keep is ${keep} and has to be a whole number from 1 up, or Infinity.`)
  }
}

/** Saves bytes as a checkpoint of a folder. */
export const saveBytesInFolder = (
  folder: string,
  step: number,
  bytes: Uint8Array,
  { keep, best }: Keeping,
): TE.TaskEither<CheckpointError, void> => {
  const save = pipe(
    // The best goes first: after a crash in between, the training goes on from before it and finds it again.
    best ? writeFileAtomically(join(folder, bestName), bytes) : TE.right(undefined),
    TE.chain(() => writeFileAtomically(join(folder, nameOf(step)), bytes)),
    TE.chain(() => listing(folder)),
    TE.chain((names) => remove(surplus(names, step, keep).map((name) => join(folder, name)))),
    // Each step has a file of its own, so only here is seen what a crash left of another.
    TE.chainTaskK(() => () => removeLeftovers(folder, isOurs)),
  )
  return () => inTurn(folder, save)
}

/**
 * Saves a tree in a folder under its number of steps, then removes all but the latest few. The new file is whole on the disk
 * before an old one goes. Saves that nobody awaits are done one after the other, in the order in which their tasks were begun.
 * One process writes to a folder at a time.
 * @param step a whole number from 0 up; later ones are greater: what has a greater one belongs to another future and is removed
 * @param metadata as of `saveCheckpoint`
 * @throws RangeError for other steps and for a `keep` below 1, TreeError naming the path of anything that no tree or no metadata
 * holds, both before anything is touched
 * @example
 * const folder = '/tmp/puregrad-docs/run'
 * for (const step of [10, 20, 30]) await saveInFolder(folder, step, { w: np.array(step) }, null, { keep: 2 })()
 * const found = await loadLatest(folder, { like: { w: np.array(0) } })()
 * E.isRight(found) && found.right._tag === 'Some' && found.right.value.tree // { w: 30 }
 */
export const saveInFolder = operation(
  'saveInFolder',
  { at: 4, names: ['keep', 'best'] },
  (
    folder: string,
    step: number,
    x: unknown,
    metadata: Json = null,
    { keep = 3, best = false }: SaveInFolderOptions = {},
  ): TE.TaskEither<CheckpointError, void> => {
    checkNumbers(step, keep)
    const bytes = encodeCheckpoint(x, metadata)
    return saveBytesInFolder(folder, step, bytes, { keep, best })
  },
)

/**
 * The latest good checkpoint of a folder, or none if there is none. Damaged ones are passed over and told of; one that is good
 * but of another tree, or a folder in which all are damaged, is an error.
 * @example
 * const found = await loadLatest('no/such/folder')()
 * E.isRight(found) && found.right._tag // 'None'
 */
export const loadLatest = operation(
  'loadLatest',
  { at: 1, names: ['like'] },
  <T = unknown>(
    folder: string,
    options: LoadCheckpointOptions<T> = {},
  ): TE.TaskEither<CheckpointError, O.Option<FoundCheckpoint<T>>> => latestOf(folder, options, 10),
)

/** While another process saves, what was listed may be gone a moment later, and newer ones are there: then it looks again. */
const latestOf = <T>(
  folder: string,
  options: LoadCheckpointOptions<T>,
  looks: number,
): TE.TaskEither<CheckpointError, O.Option<FoundCheckpoint<T>>> => {
  const tryFrom = (
    files: readonly string[],
    damaged: readonly CheckpointError[],
  ): TE.TaskEither<CheckpointError, O.Option<FoundCheckpoint<T>>> => {
    const file = files.at(-1)
    const [first] = damaged
    if (file === undefined) return first === undefined ? TE.right(O.none) : TE.left(first)
    return pipe(
      loadCheckpoint<T>(file, options),
      TE.map((checkpoint) => O.some({ ...checkpoint, file, damaged })),
      TE.orElse((error) => {
        if (error.kind === 'missing' && looks > 1) return latestOf(folder, options, looks - 1)
        return isDamage(error) ? tryFrom(files.slice(0, -1), [...damaged, error]) : TE.left(error)
      }),
    )
  }
  return pipe(
    listCheckpoints(folder),
    TE.chain((all) =>
      tryFrom(
        all.map(({ file }) => file),
        [],
      ),
    ),
  )
}

/**
 * The best checkpoint of a folder: what was last saved with `best: true`.
 * @example
 * const best = await loadBest('no/such/folder')()
 * E.isLeft(best) && best.left.kind // 'missing'
 */
export const loadBest = operation(
  'loadBest',
  { at: 1, names: ['like'] },
  <T = unknown>(
    folder: string,
    options: LoadCheckpointOptions<T> = {},
  ): TE.TaskEither<CheckpointError, Checkpoint<T>> => loadCheckpoint(join(folder, bestName), options),
)
