/** Laws of layers, for random models. */
import { jit, np, random, type Tensor, tree, vmap } from '@puregrad/core'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  dense,
  dropout,
  identity,
  init,
  type Layer,
  layerNorm,
  residual,
  type Stage,
  serial,
  tanh,
} from '../src/index.js'
import { expectNear } from './near.js'

type Model = Layer<readonly unknown[], readonly unknown[]>

/** Layers on [4] that keep the shape, by name. */
const stages: Readonly<Record<string, Stage>> = {
  dense: dense(4),
  tanh,
  norm: layerNorm(),
  drop: dropout(0.5),
  residual: residual(serial(dense(4), tanh)),
}
const names = fc.array(fc.constantFrom(...Object.keys(stages)), { minLength: 1, maxLength: 5 })
const modelOf = (list: readonly string[]): Model => {
  const [first = identity, ...rest] = list.map((name) => stages[name] as Stage)
  return serial(first, ...rest) as unknown as Model
}
const seed = fc.integer({ min: 0, max: 1000 })
const start = (model: Model, n: number) => init(model, [4], random.key(n), { dtype: 'float64' })
const batchOf = (n: number): Tensor => random.normal(random.key(n), [3, 4], { dtype: 'float64' })
const evaluate = { mode: 'eval' } as const

/** The numbers of each layer, as text: those of equal layers in order. */
const numbers = (params: readonly unknown[], list: readonly string[], kind: string): readonly string[] =>
  list.flatMap((name, i) =>
    name === kind ? [JSON.stringify(tree.leaves(params[i]).map((x) => (x as Tensor).toArray()))] : [],
  )

describe('laws', () => {
  it('vmap over single examples = the batch', () => {
    fc.assert(
      fc.property(names, seed, (list, n) => {
        const model = modelOf(list)
        const { params, state } = start(model, n)
        const one = (x: Tensor): Tensor => model.apply(params, state, np.expandDims(x, 0), evaluate)[0].slice(0)
        expectNear(vmap(one)(batchOf(n)), model.apply(params, state, batchOf(n), evaluate)[0], 1e-12)
      }),
      { numRuns: 25 },
    )
  })
  it('jit of apply = apply, also in training', () => {
    fc.assert(
      fc.property(names, seed, (list, n) => {
        const model = modelOf(list)
        const { params, state } = start(model, n)
        const run = (p: typeof params, x: Tensor, key: Tensor): Tensor =>
          model.apply(p, state, x, { mode: 'train', key })[0]
        expectNear(jit(run)(params, batchOf(n), random.key(n)), run(params, batchOf(n), random.key(n)), 1e-13)
      }),
      { numRuns: 25 },
    )
  })
  it('adding a layer anywhere changes the starting numbers of no other', () => {
    fc.assert(
      fc.property(names, fc.constantFrom(...Object.keys(stages)), fc.nat(), seed, (list, added, where, n) => {
        const at = where % (list.length + 1)
        const longer = [...list.slice(0, at), added, ...list.slice(at)]
        const [before, after] = [start(modelOf(list), n).params, start(modelOf(longer), n).params]
        for (const kind of Object.keys(stages)) {
          const [few, more] = [numbers(before, list, kind), numbers(after, longer, kind)]
          expect(more.slice(0, few.length)).toEqual(few)
        }
      }),
      { numRuns: 50 },
    )
  })
  it('training is a function of the key, evaluation of the arguments alone', () => {
    fc.assert(
      fc.property(names, seed, (list, n) => {
        const model = modelOf(['drop', ...list])
        const { params, state } = start(model, n)
        const run = (key: Tensor): Tensor => model.apply(params, state, np.ones([8, 4]), { mode: 'train', key })[0]
        expectNear(run(random.key(n)), run(random.key(n)), 0)
        const silent = modelOf(
          list.filter((name) => name !== 'drop').length === 0 ? ['tanh'] : list.filter((name) => name !== 'drop'),
        )
        const other = start(silent, n)
        expectNear(
          silent.apply(other.params, other.state, batchOf(n), { mode: 'train', key: random.key(n) })[0],
          silent.apply(other.params, other.state, batchOf(n), evaluate)[0],
          0,
        )
      }),
      { numRuns: 25 },
    )
  })
  it('dropout keeps the mean, for every rate', () => {
    fc.assert(
      fc.property(fc.double({ min: 0.05, max: 0.9, noNaN: true }), seed, (rate, n) => {
        const [y] = dropout(rate).apply(null, null, np.ones([100, 100]), { mode: 'train', key: random.key(n) })
        // Five standard deviations of the mean of 10⁴ independent numbers of variance rate / (1 − rate).
        expect(Math.abs(np.mean(y).item() - 1)).toBeLessThan(5 * Math.sqrt(rate / (1 - rate) / 1e4))
      }),
      { numRuns: 50 },
    )
  })
})
