/** Files that are whole or not there: written beside, synced, then renamed over. */
import { open, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { removeLeftoversOf, temporaryOf } from './leftovers.js'
import { inTurn } from './turns.js'

/** What systems say of folders that cannot be opened or synced, where a rename lasts without it. */
const unsupported = ['EACCES', 'EINVAL', 'EISDIR', 'ENOSYS', 'ENOTSUP', 'EPERM']

/** A rename lasts only once its folder is on the disk; Windows cannot open folders and needs no such step. */
const syncFolder = async (folder: string): Promise<void> => {
  if (process.platform === 'win32') return
  try {
    const handle = await open(folder, 'r')
    try {
      await handle.sync()
    } finally {
      await handle.close()
    }
  } catch (cause) {
    if (!(cause instanceof Error && 'code' in cause && unsupported.includes(String(cause.code)))) throw cause
  }
}

const replace = async (file: string, bytes: Uint8Array): Promise<void> => {
  const beside = temporaryOf(file)
  try {
    const handle = await open(beside, 'wx')
    try {
      await handle.writeFile(bytes)
      await handle.sync()
    } finally {
      await handle.close()
    }
    await rename(beside, file)
  } catch (cause) {
    await rm(beside, { force: true }).catch(() => {})
    throw cause
  }
  await syncFolder(dirname(file))
  await removeLeftoversOf(file)
}

/**
 * Writes a file so that at any instant, whatever crashes, its name stands for the old bytes or for all the new ones: a temporary
 * file in the same folder, fsync, rename, fsync of the folder. Writes of one process to the same file are done in the order in
 * which they were begun, so the newest stays; threads and processes may write at the same time, and the file is one of theirs,
 * whole. What earlier crashes left behind is removed.
 */
export const writeAtomically = (file: string, bytes: Uint8Array): Promise<void> =>
  inTurn(file, () => replace(file, bytes))
