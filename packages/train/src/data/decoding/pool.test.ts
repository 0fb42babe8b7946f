import type { DecodeImageOptions } from '@puregrad/formats'
import { afterEach, describe, expect, it, vi } from 'vitest'
import type { WorkerListener } from '../../host/worker.js'
import { type Answer, type Job, poolOf } from './pool.js'

const image = { shape: [1, 1, 1], data: Uint8Array.of(7) } as const
const options: DecodeImageOptions = { file: 'a.png' }

/** Workers that answer when they are told to. */
const pretended = ({ startable = Number.POSITIVE_INFINITY } = {}) => {
  const started: {
    readonly jobs: Job[]
    readonly listener: WorkerListener
    held: boolean
    ended: boolean
  }[] = []
  const start = (_: string, listener: WorkerListener) => {
    if (started.length >= startable) throw new Error('no worker may be started')
    const worker = { jobs: [] as Job[], listener, held: false, ended: false }
    started.push(worker)
    return {
      post: (job: unknown) => void worker.jobs.push(job as Job),
      hold: (isAwaited: boolean) => {
        worker.held = isAwaited
      },
      end: () => {
        worker.ended = true
      },
    }
  }
  const answer = (i: number, found: Partial<Answer> = { image }) => {
    const worker = started[i] as (typeof started)[0]
    worker.listener.onAnswer({ id: worker.jobs.shift()?.id, ...found })
  }
  return { start, started, answer }
}

afterEach(() => {
  vi.useRealTimers()
})

describe('poolOf', () => {
  it('hands all out at once, to at most so many workers and to the one with the least to do', async () => {
    const { start, started, answer } = pretended()
    const decode = poolOf({ start }, '', 2)
    const all = ['a', 'b', 'c', 'd', 'e'].map((input) => decode({ input, options }))
    expect(started.map(({ jobs }) => jobs.map(({ input }) => input))).toEqual([
      ['a', 'c', 'e'],
      ['b', 'd'],
    ])
    answer(1)
    answer(1, {})
    for (let i = 0; i < 3; i++) answer(0)
    expect(await Promise.all(all)).toEqual([image, image, image, undefined, image])
  })

  it('holds a program only while something is awaited, and ends its workers when nothing was for a while', async () => {
    vi.useFakeTimers()
    const { start, started, answer } = pretended()
    const decode = poolOf({ start }, '', 1)
    const first = decode({ input: 'a', options })
    expect(started[0]?.held).toBe(true)
    answer(0)
    await first
    expect(started[0]).toMatchObject({ held: false, ended: false })
    vi.advanceTimersByTime(1000)
    const second = decode({ input: 'b', options })
    vi.advanceTimersByTime(60_000)
    expect(started[0]).toMatchObject({ held: true, ended: false })
    answer(0)
    await second
    vi.advanceTimersByTime(60_000)
    expect(started).toMatchObject([{ ended: true }])
    void decode({ input: 'c', options })
    expect(started).toHaveLength(2)
  })

  it('leaves bytes to whoever gave them', () => {
    const { start, started } = pretended()
    const bytes = Buffer.from([1, 2, 3])
    void poolOf({ start }, '', 1)({ input: bytes, options })
    const given = started[0]?.jobs[0]?.input as Uint8Array
    expect([...given]).toEqual([1, 2, 3])
    expect(given.buffer).not.toBe(bytes.buffer)
  })

  it('does nothing where no worker can be started, and with those that could', async () => {
    const none = poolOf({ start: pretended({ startable: 0 }).start }, '', 4)
    expect(await none({ input: 'a', options })).toBeUndefined()
    const one = pretended({ startable: 1 })
    const decode = poolOf(one, '', 4)
    const both = [decode({ input: 'a', options }), decode({ input: 'b', options })]
    for (let i = 0; i < 2; i++) one.answer(0)
    expect(await Promise.all(both)).toEqual([image, image])
    expect(await poolOf(pretended(), '', 0)({ input: 'a', options })).toBeUndefined()
  })

  it('gives back what a worker did not do that was lost, starts another, and after three none', async () => {
    const { start, started, answer } = pretended()
    const decode = poolOf({ start }, '', 1)
    for (let i = 0; i < 3; i++) {
      const both = [decode({ input: 'a', options }), decode({ input: 'b', options })]
      answer(i)
      started[i]?.listener.onLost()
      // A thread of Node's reports an error, then its end.
      started[i]?.listener.onLost()
      expect(await Promise.all(both)).toEqual([image, undefined])
    }
    expect(await decode({ input: 'a', options })).toBeUndefined()
    expect(started).toHaveLength(3)
  })
})
