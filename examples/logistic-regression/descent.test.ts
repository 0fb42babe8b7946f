import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as E from 'fp-ts/lib/Either.js'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Figures } from '../runner/example.js'
import { figure, figuresAt, resultsOf, type ShortRun, shortRun } from '../runner/short-run.js'
import { example } from './example.js'
import { blobs, type Table, tables } from './tables.js'

let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'puregrad-logistic-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

/** The losses of full-batch gradient descent from zeros, by plain loops over float64: the gradient is Xᵀ(p − onehot(y)) / n. */
const lossesByLoops = ({ train: { x, y }, features, classes }: Table, rate: number, epochs: number) => {
  const [rows, labels] = [x.toArray() as readonly (readonly number[])[], y.toArray() as readonly number[]]
  const w = Array.from({ length: features + 1 }, () => new Array<number>(classes).fill(0)) // the last row is the bias
  const probabilities = (row: readonly number[]): readonly number[] => {
    const logits = w[0]?.map((_, c) => [...row, 1].reduce((z, v, f) => z + v * (w[f]?.[c] ?? 0), 0)) ?? []
    const most = Math.max(...logits)
    const powers = logits.map((z) => Math.exp(z - most))
    const sum = powers.reduce((a, b) => a + b, 0)
    return powers.map((p) => p / sum)
  }
  const losses: number[] = []
  for (let epoch = 0; epoch <= epochs; epoch++) {
    const all = rows.map(probabilities)
    losses.push(all.reduce((sum, p, i) => sum - Math.log(p[labels[i] ?? 0] ?? 0), 0) / rows.length)
    for (const [i, p] of all.entries()) {
      for (const [f, v] of [...(rows[i] ?? []), 1].entries()) {
        const own = w[f] as number[]
        for (let c = 0; c < classes; c++)
          own[c] = (own[c] ?? 0) - (rate * v * ((p[c] ?? 0) - Number(labels[i] === c))) / rows.length
      }
    }
  }
  return losses
}

const ways = ['descent', 'stochastic', 'adam']

const expectDescents = (run: ShortRun, table: string): void => {
  const figures = resultsOf(run).figures[table] as Figures
  expect(Object.keys(figures)).toEqual(ways)
  const descent = figuresAt(figures, 'descent', 'losses')
  descent.slice(1).forEach((loss, i) => {
    expect(loss).toBeLessThan(descent[i] as number)
  })
  for (const way of ['stochastic', 'adam']) {
    const losses = figuresAt(figures, way, 'losses')
    expect(losses.at(-1)).toBeLessThan((losses[0] as number) / 2)
  }
  const svg = run.files[`${table}.svg`]
  expect(svg).toMatch(/^<svg /)
  expect(svg?.match(/stroke-linejoin="round"/g)).toHaveLength(3)
}

describe('blobs', () => {
  it('are the same for the same seed, and others for another', () => {
    const values = (table: Table) => table.train.x.toArray()
    expect(values(blobs(1))).toEqual(values(blobs(1)))
    expect(values(blobs(1))).not.toEqual(values(blobs(2)))
  })
})

describe('logistic-regression', () => {
  it('goes down all three ways, and draws them in one plot', async () => {
    const run = await shortRun(example, ['--epochs', '12'])
    const { figures, data } = resultsOf(run)
    expect(Object.keys(figures)).toEqual(['blobs'])
    expect(data).toEqual({ kind: 'stand-in', what: 'three clouds of points' })
    expectDescents(run, 'blobs')
    for (const way of ways) expect(figure(figures, 'blobs', way, 'accuracy')).toBeGreaterThan(0.8)
    expect(run.text).toContain('Adam, 32 rows')
    expect(run.text).not.toContain('NaN')
  })

  it('descends by the gradient: plain loops go the same way', async () => {
    const { figures } = resultsOf(await shortRun(example, ['--epochs', '12']))
    const expected = lossesByLoops(blobs(0), 0.5, 12)
    const losses = figuresAt(figures, 'blobs', 'descent', 'losses')
    losses.forEach((loss, i) => {
      expect(Math.abs(loss - (expected[i] as number))).toBeLessThan(1e-6)
    })
    expect(losses).toHaveLength(13)
  })

  it('tells what is wrong with a file and where, and draws points if there is none', async () => {
    const empty = await tables(folder, 0)
    expect(E.isRight(empty) && empty.right.tables.map(({ name }) => name)).toEqual(['blobs'])
    await mkdir(join(folder, 'tabular'))
    const file = join(folder, 'tabular', 'iris.csv')
    await writeFile(file, '2,1,a,b\n5.1,0\nfive,1\n')
    const damaged = await shortRun(example, ['--data', folder])
    expect(damaged.code).toBe(1)
    expect(damaged.errors).toContain(file)
    expect(damaged.errors).toContain('five')
    expect(damaged.files).toEqual({})
  })

  const data = process.env.PUREGRAD_DATA
  if (data !== undefined && existsSync(join(data, 'tabular', 'digits.csv.gz')))
    it('classifies iris and digits', async () => {
      const run = await shortRun(example, ['--data', data])
      const { figures, data: used } = resultsOf(run)
      expect(Object.keys(figures)).toEqual(['iris', 'digits'])
      expect(used).toMatchObject({ kind: 'files', folder: data })
      for (const table of ['iris', 'digits']) expectDescents(run, table)
      // Of 30 rows of iris; an accuracy is a float32, of which 27/30 is a little below 0.9.
      for (const way of ways) {
        expect(Math.round(30 * figure(figures, 'iris', way, 'accuracy'))).toBeGreaterThanOrEqual(27)
        expect(figure(figures, 'digits', way, 'accuracy')).toBeGreaterThan(0.94)
      }
    })
})
