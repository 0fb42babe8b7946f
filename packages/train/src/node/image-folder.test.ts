import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { np, random, type Tensor } from '@puregrad/core'
import { dense, flatten, init, losses, serial } from '@puregrad/nn'
import { sgd } from '@puregrad/optim'
import { encode } from 'fast-png'
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import { describe, expect, it } from 'vitest'
import { bitsOf } from '../../test/blobs.js'
import { runChild } from '../../test/child.js'
import { temporaryFolder } from '../../test/temporary.js'
import { prefetch } from '../data/pipeline/cursor.js'
import { repeat, shuffle, skip } from '../data/pipeline/select.js'
import { fromArrays, fromItems } from '../data/pipeline/source.js'
import { batch } from '../data/pipeline/transform.js'
import { evaluate } from '../evaluate.js'
import type { ExampleSource } from '../feed.js'
import { fit } from '../fit.js'
import type { EpochRecord } from '../history.js'
import {
  fromImageFolder,
  type ImageFolder,
  imageLoader,
  type LoadedImageFolder,
  listImageFolder,
  loadImage,
  loadImageFolder,
} from './image-folder.js'

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

/** Small images of two classes, and the folder in which they lie. */
const inFolder = temporaryFolder()
const writeImages = async (name: string, count: number): Promise<string> => {
  const directory = inFolder(name)
  for (const label of ['cats', 'dogs']) await mkdir(join(directory, label), { recursive: true })
  for (let i = 0; i < count; i++) {
    const pixels = Uint8Array.from({ length: 4 }, (_, pixel) => (37 * i * (pixel + 1)) % 256)
    const png = encode({ width: 2, height: 2, channels: 1, depth: 8, data: pixels })
    await writeFile(join(directory, i % 2 === 0 ? 'cats' : 'dogs', `${String(i).padStart(3, '0')}.png`), png)
  }
  return directory
}
const listed = async (directory: string): Promise<ImageFolder> => {
  const folder = await listImageFolder(directory)()
  if (E.isLeft(folder)) throw new Error(folder.left.found)
  return folder.right
}
const model = serial((x: Tensor) => x.astype('float32').div(255), flatten(), dense(2))
const common = {
  loss: losses.softmaxCrossEntropyWithIntegerLabels,
  optimizer: sgd(0.1, { momentum: 0.9 }),
  batchSize: 8,
  stepsPerCall: 2,
  epochs: 3,
  key: random.key(1),
}
const start = () => init(model, [2, 2, 1], random.key(0))

describe('images by workers', () => {
  it('are those of this thread, whether all are loaded or one by one', async () => {
    const directory = await writeImages('all', 50)
    const loaded = await Promise.all([0, 1, 3].map((workers) => loadImageFolder(directory, { workers })()))
    expect(loaded[0]).toMatchObject({ right: { shape: [50, 2, 2, 1], classes: ['cats', 'dogs'] } })
    expect(loaded).toEqual([loaded[0], loaded[0], loaded[0]])
    expect(await loadImageFolder(directory)()).toEqual(loaded[0])
    const load = imageLoader({ workers: 2 })
    const images: number[] = []
    const files = (await listed(directory)).files.map(({ path }) => path)
    for await (const [image] of prefetch(fromItems(files), (path) => load(path)(), { ahead: 7 })) {
      if (E.isRight(image)) images.push(...image.right.data)
    }
    expect(images).toEqual(E.isRight(loaded[0] as never) && [...(loaded[0] as E.Right<LoadedImageFolder>).right.images])
  })

  it('train to the bits of arrays, in order or not, by any pipe and resumed in the middle of an epoch', async () => {
    const directory = await writeImages('training', 43)
    const loaded = await loadImageFolder(directory, { workers: 0 })()
    if (E.isLeft(loaded)) throw new Error(loaded.left.found)
    const { shape, images, labels } = loaded.right
    const arrays = { x: np.array(images).reshape(shape), y: np.array(Int32Array.from(labels)) }
    const expected = await fit(model, start(), { ...common, train: arrays })
    const folder = await listed(directory)
    for (const workers of [0, 2]) {
      const train = fromImageFolder(folder, { workers })
      const fitted = await fit(model, start(), { ...common, train, validation: train })
      expect(bitsOf(fitted.params)).toEqual(bitsOf(expected.params))
      const { validation } = fitted.history[2] as EpochRecord
      expect(validation).toEqual(evaluate(model, fitted, arrays, { loss: common.loss }))
    }
    const train = fromImageFolder(folder, { workers: 2 })
    for (const stop of [1, 5, 7]) {
      const controller = new AbortController()
      const progress = { begin: () => {}, step: () => {}, end: () => {}, stop: () => {} }
      let steps = 0
      const broken = await fit(model, start(), {
        ...common,
        train,
        stepsPerCall: 1,
        signal: controller.signal,
        progress: { ...progress, step: () => void (++steps === stop && controller.abort()) },
      })
      expect(broken.session.position).toEqual({ epoch: 1 + Math.floor(stop / 6), step: stop % 6 })
      const resumed = await fit(model, broken.session, { ...common, train })
      expect(bitsOf(resumed.params)).toEqual(bitsOf(expected.params))
    }
    const batches = pipe(train, shuffle(random.key(3)), repeat(2), skip(3), batch(8))
    const sameBatches = pipe(fromArrays(arrays), shuffle(random.key(3)), repeat(2), skip(3), batch(8))
    const ofBatches = { ...common, batchSize: null }
    expect(bitsOf((await fit(model, start(), { ...ofBatches, train: batches })).params)).toEqual(
      bitsOf((await fit(model, start(), { ...ofBatches, train: sameBatches as ExampleSource<typeof arrays> })).params),
    )
  })

  it('end a training and a loading with the error of the first broken file, and then let the program end', async () => {
    const directory = await writeImages('broken', 64)
    await writeFile(join(directory, 'dogs', '031.png'), Uint8Array.of(1, 2, 3))
    await writeFile(join(directory, 'dogs', '041.png'), '')
    const { text, code } = await runChild(new URL('../../test/images-with-an-error.ts', import.meta.url), [directory])
    expect(code).toBe(0)
    const { caught, isError, loaded } = JSON.parse(text)
    const error = { _tag: 'DataError', kind: 'magic', expected: 'a PNG or JPEG image' }
    expect(loaded).toMatchObject({ left: { ...error, file: join(directory, 'dogs', '031.png') } })
    expect(isError).toBe(true)
    expect(caught).toMatchObject(error)
  })

  it('say which file is missing', async () => {
    const gone = inFolder('gone.png')
    const error = await loadImage(gone)()
    expect(error).toMatchObject({ left: { kind: 'missing', file: gone } })
    expect(await imageLoader({ workers: 1 })(gone)()).toEqual(error)
    await expect(fromImageFolder({ files: [{ path: gone, label: 0 }] }).at(0)).rejects.toMatchObject({
      ...(E.isLeft(error) ? error.left : {}),
      message: expect.stringContaining('expected a file that can be read'),
    })
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
