/** Files that are whole or not there: written beside, synced, then renamed over. */
import { open, readdir, rename, rm } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'

// `.model.ckpt.4711-1.writing`: of which file, by which process, the how-manieth.
const temporary = /^\.(.+)\.(\d+)-\d+\.writing$/
let written = 0

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0)
    return true
  } catch (cause) {
    // EPERM: it lives, but is another user's.
    return cause instanceof Error && 'code' in cause && cause.code === 'EPERM'
  }
}

/** Removes what processes that died while writing this file left beside it. */
const sweep = async (file: string): Promise<void> => {
  const folder = dirname(file)
  for (const name of await readdir(folder)) {
    const [, of, pid] = temporary.exec(name) ?? []
    if (of === basename(file) && !isAlive(Number(pid))) await rm(join(folder, name), { force: true })
  }
}

/** A rename lasts only once its folder is on the disk; Windows cannot open folders and needs no such step. */
const syncFolder = async (folder: string): Promise<void> => {
  if (process.platform === 'win32') return
  const handle = await open(folder, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

/**
 * Writes a file so that at any instant, whatever crashes, its name stands for the old bytes or for all the new ones: a temporary
 * file in the same folder, fsync, rename, fsync of the folder. What an earlier crash left behind is removed.
 */
export const writeAtomically = async (file: string, bytes: Uint8Array): Promise<void> => {
  const beside = join(dirname(file), `.${basename(file)}.${process.pid}-${++written}.writing`)
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
    await rm(beside, { force: true })
    throw cause
  }
  await syncFolder(dirname(file))
  await sweep(file)
}
