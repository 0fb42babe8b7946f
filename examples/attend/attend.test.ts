import { np } from '@puregrad/core'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { figure, figuresAt, resultsOf, shortRun } from '../runner/short-run.js'
import { example } from './example.js'
import { natsOf } from './learner.js'
import { drawsOf, equals, examplesOf, pairOf, positionsOf, rowsOf, type Task, tasks } from './tasks.js'

const named = (name: string): Task => tasks.find((task) => task.name === name) as Task

describe('tasks', () => {
  it('ask for what their names say', () => {
    expect(named('copy').answer([3, 1, 2], 3)).toEqual([3, 1, 2])
    expect(named('reverse').answer([3, 1, 2], 3)).toEqual([2, 1, 3])
    expect(named('sort').answer([30, 1, 2], 3)).toEqual([1, 2, 30])
    // 95 + 7 = 102, last digits first, at the places 0, 1 and 2.
    expect(named('addition').answer([5, 7, 19, 10], 2)).toEqual([2, 10, 21])
  })

  it('add as numbers do', () => {
    fc.assert(
      fc.property(fc.nat(9_999_999), fc.nat(9_999_999), (a, b) => {
        const digits = (n: number) => Array.from({ length: 7 }, (_, i) => Math.floor(n / 10 ** i) % 10)
        const question = digits(a).flatMap((digit, i) => [10 * i + digit, 10 * i + (digits(b)[i] as number)])
        const answer = named('addition').answer(question, 7)
        expect(answer.reduce((n, symbol, i) => n + (symbol % 10) * 10 ** i, 0)).toBe(a + b)
        expect(answer.map((symbol) => Math.floor(symbol / 10))).toEqual([0, 1, 2, 3, 4, 5, 6, 7])
      }),
    )
  })

  it.each(tasks)('$name makes the same pair of the same place, of numbers that there are', (task) => {
    for (let length = 1; length <= task.beyond; length++) {
      const pair = pairOf(task, drawsOf(1, 2, length), length)
      expect(pairOf(task, drawsOf(1, 2, length), length)).toEqual(pair)
      expect(pair.question).toHaveLength(task.asks(length))
      expect(pair.answer).toHaveLength(task.answers(length))
      for (const n of [...pair.question, ...pair.answer]) expect(n >= 0 && n < task.symbols).toBe(true)
    }
    expect(pairOf(task, drawsOf(1, 2), 5)).not.toEqual(pairOf(task, drawsOf(1, 3), 5))
  })

  it('become rows that foretell the answer alone', () => {
    const task = named('reverse')
    const { x, y } = rowsOf(task, [{ question: [3, 1], answer: [1, 3] }], 6)
    expect(x.toArray()).toEqual([[3, 1, equals(task), 1, 41, 41]])
    expect(y.toArray()).toEqual([[-1, -1, 1, 3, -1, -1]])
    const source = examplesOf(task, 10, 0)
    const both = source.gather?.([4, 7], 3)
    expect(both?.x.shape).toEqual([2, positionsOf(task, 20)])
    expect(both?.y.slice(1).toArray()).toEqual(source.at(7, 3).y.toArray())
    expect(source.at(7, 3).x.toArray()).not.toEqual(source.at(7, 4).x.toArray())
  })

  it('cost log n a number if everything is equally likely', () => {
    const { y } = rowsOf(named('copy'), [pairOf(named('copy'), drawsOf(0), 5)], 10)
    expect(natsOf(np.zeros([1, 10, 42]), y).item()).toBeCloseTo(Math.log(42), 5)
  })
})

describe('a short run', () => {
  it('learns something of every task, and draws where heads look', async () => {
    const run = await shortRun(example, ['--epochs', '2', '--steps', '6'])
    const { figures, plots } = resultsOf(run)
    for (const { name, lengths } of tasks) {
      const nats = figuresAt(figures, name, 'nats')
      expect(nats[1]).toBeLessThan(nats[0] as number)
      expect(figure(figures, name, 'whole answers')).toBeGreaterThanOrEqual(0)
      expect(figuresAt(figures, name, 'lengths')).toContain(lengths[1])
      expect(run.files[`${name}.svg`]).toContain(name)
    }
    expect(plots).toHaveLength(6)
    expect(run.text).toContain('addition')
  }, 120_000)
})
