import { np, random } from '@puregrad/core'
import type { Progress } from '@puregrad/train'
import { beforeAll, describe, expect, it } from 'vitest'
import { figure, resultsOf, type ShortRun, shortRun } from '../runner/short-run.js'
import { example } from './example.js'
import { storyteller } from './learn.js'
import { methods } from './methods.js'
import { networkOf } from './network.js'
import { storiesOfStrokes } from './tasks.js'

const nothing = () => undefined
const silent: Progress = { begin: nothing, step: nothing, end: nothing, stop: nothing }

const title = 'Drawn digits, then turned ones with other names'
let run: ShortRun
beforeAll(async () => {
  run = await shortRun(example, ['--seeds', '1', '--stories', '1', '--part', '50'])
}, 300_000)

describe('two tasks of drawn digits', () => {
  const of = (method: string, measure: string): number => figure(resultsOf(run).figures, title, method, measure)

  it('are forgotten by plain fine-tuning, and less so by its cures', () => {
    expect(of('plain fine-tuning', 'first')).toBeLessThan(0.4)
    expect(of('plain fine-tuning', 'forgotten')).toBeGreaterThan(0.3)
    for (const cure of ['EWC, exact Fisher', 'EWC, empirical Fisher', 'replay'])
      expect(of(cure, 'first'), cure).toBeGreaterThan(of('plain fine-tuning', 'first') + 0.15)
  })

  it('are told by every method, and drawn', () => {
    for (const { name } of methods) {
      expect(of(name, 'mean'), name).toBeGreaterThan(0.2)
      expect(run.files['two.svg']).toContain(name)
    }
    expect(resultsOf(run).plots).toEqual(['two.svg'])
  })

  it('with one earlier task, online EWC is EWC', () => {
    expect(of('online EWC', 'mean')).toBe(of('EWC, exact Fisher', 'mean'))
  })
})

describe('the other stories', () => {
  const [, permuted, split] = storiesOfStrokes(10)

  it('ask each image for the head of its task', () => {
    const network = networkOf(split as NonNullable<typeof split>)
    const params = network.start(random.key(0))
    const x = np.ones([2, 784], { dtype: 'uint8' })
    const all = network.answers(params, x)
    expect(all.shape).toEqual([2, 5, 2])
    const asked = network.logits(params, x, np.array([3, 1], { dtype: 'int32' }))
    expect(asked.toArray()).toEqual([all.at(0, 3).get().toArray(), all.at(1, 1).get().toArray()])
  })

  it('have equally many examples in each task, and other orders of the same pixels', () => {
    const sizes = split?.tasks.map(({ train }) => train.y.size)
    expect(new Set(sizes).size).toBe(1)
    const sums = permuted?.tasks.map(({ test }) => np.sum(test.x.astype('float32'), { axis: 1 }).toArray())
    for (const sum of sums ?? []) expect(sum).toEqual(sums?.[0])
  })

  it('judge every task that was learnt after each', async () => {
    const { start, goOn } = storyteller(split as NonNullable<typeof split>)
    const under = {
      seed: 0,
      by: 'test' as const,
      signal: new AbortController().signal,
      progress: () => silent,
    }
    const replayed = methods.find(({ name }) => name === 'replay') as (typeof methods)[number]
    const outcome = await goOn(await start(under), replayed, 0, under)
    expect(outcome?.accuracies.map((row) => row.length)).toEqual([1, 2, 3, 4, 5])
    expect(outcome?.accuracies[0]?.[0]).toBeGreaterThan(0.8)
  })

  it('leave out what the time did not suffice for', async () => {
    const { start, goOn } = storyteller(split as NonNullable<typeof split>)
    const under = {
      seed: 0,
      by: 'test' as const,
      signal: AbortSignal.abort(),
      progress: () => silent,
    }
    expect(await goOn(await start(under), methods[0] as (typeof methods)[number], 0, under)).toBeNull()
  })
})

it('a file that is missing is said to be missing', async () => {
  const missing = await shortRun(example, ['--data', 'nowhere'])
  expect(missing.code).toBe(1)
  expect(missing.errors).toContain('nowhere')
})
