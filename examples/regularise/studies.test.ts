import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as E from 'fp-ts/lib/Either.js'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Outcome, study, target } from './studies.js'

let folder = ''
let outcome: Outcome
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'puregrad-regularise-'))
  const options = { data: undefined, out: folder, seeds: 2, images: 3000, few: 300, epochs: 5 }
  const result = await study(options, () => {})
  if (E.isLeft(result)) throw new Error(result.left.found)
  outcome = result.right
})
afterAll(() => rm(folder, { recursive: true, force: true }))

describe('on drawn digits', () => {
  it('batch normalisation reaches the target in fewer steps, from every start', () => {
    for (const seed of [0, 1]) {
      const of = (name: string) => outcome.races.find((r) => r.name === name && r.seed === seed)
      const [plain, normalised] = [of('plain'), of('batch norm')]
      expect(normalised?.steps).toBeLessThan(plain?.steps ?? Number.POSITIVE_INFINITY)
      expect(Math.min(...(normalised?.losses ?? []))).toBeLessThan(target)
    }
  })
  it('dropout narrows the gap between images that were seen and others, from every start', () => {
    for (const seed of [0, 1]) {
      const gap = (name: string): number => {
        const found = outcome.gaps.find((g) => g.name === name && g.seed === seed)
        return (found?.testLoss ?? Number.NaN) - (found?.trainLoss ?? Number.NaN)
      }
      expect(gap('dropout')).toBeLessThan(gap('plain'))
      expect(gap('dropout')).toBeGreaterThan(0)
    }
  })
  it('draws both studies', async () => {
    const [races, gaps] = await Promise.all(outcome.plots.map((path) => readFile(path, 'utf8')))
    expect(races).toContain('batch norm')
    expect(gaps).toContain('dropout')
  })
})
