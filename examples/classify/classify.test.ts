import { np, random, type Tensor } from '@puregrad/core'
import { parameterCount } from '@puregrad/nn'
import * as E from 'fp-ts/lib/Either.js'
import { describe, expect, it } from 'vitest'
import { figure, figuresAt, resultsOf, shortRun } from '../runner/short-run.js'
import { example } from './example.js'
import { augmented } from './images.js'
import { contestants, deep } from './networks.js'

const sizeOf = (model: unknown): number => E.getOrElse(() => 0)(parameterCount(model as never, [32, 32, 3] as never))

describe('the networks', () => {
  it('are of one size, and skip connections have next to no parameters', () => {
    const sizes = Object.values(contestants).map(sizeOf)
    expect(Math.max(...sizes) / Math.min(...sizes)).toBeLessThan(1.1)
    expect(sizeOf(deep['ResNet-56']) / sizeOf(deep['plain-56'])).toBeLessThan(1.01)
  })
})

describe('augmentation', () => {
  const x = random.normal(random.key(0), [8, 32, 32, 3])
  const seen = augmented.apply(null, null, x, { mode: 'train', key: random.key(1) })[0]
  it('mirrors and moves pictures in training, and leaves them alone otherwise', () => {
    expect(augmented.apply(null, null, x, { mode: 'eval' })[0]).toBe(x)
    expect(seen.shape).toEqual(x.shape)
    // A mirrored and moved picture has no number that was not there, but for the grey.
    const numbers = new Set((x.slice(0) as Tensor).data())
    expect((seen.slice(0) as Tensor).data().every((v) => v === 0 || numbers.has(v))).toBe(true)
    const isMoved = np.any(seen.ne(x), { axis: [1, 2, 3] }).toArray<boolean[]>()
    expect(isMoved.filter(Boolean).length).toBeGreaterThan(5)
  })
})

describe('classify', () => {
  it('tells all networks apart by figures and plots', async () => {
    const run = await shortRun(example, ['--epochs', '1', '--deepEpochs', '1', '--limit', '128'])
    const { figures, data } = resultsOf(run)
    expect(data.kind).toBe('stand-in')
    expect(Object.keys(figures)).toEqual([...Object.keys(contestants), ...Object.keys(deep)])
    for (const name of Object.keys(figures)) {
      expect(figure(figures, name, 'accuracy')).toBeGreaterThanOrEqual(0)
      expect(figuresAt(figures, name, 'trainLosses')).toHaveLength(1)
    }
    expect(run.files['families.svg']).toContain('DenseNet')
    expect(run.files['depth.svg']).toContain('plain-56')
    expect(run.files['confusion.svg']).toContain('ResNet')
  })
})
