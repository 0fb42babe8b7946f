import { jit, np, type Tensor } from '@puregrad/core'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { adam } from '../optimizers/adam.js'
import { sgd } from '../optimizers/sgd.js'
import { clipByGlobalNorm } from '../scaling/clipping.js'
import { chain, type GradientTransformation } from '../transformation.js'
import { applyUpdates } from '../trees.js'
import { type AveragedState, averageOf, withEma, withSwa } from './averaged.js'

/** The parameters behind each step on w², and the averages beside them. */
const course = (optimizer: GradientTransformation<AveragedState<unknown>>, steps: number) => {
  let params = { w: np.array([1], { dtype: 'float64' }) }
  let state = optimizer.init(params)
  const step = jit((p: typeof params, s: typeof state) => {
    const [updates, next] = optimizer.update({ w: p.w.mul(2) }, s, p)
    return [applyUpdates(p, updates), next] as const
  })
  return Array.from({ length: steps }, () => {
    ;[params, state] = step(params, state) as readonly [typeof params, typeof state]
    return [params.w.slice(0).item() as number, (state.average.w as Tensor).slice(0).item() as number] as const
  })
}

const erased = (t: unknown) => t as GradientTransformation<AveragedState<unknown>>

describe('withEma', () => {
  it('averages what an optimiser without it steps through', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 0.999, noNaN: true }), (decay) => {
        let [plain, average] = [1, 1]
        for (const [w, a] of course(erased(withEma(sgd(0.1), decay)), 8)) {
          plain -= 0.2 * plain
          average = decay * average + (1 - decay) * plain
          expect(w).toBeCloseTo(plain, 12)
          expect(a).toBeCloseTo(average, 12)
        }
      }),
      { numRuns: 10 },
    )
  })

  it('takes decays below 1 alone, and asks for parameters', () => {
    expect(() => withEma(sgd(1), 1)).toThrow(/the decay is 1/)
    const t = withEma(sgd(1), 0.5)
    expect(() => t.update(np.ones([1]), t.init(np.ones([1])))).toThrow(/withEma: the parameters are missing/)
  })
})

describe('withSwa', () => {
  it.each([
    [0, 1],
    [3, 1],
    [2, 3],
  ])('is the mean of the steps behind %i, every %i', (start, every) => {
    const all = course(erased(withSwa(sgd(0.1), { start, every })), 12)
    all.forEach(([w, a], i) => {
      const counted = all
        .slice(0, i + 1)
        .flatMap(([p], j) => (j + 1 > start && (j + 1 - start) % every === 0 ? [p] : []))
      expect(a).toBeCloseTo(counted.length === 0 ? w : counted.reduce((x, y) => x + y, 0) / counted.length, 12)
    })
  })

  it('says what its window has to be', () => {
    expect(() => withSwa(sgd(1), { start: -1 })).toThrow(/start is -1/)
    expect(() => withSwa(sgd(1), { every: 0 })).toThrow(/every is 0/)
  })
})

describe('averageOf', () => {
  it('finds the average in a chain, and says when there is none', () => {
    const params = { w: np.array([3, 4]) }
    const optimizer = chain(clipByGlobalNorm(1), withEma(adam(0.1), 0.9))
    expect(averageOf(optimizer.init(params), params)).toEqual(params)
    expect(() => averageOf(adam(0.1).init(params), params)).toThrow(/holds no average/)
  })
})
