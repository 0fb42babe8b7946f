import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { np } from '@puregrad/core'
import * as E from 'fp-ts/lib/Either.js'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { bigramNats, rowsOf, symbols } from './corpus.js'
import { compare, natsPerName } from './writers.js'

let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'puregrad-names-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

describe('rows', () => {
  it('begin and end a name with 0, and predict nothing after it', () => {
    const { x, y } = rowsOf(['ab', 'c'], 3)
    expect(x.toArray()).toEqual([
      [0, 1, 2, 0],
      [0, 3, 0, 0],
    ])
    expect(y.toArray()).toEqual([
      [1, 2, 0, -1],
      [3, 0, -1, -1],
    ])
  })
  it('cost log 27 a character if everything is equally likely', () => {
    const { y } = rowsOf(['ab', 'c'], 3)
    const [first, second] = natsPerName(np.zeros([2, 4, symbols]), y).toArray() as readonly number[]
    expect(first).toBeCloseTo(3 * Math.log(27), 4)
    expect(second).toBeCloseTo(2 * Math.log(27), 4)
  })
})

describe('letter pairs', () => {
  it('are counted once more than they occur', () => {
    // After the beginning: a twice and 25 + 1 others once more; after a: its end twice.
    expect(bigramNats(['a'], ['a'])).toBeCloseTo((-Math.log(2 / 28) - Math.log(2 / 28)) / 2, 12)
  })
})

describe('the three networks', () => {
  it('get better with every few epochs, and write names of letters', async () => {
    const outcome = await compare({ data: undefined, out: folder, epochs: 6, seed: 0 }, () => {})
    if (E.isLeft(outcome)) throw new Error(outcome.left.found)
    const { writings, plot, bigram } = outcome.right
    expect(writings.map(({ name }) => name)).toEqual(['simple RNN', 'LSTM', 'GRU'])
    expect(bigram).toBeLessThan(Math.log(27))
    for (const { nats, samples } of writings) {
      expect(nats.at(-1)).toBeLessThan(nats[0] as number)
      expect(nats.at(-1)).toBeLessThan(3)
      expect(samples.length).toBe(8)
      for (const sample of samples) expect(sample).toMatch(/^[a-z]*$/)
    }
    expect(await readFile(plot, 'utf8')).toContain('letter pairs')
  }, 60_000)
})
