/** Work that takes seconds, by a worker. */
import { operation } from '@puregrad/core'
import { usualHost, usualWorkers } from '#host'
import type { Worker, WorkerListener } from './worker.js'

/**
 * Work as a value, such as the training of a tokenizer (`bpeTask`, `unigramTask` of @puregrad/models): what a worker runs, and the same
 * work step by step for where there is no worker.
 */
export interface Task<R, P> {
  /**
   * The text of a script which gives `program.answersTo(input)`: an iterable of pairs of a message and what of it is handed over, the
   * messages being `{ progress }` and last `{ output }`.
   */
  readonly program: string
  readonly input: unknown
  /** What the worker's output becomes here. */
  readonly read: (output: unknown) => R
  readonly steps: () => Generator<P, R, undefined>
}

export interface InWorkerOptions<P> {
  /** Hears how far the work is. */
  readonly progress?: (at: P) => void
  /** Ends the work; the promise is rejected with its reason. */
  readonly signal?: AbortSignal
}

/** Milliseconds of work on this thread between two turns of the event loop. */
const turn = 12

/** The work by a worker; undefined if there is none, or it was lost. */
const elsewhere = <R, P>(
  { program, input, read }: Task<R, P>,
  { progress, signal }: InWorkerOptions<P>,
): Promise<{ readonly result: R } | undefined> =>
  new Promise((resolve, reject) => {
    let worker: Worker | undefined
    const end = (finish: () => void): void => {
      signal?.removeEventListener('abort', onAbort)
      worker?.hold(false)
      worker?.end()
      finish()
    }
    const onAbort = (): void => end(() => reject(signal?.reason))
    const listener: WorkerListener = {
      onAnswer: (message) => {
        const answer = message as { readonly progress: P } | { readonly output: unknown }
        try {
          if (!('output' in answer)) return progress?.(answer.progress)
          const result = read(answer.output)
          end(() => resolve({ result }))
        } catch (error) {
          end(() => reject(error))
        }
      },
      onLost: () => end(() => resolve(undefined)),
    }
    try {
      worker = usualWorkers.start(program, listener)
    } catch {
      return resolve(undefined)
    }
    signal?.addEventListener('abort', onAbort)
    worker.hold(true)
    worker.post(input, [])
  })

/** The work on this thread, with turns for the event loop. */
const here = async <R, P>(task: Task<R, P>, { progress, signal }: InWorkerOptions<P>): Promise<R> => {
  const running = task.steps()
  let since = usualHost.elapsed()
  for (;;) {
    const step = running.next()
    if (step.done) return step.value
    progress?.(step.value)
    if (usualHost.elapsed() - since < turn) continue
    await usualHost.pause()
    signal?.throwIfAborted()
    since = usualHost.elapsed()
  }
}

/**
 * Has a task done by a worker, a thread of Node's or a Web Worker of a page, so that this thread goes on: a page draws, a training runs.
 * Where no worker can be started the work is done on this thread, a few milliseconds at a time.
 * @returns a promise of the task's result; it is rejected if the signal ends the work, or with what the task throws
 * @example
 * const task = { program: '', input: 3, read: Number, steps: function* () { yield 'half'; return 42 } }
 * await inWorker(task) // 42
 */
export const inWorker = operation(
  'inWorker',
  { at: 1, names: ['progress', 'signal'] },
  async <R, P>(task: Task<R, P>, options: InWorkerOptions<P> = {}): Promise<R> => {
    options.signal?.throwIfAborted()
    const done = await elsewhere(task, options)
    return done === undefined ? here(task, options) : done.result
  },
)
