/** Trainings as values: run at once, step by step, or by a worker of whoever has one. */
import type { TokenizerProgress } from './training/pieces.js'
import { steps, type TokenizerInput, type Trained } from './training/program.js'
import { trainerProgram } from './training/trainer.generated.js'

/**
 * Work that takes seconds, as a value. `inWorker` of @puregrad/train has it done by a worker; `steps` is the same work on this thread,
 * a few milliseconds at a time, between which a page can draw.
 */
export interface Task<R> {
  /** The text of a script for a worker, which gives `task.steps(input)`. */
  readonly program: string
  readonly input: unknown
  /** What the worker's result becomes here. */
  readonly read: (output: unknown) => R
  readonly steps: () => Generator<TokenizerProgress, R, undefined>
}

export const taskOf = <R>(input: TokenizerInput, read: (trained: Trained) => R): Task<R> => ({
  program: trainerProgram,
  input,
  read: (output) => read(output as Trained),
  steps: function* () {
    return read(yield* steps(input))
  },
})

/** Does all of a task at once. */
export const finished = <R>(task: Task<R>, progress: ((at: TokenizerProgress) => void) | undefined): R => {
  const running = task.steps()
  for (;;) {
    const step = running.next()
    if (step.done) return step.value
    progress?.(step.value)
  }
}
