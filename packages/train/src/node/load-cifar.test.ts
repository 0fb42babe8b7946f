import { existsSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as E from 'fp-ts/lib/Either.js'
import { describe, expect, it } from 'vitest'
import { cifar10Files, loadCifar10 } from './load-cifar.js'

/** Two records of black pictures. */
const both = new Uint8Array(2 * 3073)
both[0] = 3
both[3073] = 9

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
