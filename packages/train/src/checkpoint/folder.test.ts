import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { np } from '@puregrad/core'
import * as E from 'fp-ts/lib/Either.js'
import * as O from 'fp-ts/lib/Option.js'
import type { TaskEither } from 'fp-ts/lib/TaskEither.js'
import { describe, expect, it } from 'vitest'
import { temporaryFolder } from '../../test/temporary.js'
import { type CheckpointError, showCheckpointError } from './checkpointError.js'
import { listCheckpoints, loadBest, loadLatest, saveInFolder } from './folder.js'

const inFolder = temporaryFolder()
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
