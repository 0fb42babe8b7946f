import { parameterCount } from '@puregrad/nn'
import * as E from 'fp-ts/lib/Either.js'
import { describe, expect, it } from 'vitest'
import { figure, figuresAt, resultsOf, shortRun } from '../runner/short-run.js'
import { example } from './example.js'
import { lenet } from './lenet.js'

describe('LeNet', () => {
  it('has the parameters of its layers, whatever the pooling', () => {
    const expected = 25 * 20 + 20 + (25 * 20 * 50 + 50) + (4 * 4 * 50 * 500 + 500) + (500 * 10 + 10)
    for (const pooling of ['max', 'average'] as const) {
      expect(parameterCount(lenet(pooling), [28, 28, 1])).toEqual(E.right(expected))
    }
  })
  it('learns to read drawn digits with both poolings, and draws the two curves', async () => {
    const run = await shortRun(example, ['--epochs', '2', '--limit', '1500'])
    const { figures, data } = resultsOf(run)
    expect(data.kind).toBe('stand-in')
    expect(Object.keys(figures)).toEqual(['max', 'average'])
    for (const pooling of ['max', 'average']) {
      const accuracies = figuresAt(figures, pooling, 'accuracies')
      expect(accuracies.length).toBe(2)
      expect(figure(figures, pooling, 'accuracy')).toBe(accuracies[1])
      expect(accuracies[1]).toBeGreaterThan(0.6)
    }
    const svg = run.files['pooling.svg']
    expect(svg).toContain('max pooling')
    expect(svg).toContain('average pooling')
  })
})
