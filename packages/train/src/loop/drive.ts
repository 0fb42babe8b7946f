/** The world around the machine: it does what the machine says, and tells it what happened. */
import { isLeft } from 'fp-ts/lib/Either.js'
import { flatMetrics } from '../callbacks/callback.js'
import { perform } from '../callbacks/perform.js'
import type { Results } from '../epoch.js'
import type { Metrics } from '../history.js'
import type { Host } from '../host/host.js'
import type { Progress } from '../progress.js'
import type { Position } from '../session.js'
import type { Sums, Tally } from '../tally.js'
import { type Command, type Course, type Happening, machine, type Training } from './machine.js'

/** Some steps that ran. */
export interface Run<A> {
  readonly state: A
  readonly steps: number
  readonly results: Results
}

/** What the machine cannot do. */
export interface World<A> {
  readonly host: Host
  /** Milliseconds since 1970. */
  readonly now: () => number
  readonly signal: AbortSignal | undefined
  readonly progress: Progress | undefined
  /** Runs some steps from a position on, no more than the epoch has left. */
  readonly run: (state: A, at: Position) => Run<A> | Promise<Run<A>>
  /** What adds up an epoch, from sums on. */
  readonly tallyFrom: (sums: Sums, state: A, at: Position) => Tally | Promise<Tally>
  /** What a state is worth after an epoch. */
  readonly validate: ((state: A) => Metrics | Promise<Metrics>) | undefined
  /** A training as bytes, for checkpoints. */
  readonly encode: (training: Training<A>) => Uint8Array
}

/** Runs to the end: it pauses at every yield, and goes on with what a promise that is yielded gives. */
export const finish = async <R>({ pause }: Host, run: Generator<unknown, R>): Promise<R> => {
  let answer: unknown
  for (;;) {
    const { done, value } = run.next(answer)
    if (done === true) return value
    await pause()
    answer = await value
  }
}

/** Runs a training to its end. */
export const drive = async <A>(course: Course, start: Training<A>, world: World<A>): Promise<Training<A>> => {
  const { host, now, signal, progress, run, tallyFrom, validate, encode } = world
  const reduce = machine<A>(course)
  let training = start
  let total: Tally | undefined
  let before = 0
  let began = 0
  const seconds = (): number => before + (host.elapsed() - began) / 1000
  const time = (): number => now() / 1000

  const done = async (command: Command): Promise<Happening<A> | undefined> => {
    switch (command._tag) {
      case 'Perform': {
        const performed = await perform(host, () => encode(training), command.totalSteps, command.effects)()
        return isLeft(performed) ? { _tag: 'Failed', failure: performed.left } : undefined
      }
      case 'Open':
        before = training.underWay.seconds
        began = host.elapsed()
        total = await tallyFrom(training.underWay, training.state, training.position)
        progress?.begin(`Epoch ${command.epoch}/${course.epochs}`, course.steps)
        return
      case 'Show':
        progress?.step(command.step, command.means)
        return
      case 'Close':
        progress?.end(flatMetrics(command.record))
        return
      case 'Break':
        progress?.stop()
        return
      case 'Turn':
        if (command.pause) await host.pause()
        return { _tag: 'Turned', time: time(), aborted: signal?.aborted === true, seconds: seconds() }
      case 'Run': {
        const { state, steps, results } = await run(training.state, training.position)
        const tally = total as Tally
        for (const batches of results.parts) tally.add(batches)
        const measures = { sums: tally.sums(), means: tally.means(), measured: results.each }
        return { _tag: 'Ran', time: time(), state, steps, ...measures, seconds: seconds() }
      }
      case 'Measure': {
        const validation = validate === undefined ? undefined : await validate(training.state)
        const means = (total as Tally).means()
        const validated = validation === undefined ? {} : { validation }
        return { _tag: 'Measured', time: time(), means, ...validated, seconds: seconds() }
      }
    }
  }

  let [next, commands] = reduce(training, { _tag: 'Started', time: time() })
  training = next
  for (const queue = [...commands]; ; ) {
    const command = queue.shift()
    if (command === undefined) return training
    const happening = await done(command)
    if (happening === undefined) continue
    ;[next, commands] = reduce(training, happening)
    training = next
    queue.push(...commands)
  }
}
