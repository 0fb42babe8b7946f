import { existsSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import * as E from 'fp-ts/lib/Either.js'
import { describe, expect, it } from 'vitest'
import { decodeCifar10 } from './cifar.js'
import { cifar10Files, loadCifar10 } from './loadCifar.js'

/** A record whose red, green and blue planes begin with the given numbers. */
const record = (
  label: number,
  red: readonly number[],
  green: readonly number[],
  blue: readonly number[],
): Uint8Array => {
  const bytes = new Uint8Array(3073)
  bytes[0] = label
  bytes.set(red, 1)
  bytes.set(green, 1025)
  bytes.set(blue, 2049)
  return bytes
}
const both = Uint8Array.of(...record(3, [1, 2], [3, 4], [5, 6]), ...record(9, [7], [8], [9]))

describe('decodeCifar10', () => {
  it('turns planes into channels, gzipped or not', () => {
    for (const bytes of [both, gzipSync(both)]) {
      const result = decodeCifar10(bytes, { file: 'a.bin' })
      if (E.isLeft(result)) throw new Error(JSON.stringify(result.left))
      const { shape, images, labels } = result.right
      expect([shape, labels]).toEqual([[2, 32, 32, 3], Uint8Array.of(3, 9)])
      expect([...images.subarray(0, 6)]).toEqual([1, 3, 5, 2, 4, 6])
      expect([...images.subarray(3072, 3075)]).toEqual([7, 8, 9])
    }
  })

  it.each([
    ['half a record', both.subarray(0, 5000), 'truncated'],
    ['nothing', new Uint8Array(0), 'truncated'],
    ['a label beyond 9', record(10, [], [], []), 'label'],
  ])('refuses %s', (_, bytes, kind) => {
    const result = decodeCifar10(bytes, { file: 'a.bin' })
    expect(E.isLeft(result) && result.left).toMatchObject({ kind, file: 'a.bin' })
  })
})

describe('loadCifar10', () => {
  it('joins files, and names the one that is missing', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'puregrad-cifar-'))
    await writeFile(join(directory, 'a.bin'), both)
    const twice = await loadCifar10(directory, ['a.bin', 'a.bin'])()
    expect(E.isRight(twice) && [twice.right.shape, [...twice.right.labels]]).toEqual([
      [4, 32, 32, 3],
      [3, 9, 3, 9],
    ])
    const missing = await loadCifar10(directory, cifar10Files.test)()
    expect(E.isLeft(missing) && missing.left).toMatchObject({
      kind: 'missing',
      file: join(directory, 'test_batch.bin'),
    })
    await rm(directory, { recursive: true })
  })

  const real = join(process.env.PUREGRAD_DATA ?? 'no-data', 'cifar10')
  if (existsSync(real))
    it('reads 1,000 test images, about 100 of each class', async () => {
      const loaded = await loadCifar10(real, ['test_batch_first1000.bin.gz'])()
      if (E.isLeft(loaded)) throw new Error(JSON.stringify(loaded.left))
      expect(loaded.right.shape).toEqual([1000, 32, 32, 3])
      for (let label = 0; label < 10; label++) {
        const count = loaded.right.labels.filter((other) => other === label).length
        expect(count).toBeGreaterThan(80)
        expect(count).toBeLessThan(120)
      }
    })
})
