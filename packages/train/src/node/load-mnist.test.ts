import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { encodeIdx } from '@puregrad/formats'
import * as E from 'fp-ts/lib/Either.js'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { loadMnist } from './load-mnist.js'

const encodeImages = (count: number, size = 28) =>
  encodeIdx({ shape: [count, size, size], data: new Uint8Array(count * size * size).fill(count) })
const encodeLabels = (labels: readonly number[]) => encodeIdx({ shape: [labels.length], data: Uint8Array.from(labels) })

const complete: Readonly<Record<string, Uint8Array>> = {
  'train-images-idx3-ubyte': encodeImages(3),
  'train-labels-idx1-ubyte': encodeLabels([5, 0, 4]),
  't10k-images-idx3-ubyte': encodeImages(2),
  't10k-labels-idx1-ubyte': encodeLabels([7, 2]),
}

let directory = ''
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'puregrad-mnist-'))
})
afterEach(() => rm(directory, { recursive: true, force: true }))

const write = async (files: Readonly<Record<string, Uint8Array>>) => {
  for (const [name, bytes] of Object.entries(files)) {
    await mkdir(dirname(join(directory, name)), { recursive: true })
    await writeFile(join(directory, name), bytes)
  }
}

const failure = async () => {
  const loaded = await loadMnist(directory)()
  if (E.isRight(loaded)) throw new Error('loaded what it should refuse')
  return loaded.left
}

describe('loadMnist', () => {
  const expected = E.right({
    train: { shape: [3, 28, 28], images: new Uint8Array(3 * 784).fill(3), labels: Uint8Array.of(5, 0, 4) },
    test: { shape: [2, 28, 28], images: new Uint8Array(2 * 784).fill(2), labels: Uint8Array.of(7, 2) },
  })

  it('reads the four files', async () => {
    await write(complete)
    expect(await loadMnist(directory)()).toEqual(expected)
  })

  it('reads gzipped files, in the folder mnist, and the spelling with a dot', async () => {
    const rename = (name: string) => `mnist/${name.startsWith('train') ? name.replace('-idx', '.idx') : name}.gz`
    await write(Object.fromEntries(Object.entries(complete).map(([name, bytes]) => [rename(name), gzipSync(bytes)])))
    expect(await loadMnist(directory)()).toEqual(expected)
  })

  it('names the directory that does not exist', async () => {
    await rm(directory, { recursive: true })
    expect(await failure()).toMatchObject({ _tag: 'DataError', kind: 'missing', file: directory })
  })

  it('names the file that is missing and what lies there instead', async () => {
    const { 't10k-labels-idx1-ubyte': _, ...rest } = complete
    await write(rest)
    const error = await failure()
    expect(error).toMatchObject({ kind: 'missing', file: join(directory, 't10k-labels-idx1-ubyte') })
    expect(error.found).toContain('t10k-images-idx3-ubyte, train-images-idx3-ubyte')
    expect(error.cure).toContain('--data DIR')
  })

  it('names the file that cannot be read', async () => {
    await write(complete)
    const path = join(directory, 'train-images-idx3-ubyte')
    await rm(path)
    await mkdir(path)
    expect(await failure()).toMatchObject({ kind: 'unreadable', file: path })
  })

  it('names the file that was cut off', async () => {
    await write({ ...complete, 't10k-images-idx3-ubyte': encodeImages(2).subarray(0, 1000) })
    expect(await failure()).toMatchObject({ kind: 'truncated', file: join(directory, 't10k-images-idx3-ubyte') })
  })

  it('notices images and labels that were swapped', async () => {
    await write({ ...complete, 'train-images-idx3-ubyte': encodeLabels([1]) })
    expect((await failure()).cure).toBe('Are the files of images and labels swapped?')
  })

  it('notices more labels than images', async () => {
    await write({ ...complete, 'train-labels-idx1-ubyte': encodeLabels([5, 0, 4, 1]) })
    const error = await failure()
    expect(error).toMatchObject({ kind: 'mismatch', file: join(directory, 'train-labels-idx1-ubyte'), found: '4' })
    expect(error.expected).toContain('3 labels')
  })

  it('notices images of another size, and takes them when asked', async () => {
    await write({
      ...complete,
      'train-images-idx3-ubyte': encodeImages(3, 8),
      't10k-images-idx3-ubyte': encodeImages(2, 8),
    })
    expect(await failure()).toMatchObject({ kind: 'mismatch', expected: 'images of 28 × 28', found: '8 × 8' })
    expect(E.isRight(await loadMnist(directory, { size: [8, 8] })())).toBe(true)
  })

  it('notices a label outside the classes, and takes it when asked', async () => {
    await write({ ...complete, 'train-labels-idx1-ubyte': encodeLabels([5, 12, 4]) })
    expect(await failure()).toMatchObject({ kind: 'label', expected: 'labels from 0 to 9', found: '12 at index 1' })
    expect(E.isRight(await loadMnist(directory, { classes: 26 })())).toBe(true)
  })
})
