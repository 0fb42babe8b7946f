/** Doing what callbacks want done in the world: the edge. */
import { mkdir, open } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { CheckpointError } from '@puregrad/formats'
import * as TE from 'fp-ts/lib/TaskEither.js'
import { unwritable } from '../checkpoint/checkpoint.js'
import { saveSessionInFolder } from '../checkpoint/sessions.js'
import type { SomeSession } from '../session.js'
import type { Effect } from './callback.js'

/** Writes at a place of a file; what lies behind it, written before a crash, goes. */
const writeAt = async (file: string, at: number, bytes: Uint8Array): Promise<void> => {
  await mkdir(dirname(file), { recursive: true })
  const handle = await open(file, 'a')
  try {
    const { size } = await handle.stat()
    if (size > at) await handle.truncate(at)
    await handle.appendFile(bytes)
  } finally {
    await handle.close()
  }
}

/**
 * Does what callbacks want done in files. Logs come first: if the program dies in between, the session is the older one, and
 * going on from it writes the same lines again in the same places.
 */
export const perform = (
  session: SomeSession,
  totalSteps: number,
  effects: readonly Effect[],
): TE.TaskEither<CheckpointError, void> => {
  const writes = effects.flatMap((effect) =>
    effect._tag === 'Write'
      ? [
          TE.tryCatch(
            () => writeAt(effect.file, effect.at, effect.bytes),
            (cause) => unwritable(effect.file, cause),
          ),
        ]
      : [],
  )
  const saves = effects.flatMap((effect) =>
    effect._tag === 'Save'
      ? [saveSessionInFolder(effect.folder, totalSteps, session, { keep: effect.keep, best: effect.best })]
      : [],
  )
  return TE.map(() => undefined)(TE.sequenceSeqArray([...writes, ...saves]))
}
