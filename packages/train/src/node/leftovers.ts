/** Temporary files: how they are named, and which of them nobody writes any more. */
import { createHash, randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { readdir, rm, stat } from 'node:fs/promises'
import { hostname } from 'node:os'
import { basename, dirname, join } from 'node:path'

const shortHash = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 16)

// Containers that share a volume count their processes apart; their host names tell them from one another.
const host = shortHash(hostname()).slice(0, 8)

/**
 * When this process began, in ticks since the machine did: its number alone may be that of an earlier one, as in containers. All
 * threads see the same. 0 on systems that do not tell.
 */
const birth = ((): string => {
  try {
    // proc(5): field 22, counted after the name, which stands in parentheses and may hold anything.
    const text = readFileSync('/proc/self/stat', 'latin1')
    return text.slice(text.lastIndexOf(')') + 2).split(' ')[19] ?? '0'
  } catch {
    return '0'
  }
})()

/** A write takes seconds and touches its file all the while: after an hour there is no writer, whatever else cannot be told. */
const abandoned = 3_600_000

/** Names of files are at most 255 bytes long on most disks; the name of a long one is replaced by its hash. */
const stemOf = (file: string): string => {
  const name = basename(file)
  return Buffer.byteLength(name) <= 160 ? name : shortHash(name)
}

/** A name beside a file that no other thread, process or host takes: `.FILE.HOST-PID-BIRTH-RANDOM.writing`. */
export const temporaryOf = (file: string): string =>
  join(dirname(file), `.${stemOf(file)}.${host}-${process.pid}-${birth}-${randomBytes(8).toString('hex')}.writing`)

// The older form, `.FILE.PID-COUNT.writing`, tells less.
const pattern =
  /^\.(?<stem>.+)\.(?:(?<host>[0-9a-f]{8})-(?<pid>\d+)-(?<birth>\d+)-[0-9a-f]{16}|(?<older>\d+)-\d+)\.writing$/

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0)
    return true
  } catch (cause) {
    // EPERM: it lives, but is another user's.
    return cause instanceof Error && 'code' in cause && cause.code === 'EPERM'
  }
}

/** Whether it is certain that the writer is gone. */
const isGone = ({ host: of, pid, birth: since, older }: Readonly<Record<string, string | undefined>>): boolean => {
  if (of !== undefined && of !== host) return false
  const writer = Number(pid ?? older)
  if (!isAlive(writer)) return true
  return writer === process.pid && since !== undefined && since !== '0' && birth !== '0' && since !== birth
}

/**
 * Removes the temporary files of a folder whose writers are gone; those of living ones stay. What cannot be read or removed
 * stays, too: tidying is no reason to fail.
 * @param isOurs whether a file of this name is one whose leftovers are to go
 */
export const removeLeftovers = async (folder: string, isOurs: (stem: string) => boolean): Promise<void> => {
  const names = await readdir(folder).catch((): string[] => [])
  for (const name of names) {
    const parts = pattern.exec(name)?.groups
    if (parts === undefined || !isOurs(parts.stem as string)) continue
    const file = join(folder, name)
    const isOld = async (): Promise<boolean> => Date.now() - (await stat(file)).mtimeMs > abandoned
    try {
      if (isGone(parts) || (await isOld())) await rm(file, { force: true })
    } catch {
      // Someone else was faster, or it is not ours to remove.
    }
  }
}

/** Removes what writers of this file left that are gone. */
export const removeLeftoversOf = (file: string): Promise<void> => {
  const stem = stemOf(file)
  return removeLeftovers(dirname(file), (of) => of === stem)
}
