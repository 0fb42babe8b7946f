import { np, random } from '@puregrad/core'
import { dense, init, serial } from '@puregrad/nn'
import * as E from 'fp-ts/lib/Either.js'
import * as O from 'fp-ts/lib/Option.js'
import { describe, expect, it } from 'vitest'
import { bitsOf, blobs, model, objective, optimizer } from '../../test/blobs.js'
import { temporaryFolder } from '../../test/temporary.js'
import type { Callback } from '../callbacks/callback.js'
import { checkpoints } from '../callbacks/checkpoints.js'
import { csvLog } from '../callbacks/text-logs.js'
import { fit } from '../fit.js'
import { saveCheckpoint } from './checkpoint.js'
import { loadLatestSession, loadSession, saveSession } from './sessions.js'

const inFolder = temporaryFolder()
const train = blobs(0, 150)
const start = () => init(model, [2], random.key(0))
const like = () => ({ ...start(), optimizerState: optimizer.init(start().params) })
const options = {
  ...objective,
  optimizer,
  train,
  validation: blobs(1, 40),
  epochs: 3,
  batchSize: 16,
  stepsPerCall: 3,
  key: random.key(1),
}

/** Ends the training after so many steps. */
const stopAfter = (steps: number): Callback<null> => ({
  name: `stopAfter ${steps}`,
  init: null,
  reduce: (state, event) => [
    state,
    event._tag === 'Stepped' && event.totalSteps >= steps ? [{ _tag: 'Stop', reason: 'enough' }] : [],
  ],
})

const metricsOf = (history: readonly { readonly train: unknown; readonly validation?: unknown }[]) =>
  history.map(({ train: t, validation }) => ({ train: t, validation }))

describe('a session', () => {
  it.each([1, 4, 9, 10, 11, 25])(
    'saved after step %i and loaded ends with the bits of an unbroken training',
    async (steps) => {
      const unbroken = await fit(model, start(), options)
      const broken = await fit(model, start(), { ...options, stepsPerCall: 1, callbacks: [stopAfter(steps)] })
      expect(broken).toMatchObject({ stopped: true, reason: 'enough' })
      const file = inFolder(`session-${steps}.ckpt`)
      expect(E.isRight(await saveSession(file, broken.session)())).toBe(true)
      const loaded = await loadSession(file, like())()
      if (E.isLeft(loaded)) throw new Error(loaded.left.found)
      expect(loaded.right.position).toEqual(broken.session.position)
      const resumed = await fit(model, loaded.right, options)
      expect(bitsOf(resumed.params)).toEqual(bitsOf(unbroken.params))
      expect(bitsOf(resumed.optimizerState)).toEqual(bitsOf(unbroken.optimizerState))
      expect(metricsOf(resumed.history)).toEqual(metricsOf(unbroken.history))
      expect(resumed.stopped).toBe(false)
    },
  )

  it('goes on in epochs after those that it was begun for', async () => {
    const unbroken = await fit(model, start(), options)
    const short = await fit(model, start(), { ...options, epochs: 1 })
    const longer = await fit(model, short.session, options)
    expect(bitsOf(longer.params)).toEqual(bitsOf(unbroken.params))
    expect(longer.history).toHaveLength(3)
  })

  it('refuses other data, other batches and another key', async () => {
    const { session } = await fit(model, start(), { ...options, epochs: 1 })
    const go = (more: object) => fit(model, session, { ...options, ...more })
    await expect(go({ batchSize: 8 })).rejects.toThrow(
      'fit: the session was begun with batchSize 16 and is to go on with 8',
    )
    await expect(go({ train: blobs(0, 151) })).rejects.toThrow('begun with examples 150 and is to go on with 151')
    await expect(go({ shuffle: false })).rejects.toThrow('begun with shuffle true and is to go on with false')
    await expect(go({ key: random.key(2) })).rejects.toThrow('fit: the session was begun with key [0,1]')
  })
})

describe('loadSession', () => {
  it('names the leaf that is not of this model, and of no session', async () => {
    const { session } = await fit(model, start(), { ...options, epochs: 1 })
    const file = inFolder('session.ckpt')
    await saveSession(file, session)()
    const wider = serial(dense(17), dense(3))
    const variables = init(wider, [2], random.key(0))
    const other = { ...variables, optimizerState: optimizer.init(variables.params) }
    expect(await loadSession(file, other)()).toMatchObject(E.left({ _tag: 'CheckpointError', file }))
    const sized = { ...like(), params: { ...like().params, 0: { kernel: np.zeros([2, 17]), bias: np.zeros([16]) } } }
    const params = Object.values(sized.params)
    expect(await loadSession(file, { ...like(), params })()).toMatchObject(
      E.left({ kind: 'shape', leaf: 'tree.params[0].kernel', expected: 'float32[2,17]', found: 'float32[2,16]' }),
    )
    await saveCheckpoint(file, session.params)()
    expect(await loadSession(file, like())()).toMatchObject(
      E.left({ kind: 'tree', expected: 'a saved session, of version 1 or 2' }),
    )
  })
})

describe('a session of version 1', () => {
  it('goes on in the middle of its epoch as it would have then', async () => {
    const unbroken = await fit(model, start(), { ...options, stepsPerCall: 1 })
    const { session } = await fit(model, start(), { ...options, stepsPerCall: 1, callbacks: [stopAfter(4)] })
    const { sums, seconds } = session.underWay as unknown as {
      readonly sums: Readonly<Record<string, { readonly total: number; readonly weight: number }>>
      readonly seconds: number
    }
    const totals = Object.fromEntries(Object.entries(sums).map(([name, { total }]) => [name, total]))
    const file = inFolder('version-1.ckpt')
    const older = { ...session, underWay: { sums: totals, examples: sums.loss?.weight ?? 0, seconds } }
    await saveCheckpoint(file, older, { puregrad: 'session', version: 1 })()
    const loaded = await loadSession(file, like())()
    if (E.isLeft(loaded)) throw new Error(loaded.left.found)
    expect(loaded.right.underWay).toEqual(session.underWay)
    const resumed = await fit(model, loaded.right, { ...options, stepsPerCall: 1 })
    expect(metricsOf(resumed.history)).toEqual(metricsOf(unbroken.history))
  })
})

describe('loadLatestSession', () => {
  it('finds from where to go on, logs included', async () => {
    const folder = inFolder('run')
    expect(await loadLatestSession(folder, like())()).toEqual(E.right(O.none))
    const callbacks = [checkpoints(folder, { everySteps: 4, monitor: 'validation loss' }), csvLog(inFolder('log.csv'))]
    await fit(model, start(), { ...options, stepsPerCall: 2, callbacks: [...callbacks, stopAfter(16)] })
    const found = await loadLatestSession(folder, like())()
    if (E.isLeft(found) || O.isNone(found.right)) throw new Error('There is none.')
    expect(found.right.value).toMatchObject({ damaged: [], session: { position: { epoch: 2, step: 6 } } })
    const resumed = await fit(model, found.right.value.session, { ...options, callbacks })
    expect(bitsOf(resumed.params)).toEqual(bitsOf((await fit(model, start(), options)).params))
  })
})
