import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { np, type Tensor } from '@puregrad/core'
import * as E from 'fp-ts/lib/Either.js'
import { describe, expect, it } from 'vitest'
import { runChild } from '../../test/child.js'
import { temporaryFolder } from '../../test/temporary.js'
import { writeAtomically } from './atomic.js'
import { loadCheckpoint, saveCheckpoint } from './checkpoint.js'

const inFolder = temporaryFolder()
const saveInThreads = new URL('../../test/save-in-threads.ts', import.meta.url)
const saveForever = new URL('../../test/save-forever.ts', import.meta.url)

describe('writeAtomically', () => {
  it('replaces a file and leaves nothing beside it', async () => {
    const file = inFolder('plain')
    await writeAtomically(file, Uint8Array.of(1, 2))
    await writeAtomically(file, Uint8Array.of(3))
    expect([...(await readFile(file))]).toEqual([3])
    expect((await readdir(dirname(file))).filter((name) => name.includes('writing'))).toEqual([])
  })

  it('leaves the old file if the new one cannot be written, and tells why', async () => {
    const saved = await saveCheckpoint(join(inFolder('plain'), 'below', 'a'), { a: 1 })()
    expect(saved).toMatchObject(E.left({ _tag: 'CheckpointError', kind: 'unwritable' }))
    expect([...(await readFile(inFolder('plain')))]).toEqual([3])
  })

  it('removes what dead processes left of this file, and nothing else', async () => {
    const kept = ['.other.ckpt.1-1.writing', `.model.ckpt.${process.pid}-99.writing`, 'model.ckpt.old']
    // No process has this number: it is above the largest that Linux gives (2^22).
    const left = '.model.ckpt.4999999-7.writing'
    for (const name of [...kept, left]) await writeFile(inFolder(name), 'x')
    await writeAtomically(inFolder('model.ckpt'), Uint8Array.of(1))
    const names = await readdir(inFolder())
    expect(names).toEqual(expect.arrayContaining(kept))
    expect(names).not.toContain(left)
  })

  it('does not mind what an earlier process of the same number left, nor a folder in a name of its own', async () => {
    for (let i = 1; i <= 60; i++) await writeFile(inFolder(`.same.${process.pid}-${i}.writing`), 'x')
    for (let i = 1; i <= 5; i++) await writeAtomically(inFolder('same'), Uint8Array.of(i))
    expect([...(await readFile(inFolder('same')))]).toEqual([5])
  })

  it('that nobody awaits are done in order, and one that fails holds up no other', async () => {
    const file = inFolder('unawaited')
    const missing = writeAtomically(inFolder('nowhere', 'a'), Uint8Array.of(1))
    const writes = Array.from({ length: 20 }, (_, i) => writeAtomically(file, new Uint8Array(50_000 - i).fill(i)))
    await expect(missing).rejects.toThrow('ENOENT')
    await Promise.all(writes)
    expect(new Set(await readFile(file))).toEqual(new Set([19]))
  })

  it('by two threads at once leave one of theirs, whole', async () => {
    const file = inFolder('threads', 'model.ckpt')
    await mkdir(dirname(file))
    const { text } = await runChild(saveInThreads, [file])
    expect(text).toBe('0,0')
    const bytes = await readFile(file)
    expect(bytes).toHaveLength(300_000)
    expect(new Set(bytes).size).toBe(1)
    expect(await readdir(dirname(file))).toEqual(['model.ckpt'])
  })
})

describe('a file that is saved in a loop', () => {
  it('is whole whenever someone looks', async () => {
    const file = inFolder('watched', 'model.ckpt')
    const save = (i: number) => saveCheckpoint(file, { w: np.full([100_000], i), i })()
    expect(E.isRight(await save(0))).toBe(true)
    let isSaving = true
    const saving = (async () => {
      for (let i = 1; i <= 40; i++) expect(E.isRight(await save(i))).toBe(true)
      isSaving = false
    })()
    const seen: number[] = []
    while (isSaving) {
      const loaded = await loadCheckpoint(file, { like: { w: np.zeros([100_000]), i: 0 } })()
      expect(E.isRight(loaded)).toBe(true)
      if (E.isRight(loaded)) seen.push(loaded.right.tree.i)
    }
    await saving
    expect(seen.length).toBeGreaterThan(10)
    expect(seen).toEqual(seen.toSorted((a, b) => a - b))
  })
})

describe('a process that is killed while it saves in a loop', () => {
  it.each([1, 2, 3, 4])('leaves the last good checkpoint (kill %i)', async (run) => {
    const file = inFolder(`killed-${run}`, 'model.ckpt')
    let told = 0
    const { signal } = await runChild(saveForever, [file], (text, child) => {
      const lines = text.trimEnd().split('\n').map(Number)
      told = lines.at(-1) as number
      // Somewhere in the middle of a later save, each time elsewhere.
      if (told >= 3 * run) setTimeout(() => child.kill('SIGKILL'), 1.7 * run)
    })
    expect(signal).toBe('SIGKILL')
    const loaded = await loadCheckpoint(file, { like: { w: np.zeros([50_000]), i: 0 } })()
    if (E.isLeft(loaded)) throw new Error(loaded.left.found)
    const { w, i } = loaded.right.tree
    expect(i).toBeGreaterThanOrEqual(told)
    expect((w as Tensor).data().every((value) => value === i)).toBe(true)
    const resaved = await saveCheckpoint(file, { w: np.zeros([2]), i: 0 })()
    expect(E.isRight(resaved)).toBe(true)
    expect(await readdir(dirname(file))).toEqual(['model.ckpt'])
  })
})
