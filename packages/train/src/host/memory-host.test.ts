import { readdir, readFile } from 'node:fs/promises'
import { random } from '@puregrad/core'
import { init } from '@puregrad/nn'
import * as E from 'fp-ts/lib/Either.js'
import { describe, expect, it } from 'vitest'
import { bitsOf, blobs, model, objective, optimizer } from '../../test/blobs.js'
import { temporaryFolder } from '../../test/temporary.js'
import { checkpoints } from '../callbacks/checkpoints.js'
import { csvLog } from '../callbacks/text-logs.js'
import { decodeSession } from '../checkpoint/session-bytes.js'
import { fit } from '../fit.js'
import { nodeHost } from '../node/host.js'
import { memoryHost } from './memory-host.js'
import { pageHost } from './page-host.js'

const inFolder = temporaryFolder()
const start = () => init(model, [2], random.key(0))
const options = { ...objective, optimizer, train: blobs(0, 60), batchSize: 16, key: random.key(1) }
const clock = { now: () => 1_700_000_000_000, elapsed: () => 0 }
const like = () => ({ ...start(), optimizerState: optimizer.init(start().params) })

describe('memoryHost', () => {
  it('keeps what Node writes into files, under the same names and byte for byte', async () => {
    const folder = inFolder('run')
    const callbacks = [checkpoints(folder, { monitor: 'loss', keep: 2 }), csvLog(`${folder}/log.csv`)]
    const host = { ...memoryHost(), ...clock }
    await fit(model, start(), { ...options, epochs: 4, callbacks, host })
    await fit(model, start(), { ...options, epochs: 4, callbacks, host: { ...nodeHost, ...clock } })
    const names = await readdir(folder)
    expect([...host.files.keys()].sort()).toEqual(names.map((name) => `${folder}/${name}`).sort())
    expect(names).toHaveLength(4)
    for (const [file, bytes] of host.files) expect(Buffer.compare(await readFile(file), bytes)).toBe(0)
  })

  it('holds a session from which a training goes on to the bits of an unbroken one', async () => {
    const host = memoryHost()
    await fit(model, start(), { ...options, epochs: 2, callbacks: [checkpoints('run', { keep: 1 })], host })
    const [bytes] = [...host.files.values()]
    const session = decodeSession(bytes ?? new Uint8Array(), like())
    if (E.isLeft(session)) throw new Error(session.left.found)
    const resumed = await fit(model, session.right, { ...options, epochs: 5, host })
    const unbroken = await fit(model, start(), { ...options, epochs: 5, host })
    expect(bitsOf(resumed.params)).toEqual(bitsOf(unbroken.params))
  })

  it('cuts a file off where it is told to, and begins with files that it is given, which stay as they are', async () => {
    const given = new Map([['a', Uint8Array.of(1, 2, 3)]])
    const host = memoryHost({ files: given })
    await host.write('a', 1, Uint8Array.of(9))()
    await host.write('b', 0, Uint8Array.of(7))()
    expect(Object.fromEntries(host.files)).toEqual({ a: Uint8Array.of(1, 9), b: Uint8Array.of(7) })
    expect([...(given.get('a') ?? [])]).toEqual([1, 2, 3])
  })

  it('removes what lies ahead of a step gone back to, and leaves other files and folders', async () => {
    const host = memoryHost()
    await host.write('run/log.csv', 0, Uint8Array.of(1))()
    for (const [folder, step] of [
      ['other', 50],
      ['run', 10],
      ['run', 20],
      ['run', 30],
      ['run', 15],
    ] as const) {
      await host.save(folder, step, Uint8Array.of(step), { keep: 3, best: step === 20 })()
    }
    expect([...host.files.keys()].sort()).toEqual([
      'other/step-000000050.ckpt',
      'run/best.ckpt',
      'run/log.csv',
      'run/step-000000010.ckpt',
      'run/step-000000015.ckpt',
    ])
  })
})

describe('pageHost', () => {
  it('ends a training whose callbacks want files, with a failure that names the file and the cure', async () => {
    const common = { ...options, epochs: 3, host: pageHost }
    const logged = await fit(model, start(), { ...common, callbacks: [csvLog('log.csv')] })
    expect(logged.failure).toMatchObject({ _tag: 'CheckpointError', kind: 'unwritable', file: 'log.csv' })
    expect(logged.failure?.cure).toContain('host: memoryHost()')
    expect(logged).toMatchObject({ stopped: true, history: { length: 1 } })
    const saved = await fit(model, start(), { ...common, callbacks: [checkpoints('run')] })
    expect(saved.failure).toMatchObject({ file: 'run', found: 'a page, which has none' })
  })

  it('lets the event loop run, so that a signal ends the training', async () => {
    const controller = new AbortController()
    setTimeout(() => controller.abort(), 0)
    const fitted = await fit(model, start(), {
      ...options,
      epochs: 100_000,
      signal: controller.signal,
      host: pageHost,
    })
    expect(fitted.stopped).toBe(true)
  })

  it('gives the bits that Node gives', async () => {
    const [page, node] = [
      await fit(model, start(), { ...options, epochs: 3, host: pageHost }),
      await fit(model, start(), { ...options, epochs: 3 }),
    ]
    expect(bitsOf(page.params)).toEqual(bitsOf(node.params))
    expect(page.history.map(({ train }) => train)).toEqual(node.history.map(({ train }) => train))
  })
})
