import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parameterCount } from '@puregrad/nn'
import * as E from 'fp-ts/lib/Either.js'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { compare, lenet } from './lenet.js'

let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'puregrad-cnn-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

describe('LeNet', () => {
  it('has the parameters of its layers, whatever the pooling', () => {
    const expected = 25 * 20 + 20 + (25 * 20 * 50 + 50) + (4 * 4 * 50 * 500 + 500) + (500 * 10 + 10)
    for (const pooling of ['max', 'average'] as const) {
      expect(parameterCount(lenet(pooling), [28, 28, 1])).toEqual(E.right(expected))
    }
  })
  it('learns to read drawn digits with both poolings, and draws the two curves', async () => {
    const outcome = await compare({ data: undefined, out: folder, epochs: 2, seed: 0, limit: 1500 }, () => {})
    if (E.isLeft(outcome)) throw new Error(outcome.left.found)
    const { readings, plot } = outcome.right
    expect(readings.map((r) => r.pooling)).toEqual(['max', 'average'])
    for (const { accuracies, test } of readings) {
      expect(accuracies.length).toBe(2)
      expect(test.accuracy).toBe(accuracies[1])
      expect(test.accuracy).toBeGreaterThan(0.6)
    }
    const svg = await readFile(plot, 'utf8')
    expect(svg).toContain('max pooling')
    expect(svg).toContain('average pooling')
  })
})
