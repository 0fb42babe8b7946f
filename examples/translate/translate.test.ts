import { describe, expect, it } from 'vitest'
import type { Figures } from '../runner/example.js'
import { figure, figuresAt, resultsOf, shortRun } from '../runner/short-run.js'
import { batchesOf, begin, encode, end, languagesOf, sizesOf } from './batches.js'
import { madeUp } from './corpus.js'
import { example } from './example.js'
import { tokenise } from './tokenise.js'

const made = madeUp(0)

describe('the grammar', () => {
  it('says everything once, and nothing in two parts', () => {
    const all = [...made.train, ...made.dev, ...made.test]
    expect(new Set(all.map(({ source }) => source)).size).toBe(all.length)
    expect(all).toContainEqual({ source: 'i do not see the cat today .', target: '今日 私 は 猫 を 見 ま せ ん 。' })
    expect(all).toContainEqual({ source: 'we draw a bird .', target: '私 たち は 鳥 を 描 き ま す 。' })
  })
})

describe('batches', () => {
  const languages = languagesOf(made.train, 1)
  const pairs = encode(languages, made.train)
  const batches = batchesOf(pairs, 100, 0)
  const rowsOf = (epoch: number): readonly string[] =>
    Array.from({ length: batches.length }, (_, i) => batches.at(i, epoch)).flatMap(({ x, y }) =>
      (y.toArray() as number[][]).map((row, r) => `${(x.source.toArray() as number[][])[r]} ${row}`),
    )

  it('have few shapes, in which every pair fits', () => {
    const shapes = new Set(
      Array.from({ length: batches.length }, (_, i) => `${batches.at(i).x.source.shape} ${batches.at(i).y.shape}`),
    )
    expect(shapes.size).toBeLessThanOrEqual(5)
    const [longest, most] = sizesOf(pairs).at(-1) as readonly [number, number]
    expect(Math.max(...pairs.map(({ source }) => source.length))).toBe(longest)
    expect(Math.max(...pairs.map(({ target }) => target.length)) + 1).toBe(most)
  })

  it('have every pair at most once an epoch, nearly all of them, in an order of its own', () => {
    const [first, again, second] = [rowsOf(0), rowsOf(0), rowsOf(1)]
    expect(first).toEqual(again)
    expect(first).not.toEqual(second)
    expect(new Set(first).size).toBe(first.length)
    expect(first.length).toBeGreaterThan(0.95 * pairs.length)
  })

  it('ask for every word behind those before it, and for the end', () => {
    const { x, y } = batches.at(0)
    const [given, asked] = [x.target.slice(0).toArray(), y.slice(0).toArray()] as [number[], number[]]
    expect(given[0]).toBe(begin)
    const stop = asked.indexOf(end)
    expect(given.slice(1, stop + 1)).toEqual(asked.slice(0, stop))
    expect(asked.slice(stop + 1).every((token) => token === 0)).toBe(true)
  })
})

describe('a sentence', () => {
  it('is split as the corpus does', () => {
    expect(tokenise("I don't see  the cat.")).toBe("i don 't see the cat .")
  })
})

describe('the story', () => {
  it('learns to translate a small grammar, and shows where it looks', async () => {
    const run = await shortRun(example, ['--epochs', '4', '--width', '32', '--tokens', '400', '--heart', '1'])
    const { figures, trainingSeconds } = resultsOf(run)
    expect(Object.keys(trainingSeconds)).toEqual(['by heart', 'translator'])
    const losses = figuresAt(figures, 'translator', 'losses')
    expect(losses.at(-1)).toBeLessThan((losses[0] as number) / 1.5)
    expect(figure(figures, 'translator', 'greedy')).toBeGreaterThan(20)
    expect(figure(figures, 'translator', 'beam')).toBeGreaterThan(20)
    expect(figure(figures, 'by heart', 'bleu')).toBeGreaterThanOrEqual(0)
    expect(Object.keys(figures.translations as Figures).length).toBe(6)
    expect(Object.keys(run.files).sort()).toEqual(
      ['attention-1.svg', 'attention-2.svg', 'attention-3.svg', 'loss.svg', 'results.json'].sort(),
    )
    expect(run.files['attention-1.svg']).toContain('(end)')
  }, 300_000)
})
