import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import * as E from 'fp-ts/lib/Either.js'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { compare, type Outcome } from './descent.js'
import { blobs, type Table, tables } from './tables.js'

let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'puregrad-logistic-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

const run = async (data: string | undefined, epochs: number): Promise<readonly Outcome[]> => {
  const outcome = await compare({ data, out: join(folder, 'out'), epochs, seed: 0 }, () => {})
  if (E.isLeft(outcome)) throw new Error(outcome.left.found)
  return outcome.right
}

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

const expectDescents = ({ descents, plot }: Outcome): Promise<void> => {
  expect(descents.map(({ name }) => name)).toEqual(['gradient descent, all rows', 'SGD, one row', 'Adam, 32 rows'])
  const [descent, ...stochastic] = descents
  descent?.losses.slice(1).forEach((loss, i) => {
    expect(loss).toBeLessThan(descent.losses[i] as number)
  })
  for (const { losses } of stochastic) expect(losses.at(-1)).toBeLessThan((losses[0] as number) / 2)
  return readFile(plot, 'utf8').then((svg) => {
    expect(svg).toMatch(/^<svg /)
    expect(svg.match(/stroke-linejoin="round"/g)).toHaveLength(3)
  })
}

describe('blobs', () => {
  it('are the same for the same seed, and others for another', () => {
    const values = (table: Table) => table.train.x.toArray()
    expect(values(blobs(1))).toEqual(values(blobs(1)))
    expect(values(blobs(1))).not.toEqual(values(blobs(2)))
  })
})

describe('compare', () => {
  it('goes down all three ways, and draws them in one plot', async () => {
    const [outcome, ...others] = await run(undefined, 12)
    expect(others).toEqual([])
    await expectDescents(outcome as Outcome)
    for (const { test } of outcome?.descents ?? []) expect(test.accuracy).toBeGreaterThan(0.8)
  })

  it('descends by the gradient: plain loops go the same way', async () => {
    const [outcome] = await run(undefined, 12)
    const expected = lossesByLoops(blobs(0), 0.5, 12)
    outcome?.descents[0]?.losses.forEach((loss, i) => {
      expect(Math.abs(loss - (expected[i] as number))).toBeLessThan(1e-6)
    })
    expect(outcome?.descents[0]?.losses).toHaveLength(13)
  })

  it('tells what is wrong with a file, and draws points if there is none', async () => {
    const empty = await tables(folder, 0)
    expect(E.isRight(empty) && empty.right.map(({ name }) => name)).toEqual(['blobs'])
    await mkdir(join(folder, 'tabular'))
    await writeFile(join(folder, 'tabular', 'iris.csv'), '2,1,a,b\n5.1,0\nfive,1\n')
    const damaged = await compare({ data: folder, out: folder, epochs: 1, seed: 0 }, () => {})
    expect(damaged).toMatchObject({ left: { _tag: 'DataError', kind: 'value' } })
  })

  const data = process.env.PUREGRAD_DATA
  if (data !== undefined && existsSync(join(data, 'tabular', 'digits.csv.gz')))
    it('classifies iris and digits', async () => {
      const outcomes = await run(data, 30)
      expect(outcomes.map(({ table }) => table)).toEqual(['iris', 'digits'])
      for (const outcome of outcomes) await expectDescents(outcome)
      // Of 30 rows of iris; an accuracy is a float32, of which 27/30 is a little below 0.9.
      for (const { test } of outcomes[0]?.descents ?? [])
        expect(Math.round(30 * (test.accuracy as number))).toBeGreaterThanOrEqual(27)
      for (const { test } of outcomes[1]?.descents ?? []) expect(test.accuracy).toBeGreaterThan(0.94)
    })
})

describe('main.ts', () => {
  it('prints the table and writes the plot', async () => {
    const conditions = process.env.PUREGRAD_FROM === 'source' ? ['--conditions=@puregrad/source'] : []
    const main = fileURLToPath(new URL('./main.ts', import.meta.url))
    const { PUREGRAD_DATA: _, ...env } = process.env
    const out = join(folder, 'main')
    const { stdout } = await promisify(execFile)(
      process.execPath,
      [...conditions, '--import', 'tsx', main, '--epochs', '2', '--out', out],
      { cwd: fileURLToPath(new URL('.', import.meta.url)), env },
    )
    expect(stdout).toContain('Adam, 32 rows')
    expect(stdout).toContain(`Wrote ${join(out, 'blobs.svg')}`)
    expect(stdout).not.toContain('NaN')
  })
})
