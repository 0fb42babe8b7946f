/** Training in Node: files, and a clock. */
import { mkdir, open } from 'node:fs/promises'
import { dirname } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import * as TE from 'fp-ts/lib/TaskEither.js'
import type { Host } from '../host/host.js'
import { unwritable } from './checkpoint.js'
import { saveBytesInFolder } from './folder.js'

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
 * The host of a training in Node, where `fit` has it unless said: logs and checkpoints are files.
 * @example
 * const host = { ...nodeHost, now: () => 1_700_000_000_000 } // with a clock of one's own
 */
export const nodeHost: Host = Object.freeze<Host>({
  write: (file, at, bytes) =>
    TE.tryCatch(
      () => writeAt(file, at, bytes),
      (cause) => unwritable(file, cause),
    ),
  save: saveBytesInFolder,
  pause: () => setImmediate(),
  now: () => Date.now(),
  elapsed: () => performance.now(),
})
