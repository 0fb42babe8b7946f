import { describe, expect, it } from 'vitest'
import { inWorker, type Task } from './in-worker.js'

/** Counts to a number, which its program adds 100 to: so that one sees who has done it. */
const counting = (program: string, limit = 3): Task<string, number> => ({
  program,
  input: limit,
  read: (output) => `read ${String(output)}`,
  steps: function* () {
    for (let i = 0; i < limit; i++) yield i
    return `here ${limit}`
  },
})
const program = `var program = {
  answersTo: function* (limit) {
    for (let i = 0; i < limit; i++) yield [{ progress: 100 + i }, []]
    yield [{ output: 100 + limit }, []]
  },
}`

describe('inWorker', () => {
  it('has a worker do it, and tells how far it is', async () => {
    const seen: number[] = []
    expect(await inWorker(counting(program), { progress: (at) => seen.push(at) })).toBe('read 103')
    expect(seen).toEqual([100, 101, 102])
  })

  it('does it here if the worker is lost', async () => {
    const seen: number[] = []
    const lost = counting('throw new Error("no worker")')
    expect(await inWorker(lost, { progress: (at) => seen.push(at) })).toBe('here 3')
    expect(seen).toEqual([0, 1, 2])
  })

  it('is rejected with what the task throws', async () => {
    const failing = { ...counting(''), steps: () => counting('').steps() }
    const read = (): never => {
      throw new Error('unreadable')
    }
    await expect(inWorker({ ...counting(program), read })).rejects.toThrow('unreadable')
    const throwing = {
      ...failing,
      steps: function* (): Generator<number, string, undefined> {
        yield 0
        throw new Error('impossible')
      },
    }
    await expect(inWorker(throwing)).rejects.toThrow('impossible')
  })

  it('ends when it is told to, in a worker and here, and leaves this thread its turns', async () => {
    const endless = `var program = { answersTo: function* () { for (;;) yield [{ progress: 1 }, []] } }`
    for (const source of [endless, '']) {
      const controller = new AbortController()
      const task: Task<string, number> = {
        ...counting(source),
        steps: function* () {
          for (;;) yield 1
        },
      }
      setTimeout(() => controller.abort(new Error('enough')), 30)
      await expect(inWorker(task, { signal: controller.signal })).rejects.toThrow('enough')
    }
    const before = inWorker(counting(program), { signal: AbortSignal.abort(new Error('before')) })
    await expect(before).rejects.toThrow('before')
  })
})
