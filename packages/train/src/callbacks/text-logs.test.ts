import { readFile, writeFile } from 'node:fs/promises'
import * as E from 'fp-ts/lib/Either.js'
import { describe, expect, it } from 'vitest'
import { epochEnded, stepped } from '../../test/events.js'
import { temporaryFolder } from '../../test/temporary.js'
import { nodeHost } from '../node/host.js'
import type { SomeCallback, TrainingEvent } from './callback.js'
import { perform } from './perform.js'
import { csvLog, jsonlLog } from './text-logs.js'

const inFolder = temporaryFolder()

/** Tells a callback of these events and does what it wants; gives its last state. */
const log = async (callback: SomeCallback, events: readonly TrainingEvent[], from: unknown = callback.init) => {
  let state = from
  for (const event of events) {
    const [next, effects] = callback.reduce(state as never, event)
    state = next
    // Logs need no session.
    expect(await perform(nodeHost, () => new Uint8Array(), 0, effects)()).toEqual(E.right(undefined))
  }
  return state
}

const epochs = [
  epochEnded(1, { loss: 0.1 + 0.2, 'a, "b"': 1 }, { loss: Number.NaN }),
  epochEnded(2, { 'a, "b"': 3, loss: 2 }, { loss: -0.5 }),
]

describe('csvLog', () => {
  it('writes a line for each epoch, in the order of its first line, in full', async () => {
    const file = inFolder('below', 'log.csv')
    await log(csvLog(file, { also: ({ totalSteps }) => ({ steps: totalSteps }) }), epochs)
    expect(await readFile(file, 'utf8')).toBe(
      'epoch,loss,"a, ""b""",validation loss,steps\n1,0.30000000000000004,1,NaN,10\n2,2,3,-0.5,20\n',
    )
  })

  it('overwrites the file of an earlier training, and continues that of a resumed one', async () => {
    const file = inFolder('again.csv')
    const callback = csvLog(file)
    await writeFile(file, 'something else\n'.repeat(9))
    const saved = await log(callback, epochs.slice(0, 1))
    await log(callback, epochs.slice(1), saved)
    const whole = await readFile(file, 'utf8')
    // Written behind the saved state, then the program died: it is written once more, in the same place.
    await log(callback, epochs.slice(1), saved)
    expect(await readFile(file, 'utf8')).toBe(whole)
    expect(whole.trim().split('\n')).toHaveLength(3)
  })

  it('leaves fields empty that an epoch does not have', async () => {
    const file = inFolder('gaps.csv')
    await log(csvLog(file), [epochEnded(1, { loss: 1 }, { loss: 2 }), epochEnded(2, { loss: 3 })])
    expect(await readFile(file, 'utf8')).toBe('epoch,loss,validation loss\n1,1,2\n2,3,\n')
  })
})

describe('jsonlLog', () => {
  const read = async (file: string) =>
    (await readFile(file, 'utf8'))
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as unknown)

  it('writes epochs as objects, infinite numbers as strings', async () => {
    const file = inFolder('log.jsonl')
    await log(jsonlLog(file), [stepped(9, [{ loss: 1 }]), ...epochs])
    expect(await read(file)).toMatchObject([
      { epoch: 1, totalSteps: 10, time: 1_700_000_000.5, seconds: 2, validation: { loss: 'NaN' } },
      { epoch: 2, train: { loss: 2 } },
    ])
  })

  it('writes steps if asked, with what else is wanted at each', async () => {
    const file = inFolder('steps.jsonl')
    const also = ({ totalSteps }: { readonly totalSteps: number }) => ({ learningRate: 1 / totalSteps })
    await log(jsonlLog(file, { steps: true, also }), [stepped(14, [{ loss: 1 }, { loss: 2 }])])
    expect(await read(file)).toEqual([
      { time: 1_700_000_000.5, epoch: 2, step: 3, totalSteps: 13, train: { loss: 1 }, learningRate: 1 / 13 },
      { time: 1_700_000_000.5, epoch: 2, step: 4, totalSteps: 14, train: { loss: 2 }, learningRate: 1 / 14 },
    ])
  })
})
