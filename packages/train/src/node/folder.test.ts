import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { np, TreeError } from '@puregrad/core'
import { type CheckpointError, showCheckpointError } from '@puregrad/formats'
import * as E from 'fp-ts/lib/Either.js'
import * as O from 'fp-ts/lib/Option.js'
import type { TaskEither } from 'fp-ts/lib/TaskEither.js'
import { describe, expect, it } from 'vitest'
import { runChild } from '../../test/child.js'
import { temporaryFolder } from '../../test/temporary.js'
import { listCheckpoints, loadBest, loadLatest, saveInFolder } from './folder.js'

const inFolder = temporaryFolder()
const saveInFolderForever = new URL('../../test/save-in-folder-forever.ts', import.meta.url)
const like = { w: np.array(0) }

const run = async <T>(task: TaskEither<CheckpointError, T>): Promise<T> => {
  const result = await task()
  if (E.isLeft(result)) throw new Error(showCheckpointError(result.left))
  return result.right
}
const save = (folder: string, step: number, options = {}) =>
  run(saveInFolder(folder, step, { w: np.array(step) }, { step }, options))
const stepsOf = async (folder: string) => (await run(listCheckpoints(folder))).map(({ step }) => step)

const damage = async (file: string): Promise<void> => {
  const bytes = await readFile(file)
  bytes[bytes.length - 1] = (bytes[bytes.length - 1] as number) ^ 1
  await writeFile(file, bytes)
}

describe('saveInFolder', () => {
  it('keeps the latest and the best', async () => {
    const folder = inFolder('keeps')
    for (const step of [9, 10, 11, 100]) await save(folder, step, { keep: 2, best: step === 9 })
    expect(await stepsOf(folder)).toEqual([11, 100])
    expect((await readdir(folder)).sort()).toEqual(['best.ckpt', 'step-000000011.ckpt', 'step-000000100.ckpt'])
    expect((await run(loadBest(folder, { like }))).metadata).toEqual({ step: 9 })
  })

  it('forgets the future after going back', async () => {
    const folder = inFolder('back')
    for (const step of [1, 2, 3, 2]) await save(folder, step)
    expect(await stepsOf(folder)).toEqual([1, 2])
  })

  it.each([-1, 0.5, Number.NaN, Infinity, 1e21, 2 ** 53])('touches nothing if the step is %d', async (step) => {
    const folder = inFolder('steps')
    for (const good of [1, 2]) await save(folder, good)
    const before = (await readdir(folder)).sort()
    expect(() => saveInFolder(folder, step, { w: 1 })).toThrow(`saveInFolder: step is ${step}`)
    expect((await readdir(folder)).sort()).toEqual(before)
  })

  it.each([0, -1, 1.5, Number.NaN])('touches nothing if it is to keep %d, nor for what it cannot write', (keep) => {
    const folder = inFolder('never')
    expect(() => saveInFolder(folder, 1, { w: 1 }, null, { keep })).toThrow(`keep is ${keep}`)
    expect(() => saveInFolder(folder, 1, { w: 'a' })).toThrow(TreeError)
    expect(() => saveInFolder(folder, 1, { w: 1 }, { f: (() => 1) as never })).toThrow(TreeError)
  })

  it('takes every step that is found again, the largest too', async () => {
    const folder = inFolder('largest')
    for (const step of [0, Number.MAX_SAFE_INTEGER]) await save(folder, step, { keep: Infinity })
    expect(await stepsOf(folder)).toEqual([0, Number.MAX_SAFE_INTEGER])
    expect(await run(loadLatest(folder, { like }))).toMatchObject(O.some({ metadata: { step: 2 ** 53 - 1 } }))
  })

  it('saves that nobody awaits stand in order, and the newest stays', async () => {
    const folder = inFolder('unawaited')
    await Promise.all(Array.from({ length: 12 }, (_, i) => save(folder, i, { keep: 2, best: i < 7 })))
    expect(await stepsOf(folder)).toEqual([10, 11])
    expect((await run(loadBest(folder, { like }))).metadata).toEqual({ step: 6 })
    expect(await readdir(folder)).toHaveLength(3)
  })

  it('makes its folder anew if it was removed meanwhile', async () => {
    const folder = inFolder('removed')
    await save(folder, 1)
    await rm(folder, { recursive: true })
    await save(folder, 2)
    expect(await stepsOf(folder)).toEqual([2])
  })

  it('loses nothing if the new one cannot be written', async () => {
    const folder = inFolder('full')
    for (const step of [1, 2]) await save(folder, step)
    // A folder in the way of the name makes the rename fail, as a full disk makes the write.
    await mkdir(join(folder, 'step-000000003.ckpt', 'a'), { recursive: true })
    const saved = await saveInFolder(folder, 3, { w: np.array(3) }, null, { keep: 1 })()
    expect(saved).toMatchObject(E.left({ kind: 'unwritable' }))
    expect((await readdir(folder)).sort()).toEqual([1, 2, 3].map((step) => `step-00000000${step}.ckpt`))
  })
})

describe('a folder whose writer is killed again and again', () => {
  it('always has its last checkpoint whole, and no more files than one', async () => {
    const folder = inFolder('killed')
    let told = 0
    for (let kill = 0; kill < 4; kill++) {
      await runChild(saveInFolderForever, [folder, String(told + 1)], (text, child) => {
        const [first = 0, ...more] = text.trimEnd().split('\n').map(Number)
        told = more.at(-1) ?? first
        if (more.length >= 2) setTimeout(() => child.kill('SIGKILL'), 3 * kill)
      })
      const found = await run(loadLatest(folder, { like: { w: np.zeros([200_000]) } }))
      if (O.isNone(found)) throw new Error('There is none.')
      expect((found.value.metadata as { readonly step: number }).step).toBeGreaterThanOrEqual(told)
      expect(found.value.damaged).toEqual([])
    }
    await run(saveInFolder(folder, told + 10, { w: np.array(1) }))
    expect((await readdir(folder)).filter((name) => name.startsWith('.'))).toEqual([])
  }, 120_000)
})

describe('loadLatest', () => {
  it('finds nothing in no folder', async () => {
    expect(await run(loadLatest(inFolder('nowhere')))).toEqual(O.none)
  })

  it('passes over damaged ones and tells of them', async () => {
    const folder = inFolder('damaged')
    for (const step of [1, 2, 3]) await save(folder, step)
    const [first, second, third] = (await run(listCheckpoints(folder))).map(({ file }) => file) as [
      string,
      string,
      string,
    ]
    await damage(third)
    const found = await run(loadLatest(folder, { like }))
    expect(found).toMatchObject(
      O.some({ file: second, metadata: { step: 2 }, damaged: [{ file: third, leaf: 'tree.w' }] }),
    )
    await damage(second)
    await damage(first)
    expect(await loadLatest(folder)()).toMatchObject(E.left({ kind: 'hash', file: third }))
  })

  it('does not pass over one of another model', async () => {
    const folder = inFolder('other')
    await save(folder, 1)
    const found = await loadLatest(folder, { like: { w: np.zeros([2]) } })()
    expect(found).toMatchObject(E.left({ kind: 'shape', leaf: 'tree.w', file: join(folder, 'step-000000001.ckpt') }))
  })
})
