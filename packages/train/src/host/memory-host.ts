import { operation } from '@puregrad/core'
import * as TE from 'fp-ts/lib/TaskEither.js'
import { bestName, inFolder, nameOf, surplus } from '../checkpoint/kept.js'
import type { Host } from './host.js'
import { pageHost } from './page-host.js'

/** A host whose files are bytes in memory. */
export interface MemoryHost extends Host {
  /** What was written, by its path. */
  readonly files: ReadonlyMap<string, Uint8Array>
}

export interface MemoryHostOptions {
  /** Files that are there from the beginning, such as those of an earlier training that is to go on. */
  readonly files?: ReadonlyMap<string, Uint8Array>
  /** What gives the event loop its turns and tells the time: that of pages unless said. */
  readonly base?: Pick<Host, 'pause' | 'now' | 'elapsed'>
}

/**
 * A host whose files are bytes in memory: for a page, which offers them for download, keeps them in a database or sends them
 * to its server, and for tests. Logs and checkpoints have the names and the bytes that they have on a disk.
 * @example
 * const [model, optimizer, host] = [dense(1), sgd(0.1), memoryHost()]
 * const options = { loss: losses.l2Loss, optimizer, train: { x: np.ones([8, 1]), y: np.ones([8, 1]) }, key: random.key(1) }
 * const start = init(model, [1], random.key(0))
 * await fit(model, start, { ...options, epochs: 2, callbacks: [checkpoints('run', { keep: 1 })], host })
 * const names = [...host.files.keys()] // ['run/step-000000002.ckpt']
 * const bytes = host.files.get('run/step-000000002.ckpt') ?? new Uint8Array()
 * const session = decodeSession(bytes, { ...start, optimizerState: optimizer.init(start.params) })
 * if (E.isLeft(session)) throw new Error(showCheckpointError(session.left))
 * const longer = await fit(model, session.right, { ...options, epochs: 5, host })
 * longer.history.length // 5
 */
export const memoryHost = operation(
  'memoryHost',
  { at: 0, names: ['files', 'base'] },
  ({ files: given = new Map(), base = pageHost }: MemoryHostOptions = {}): MemoryHost => {
    const files = new Map(given)
    return {
      files,
      write: (file, at, bytes) =>
        TE.fromIO(() => {
          const before = (files.get(file) ?? new Uint8Array()).subarray(0, at)
          const after = new Uint8Array(before.length + bytes.length)
          after.set(before)
          after.set(bytes, before.length)
          files.set(file, after)
        }),
      save: (folder, step, bytes, { keep, best }) =>
        TE.fromIO(() => {
          if (best) files.set(inFolder(folder, bestName), bytes)
          files.set(inFolder(folder, nameOf(step)), bytes)
          const beside = inFolder(folder, '')
          const names = [...files.keys()]
            .filter((file) => file.startsWith(beside))
            .map((file) => file.slice(beside.length))
          for (const name of surplus(names, step, keep)) files.delete(inFolder(folder, name))
        }),
      pause: base.pause,
      now: base.now,
      elapsed: base.elapsed,
    }
  },
)
