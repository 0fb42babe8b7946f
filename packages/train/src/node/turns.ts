/** One after the other: what a process does to the same file, in the order in which it was begun. */
import { resolve } from 'node:path'

const last = new Map<string, Promise<unknown>>()

/**
 * Runs a task when all that was begun earlier for this path is over, however it ended.
 * @example
 * const both = await Promise.all([inTurn('a', async () => 1), inTurn('a', async () => 2)])
 * both // [1, 2]
 */
export const inTurn = <T>(path: string, task: () => Promise<T>): Promise<T> => {
  const key = resolve(path)
  const mine = (last.get(key) ?? Promise.resolve()).then(task, task)
  // Whoever waits next must not fail with this one, and no one else may see a rejection that is its caller's.
  const settled = mine.then(
    () => {},
    () => {},
  )
  last.set(key, settled)
  void settled.then(() => {
    if (last.get(key) === settled) last.delete(key)
  })
  return mine
}
