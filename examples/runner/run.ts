/** Runs an example: what it is given, within its time, and what is written at its end. Everything outside is the host's. */
import { join, resolve } from 'node:path'
import type { Progress } from '@puregrad/train'
import { isLeft } from 'fp-ts/lib/Either.js'
import type { RunOptions } from './command.js'
import type { Context, Example, Trainings } from './example.js'
import { type Results, resultsOf, type Surroundings, textOf } from './results.js'

/** What a run needs of the world. */
export interface Host {
  readonly print: (text: string) => void
  /** Without a new line behind it. */
  readonly printPart: (text: string) => void
  readonly fail: (text: string) => void
  readonly progress: () => Progress
  /** The clock in milliseconds. */
  readonly now: () => number
  /** A signal that comes after so many milliseconds. */
  readonly after: (milliseconds: number) => AbortSignal
  /** Comes with Ctrl-C. */
  readonly interruption: AbortSignal
  readonly isFolder: (path: string) => Promise<boolean>
  /** Writes a file, whole or not at all, and the folders above it. */
  readonly write: (path: string, text: string) => Promise<void>
  readonly surroundings: Surroundings
}

/** How a run ended: 0, 1 if something was wrong with the data, 130 after Ctrl-C. */
export interface Ending {
  readonly code: 0 | 1 | 130
  readonly results?: Results
}

/** Nothing was learnt before Ctrl-C, so there is nothing to tell. */
class NothingLearnt extends Error {}

const firstOf = (...signals: readonly AbortSignal[]): AbortSignal => {
  const both = new AbortController()
  for (const signal of signals) {
    if (signal.aborted) both.abort()
    else signal.addEventListener('abort', () => both.abort(), { once: true })
  }
  return both.signal
}

/** Trainings that share the time until the deadline; `spent` is told when the share of one is over. */
const trainingsUntil = (host: Host, deadline: number | undefined, spent: () => void): Omit<Trainings, 'progress'> => {
  /** Trains with an equal share of the time, if so many trainings are still to come with this one. */
  const trainOne = async <B>(left: number, train: (signal: AbortSignal) => Promise<B>): Promise<B> => {
    if (deadline === undefined) return train(host.interruption)
    // Even without any time left there are some steps: the signal comes between them.
    const share = host.after(Math.max(0, (deadline - host.now()) / left))
    const result = await train(firstOf(host.interruption, share))
    if (share.aborted) spent()
    return result
  }
  return {
    each: async <A, B>(items: readonly A[], train: (item: A, signal: AbortSignal) => Promise<B>) => {
      const results: B[] = []
      for (const [i, item] of items.entries()) {
        if (host.interruption.aborted) break
        results.push(await trainOne(items.length - i, (signal) => train(item, signal)))
      }
      if (results.length === 0) throw new NothingLearnt()
      return results
    },
    once: async (train, left = 1) => {
      if (host.interruption.aborted) throw new NothingLearnt()
      return trainOne(left, train)
    },
  }
}

/** One line for an epoch that takes a while, and for the last; none for those that flit by. */
const calmProgress = (host: Host, name: string, epochs: number): Progress => {
  const shown = host.progress()
  let [epoch, last] = [0, host.now()]
  return {
    ...shown,
    begin: (_, steps) => shown.begin(`${name} ${++epoch}/${epochs}`, steps),
    end: (metrics) => {
      if (epoch < epochs && host.now() - last < 1000) return shown.stop()
      last = host.now()
      shown.end(metrics)
    },
  }
}

/** Runs an example and writes its plots and `results.json`. */
export const runExample = async (example: Example, options: RunOptions, host: Host): Promise<Ending> => {
  const { data, seed, minutes, folder, settings } = options
  if (example.data !== null && data !== undefined && !(await host.isFolder(data))) {
    host.fail(`There is no folder ${data}. Give --data or PUREGRAD_DATA one with ${example.data.files}; or neither.`)
    return { code: 1 }
  }
  const began = host.now()
  let spent = false
  const plots: string[] = []
  const save = async (file: string, text: string): Promise<void> => {
    const path = resolve(join(folder, file))
    await host.write(path, text)
    host.print(`Wrote ${path}`)
  }
  const context: Context = {
    ...trainingsUntil(host, minutes === undefined ? undefined : began + 60_000 * minutes, () => {
      spent = true
    }),
    progress: (name, epochs) => calmProgress(host, name, epochs),
    data: example.data === null ? undefined : data,
    seed,
    settings,
    folder,
    print: host.print,
    printPart: host.printPart,
    plot: async (file, svg) => {
      await save(file, svg)
      plots.push(file)
    },
  }
  try {
    const told = await example.run(context)
    if (isLeft(told)) {
      host.fail(told.left)
      return { code: 1 }
    }
    const interrupted = host.interruption.aborted
    const results = resultsOf({
      example: example.name,
      title: example.title,
      told: told.right,
      seconds: (host.now() - began) / 1000,
      seed,
      settings,
      minutes: minutes ?? null,
      stopped: interrupted ? 'interrupted' : spent ? 'minutes' : null,
      plots,
      surroundings: host.surroundings,
    })
    if (results.stopped === 'minutes')
      host.print(`Stopped after ${minutes} ${minutes === 1 ? 'minute' : 'minutes'} of training.`)
    await save('results.json', textOf(results))
    return { code: interrupted ? 130 : 0, results }
  } catch (error) {
    if (!(error instanceof NothingLearnt)) throw error
    host.fail('Stopped before anything was learnt.')
    return { code: 130 }
  }
}
