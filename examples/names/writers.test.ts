import { np } from '@puregrad/core'
import { describe, expect, it } from 'vitest'
import type { Figures } from '../runner/example.js'
import { figure, figuresAt, resultsOf, shortRun } from '../runner/short-run.js'
import { bigramNats, rowsOf, symbols } from './corpus.js'
import { example } from './example.js'
import { natsPerName } from './writers.js'
import { nameOf } from './writing.js'

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

describe('what is written', () => {
  it('ends where its name ends', () => {
    expect(nameOf([1, 2, 0, 0, 3])).toBe('ab')
    expect(nameOf([26])).toBe('z')
    expect(nameOf([0])).toBe('')
  })
})

describe('the three networks', () => {
  it('get better with every few epochs, and write names of letters', async () => {
    const run = await shortRun(example, ['--epochs', '6'])
    const { figures, trainingSeconds } = resultsOf(run)
    const networks = ['simple RNN', 'LSTM', 'GRU']
    expect(Object.keys(trainingSeconds)).toEqual(networks)
    expect(figure(figures, 'letter pairs')).toBeLessThan(Math.log(27))
    for (const name of networks) {
      const nats = figuresAt(figures, name, 'nats')
      expect(nats.at(-1)).toBeLessThan(nats[0] as number)
      expect(nats.at(-1)).toBeLessThan(3)
      const samples = (figures[name] as Figures).samples as readonly string[]
      expect(samples.length).toBe(8)
      for (const sample of samples) expect(sample).toMatch(/^[a-z]*$/)
    }
    expect(run.files['names.svg']).toContain('letter pairs')
    expect(run.files['temperature.svg']).toContain('temperature')
    for (const name of networks) {
      const scores = figuresAt(figures, name, 'scores')
      expect(scores).toEqual([...scores].sort((a, b) => b - a))
      const likeliest = (figures[name] as Figures).likeliest as readonly string[]
      expect(new Set(likeliest).size).toBe(8)
      const letters = ((figures[name] as Figures)['by letter'] as readonly string[]).map((found) => found[0])
      expect(letters.join('')).toBe('abcdefghijklmnopqrstuvwxyz')
      const distinct = figuresAt(figures, name, 'distinct')
      expect(distinct).toHaveLength(5)
      for (const part of distinct) expect(part > 0 && part <= 1).toBe(true)
    }
  }, 60_000)
})
