import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { encode } from 'fast-png'
import * as E from 'fp-ts/lib/Either.js'
import { describe, expect, it } from 'vitest'
import { listImageFolder, loadImageFolder } from './image-folder.js'

describe('image folders', () => {
  it('lists classes and files in order, loads images of one size, and names the odd one', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'puregrad-images-'))
    const empty = await listImageFolder(directory)()
    expect(E.isLeft(empty) && empty.left).toMatchObject({ kind: 'missing', found: 'no folders' })
    const grey = (value: number, width = 2) =>
      encode({ width, height: 1, channels: 1, depth: 8, data: new Uint8Array(width).fill(value) })
    for (const name of ['dogs', 'cats']) await mkdir(join(directory, name))
    await writeFile(join(directory, 'dogs', 'a.png'), grey(1))
    await writeFile(join(directory, 'cats', 'b.PNG'), grey(2))
    await writeFile(join(directory, 'cats', 'a.png'), grey(3))
    await writeFile(join(directory, 'cats', 'notes.txt'), 'none')
    const loaded = await loadImageFolder(directory)()
    expect(loaded).toEqual(
      E.right({
        shape: [3, 1, 2, 1],
        images: Uint8Array.of(3, 3, 2, 2, 1, 1),
        labels: Uint32Array.of(0, 0, 1),
        classes: ['cats', 'dogs'],
      }),
    )
    await writeFile(join(directory, 'dogs', 'z.png'), grey(1, 3))
    const odd = await loadImageFolder(directory)()
    expect(E.isLeft(odd) && odd.left).toMatchObject({ kind: 'mismatch', file: join(directory, 'dogs', 'z.png') })
    await rm(directory, { recursive: true })
    const missing = await listImageFolder(directory)()
    expect(E.isLeft(missing) && missing.left.kind).toBe('missing')
  })
})

const nuclei = join(process.env.PUREGRAD_DATA ?? 'no-data', 'dsb2018')

if (existsSync(nuclei))
  it('reads 120 images and 120 masks of nuclei', async () => {
    const folder = await listImageFolder(nuclei)()
    if (E.isLeft(folder)) throw new Error(JSON.stringify(folder.left))
    expect(folder.right.classes).toEqual(['images', 'instances'])
    expect(folder.right.files).toHaveLength(240)
    const loaded = await loadImageFolder(nuclei, { channels: 1 })()
    expect(E.isRight(loaded) && loaded.right.shape).toEqual([240, 256, 256, 1])
  })
