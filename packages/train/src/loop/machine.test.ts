import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { SomeCallback } from '../callbacks/callback.js'
import { type Command, type Happening, machine, started, type Training } from './machine.js'

/** A state that counts its steps. */
type Steps = number

const noSums = { sums: {} }

/** Plays the world: so many steps a run, told to stop before a turn, all without a clock or a disk. */
const play = (
  course: Parameters<typeof machine>[0],
  start: Training<Steps>,
  { perRun, stopAt = Number.POSITIVE_INFINITY }: { readonly perRun: number; readonly stopAt?: number },
) => {
  const reduce = machine<Steps>(course)
  const happenings: Happening<Steps>[] = []
  const commands: Command[] = []
  let [training, todo] = reduce(start, { _tag: 'Started', time: 0 })
  happenings.push({ _tag: 'Started', time: 0 })
  for (const queue = [...todo]; queue.length > 0; ) {
    const command = queue.shift() as Command
    commands.push(command)
    const { state, position } = training
    const time = happenings.length
    const ran = Math.min(perRun, course.steps - position.step)
    const happening: Happening<Steps> | undefined =
      command._tag === 'Turn'
        ? { _tag: 'Turned', time, aborted: state >= stopAt, seconds: 1 }
        : command._tag === 'Run'
          ? {
              _tag: 'Ran',
              time,
              state: state + ran,
              steps: ran,
              sums: noSums,
              means: {},
              measured: () => [],
              seconds: 1,
            }
          : command._tag === 'Measure'
            ? { _tag: 'Measured', time, means: { steps: state }, seconds: 1 }
            : undefined
    if (happening === undefined) continue
    happenings.push(happening)
    ;[training, todo] = reduce(training, happening)
    queue.push(...todo)
  }
  return { training, happenings, commands }
}

const saving: SomeCallback = {
  name: 'saving',
  init: { told: 0 },
  reduce: (state: { readonly told: number }, event) => [
    { told: state.told + 1 },
    event._tag === 'Stepped' ? [{ _tag: 'Save', folder: 'a', keep: 1, best: false }] : [],
  ],
}
const courses = fc.record({
  epochs: fc.nat(4),
  steps: fc.integer({ min: 1, max: 7 }),
  callbacks: fc.constant([saving]),
})
const begin = started<Steps>(0, { saving: { told: 0 } })
const runs = fc.integer({ min: 1, max: 5 })

describe('machine', () => {
  it('makes every step of every epoch, however many run at once', () => {
    fc.assert(
      fc.property(courses, runs, (course, perRun) => {
        const { training } = play(course, begin, { perRun })
        expect(training.state).toBe(course.epochs * course.steps)
        expect(training.history.map(({ epoch, train }) => [epoch, train.steps])).toEqual(
          Array.from({ length: course.epochs }, (_, i) => [i + 1, (i + 1) * course.steps]),
        )
      }),
    )
  })

  it('is pure: the same happenings replayed give the same training, and no training changes', () => {
    fc.assert(
      fc.property(courses, runs, (course, perRun) => {
        const { training, happenings } = play(course, begin, { perRun })
        const kept = structuredClone(begin)
        const replayed = happenings.reduce((t, happening) => machine<Steps>(course)(t, happening)[0], begin)
        expect(replayed).toEqual(training)
        expect(begin).toEqual(kept)
      }),
    )
  })

  it('goes on from wherever it was stopped to what an unbroken training gives', () => {
    fc.assert(
      fc.property(courses, runs, fc.nat(30), (course, perRun, stopAt) => {
        const still = { ...course, callbacks: [] }
        const whole = play(still, begin, { perRun }).training
        const { interrupted, isOpen, ...broken } = play(still, begin, { perRun, stopAt }).training
        if (interrupted !== undefined) expect(interrupted).toMatchObject({ interrupted: true })
        const { training } = play(still, { ...broken, isOpen: false }, { perRun: 2 })
        expect([training.state, training.position, training.history]).toEqual([
          whole.state,
          whole.position,
          whole.history,
        ])
        expect(isOpen).toBe(interrupted !== undefined)
      }),
    )
  })

  it('has everything written before its next turn, so that a failure ends it before the next step', () => {
    const course = { epochs: 1, steps: 3, callbacks: [saving] }
    const { commands } = play(course, begin, { perRun: 1 })
    const tags = commands.map(({ _tag }) => _tag)
    tags.forEach((tag, i) => {
      if (tag === 'Run') expect(tags.slice(i + 1, i + 4)).toEqual(['Show', 'Perform', 'Turn'])
    })
    const reduce = machine<Steps>(course)
    const [open] = reduce(begin, { _tag: 'Turned', time: 0, aborted: false, seconds: 0 })
    const failure = { kind: 'unwritable' } as never
    const [failed] = reduce(open, { _tag: 'Failed', failure })
    const [last, end] = reduce(failed, { _tag: 'Turned', time: 1, aborted: false, seconds: 1 })
    expect([last.ending, last.interrupted?.epoch]).toEqual([{ failure }, 1])
    expect(end.map(({ _tag }) => _tag)).toEqual(['Break'])
  })

  it('says so if a callback edits the optimiser of a state that has none', () => {
    const editing: SomeCallback = {
      name: 'editing',
      init: null,
      reduce: () => [null, [{ _tag: 'EditOptimizer', edit: (x) => x }]],
    }
    const reduce = machine<Steps>({ epochs: 1, steps: 1, callbacks: [editing] })
    expect(() => reduce(begin, { _tag: 'Started', time: 0 })).toThrow('has no optimizerState')
  })
})
