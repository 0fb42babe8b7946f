import { jit, np, type Tensor, tree, valueAndGrad, vmap } from '@puregrad/core'
import { describe, expect, it } from 'vitest'
import { numbers } from '../../test/values.js'
import { type LbfgsOptions, lbfgs } from '../optimizers/lbfgs.js'
import { sgd } from '../optimizers/sgd.js'
import { chain } from '../transformation.js'
import { applyUpdates } from '../trees.js'
import { scaleByLbfgs } from './lbfgs.js'
import { scaleByZoomLinesearch, valueAndGradFromState } from './scale-by-zoom-linesearch.js'

interface Params {
  readonly x: Tensor
  readonly y: Tensor
}

const at = (x: number, y: number): Params => ({
  x: np.array(x, { dtype: 'float64' }),
  y: np.array([y], { dtype: 'float64' }),
})

/** Rosenbrock 1960: a curved valley, with its minimum 0 at (1, 1). */
const rosenbrock = ({ x, y }: Params): Tensor =>
  np.sum(np.square(np.subtract(1, x)).add(np.square(y.sub(np.square(x))).mul(100)))

const minimise = (
  f: (p: Params) => Tensor,
  start: Params,
  steps: number,
  options: LbfgsOptions = {},
  compile: <F extends (...args: never[]) => unknown>(f: F) => F = (f) => f,
): readonly Params[] => {
  const optimizer = lbfgs(options)
  type State = ReturnType<typeof optimizer.init>
  const step = compile((params: Params, state: State): readonly [Params, State] => {
    const searches = options.linesearch !== null
    const [value, gradient] = searches ? valueAndGradFromState(f)(params, state) : valueAndGrad(f)(params)
    const extra = { value, grad: gradient, valueFn: f }
    const [updates, next] = optimizer.update(gradient, state, params, extra)
    return [applyUpdates(params, updates), next]
  })
  let [params, state] = [start, optimizer.init(start)]
  return Array.from({ length: steps }, () => {
    ;[params, state] = step(params, state)
    return params
  })
}

/** The inverse Hessian of BFGS as a matrix: H ← (I − s yᵀ/⟨s,y⟩) H (I − y sᵀ/⟨s,y⟩) + s sᵀ/⟨s,y⟩. */
const bfgs = (
  places: readonly (readonly number[])[],
  gradients: readonly (readonly number[])[],
  memory: number,
): number[] => {
  const n = (places[0] as number[]).length
  const dot = (a: readonly number[], b: readonly number[]): number => a.reduce((t, v, i) => t + v * (b[i] as number), 0)
  const last = places.length - 1
  const difference = (all: readonly (readonly number[])[], i: number): number[] =>
    (all[i] as number[]).map((v, k) => v - (all[i - 1]?.[k] as number))
  const [s1, y1] = [difference(places, last), difference(gradients, last)]
  const scale = dot(s1, y1) / dot(y1, y1)
  let h = Array.from({ length: n }, (_, i) => Array.from({ length: n }, (_, j) => (i === j ? scale : 0)))
  for (let i = Math.max(1, last - memory + 1); i <= last; i++) {
    const [s, y] = [difference(places, i), difference(gradients, i)]
    const w = 1 / dot(s, y)
    const left = s.map((a, r) => y.map((b, c) => (r === c ? 1 : 0) - w * a * b))
    const times = (a: number[][], b: number[][]): number[][] =>
      a.map((row) => (b[0] as number[]).map((_, c) => row.reduce((t, v, k) => t + v * (b[k]?.[c] as number), 0)))
    const transposed = left.map((row, r) => row.map((_, c) => left[c]?.[r] as number))
    h = times(times(left, h), transposed).map((row, r) =>
      row.map((v, c) => v + w * (s[r] as number) * (s[c] as number)),
    )
  }
  return h.map((row) => dot(row, gradients[last] as number[]))
}

describe('scaleByLbfgs', () => {
  it.each([1, 2, 10])('is the gradient times the inverse Hessian of BFGS with a memory of %i steps', (memorySize) => {
    const places = [
      [1, 2, 0.5],
      [0.5, 1.5, 0.75],
      [0.25, 1.75, 0.5],
      [0.5, 1, 0.25],
    ]
    const gradients = places.map(([a = 0, b = 0, c = 0]) => [4 * a + b, 3 * b + a + c, 2 * c + b])
    const t = scaleByLbfgs({ memorySize })
    const treeOf = ([a, b, c]: readonly number[]): { a: Tensor; b: Tensor } => ({
      a: np.array(a as number, { dtype: 'float64' }),
      b: np.array([b as number, c as number], { dtype: 'float64' }),
    })
    let state = t.init(treeOf(places[0] as number[]))
    gradients.forEach((g, i) => {
      const [updates, next] = t.update(treeOf(g), state, treeOf(places[i] as number[]))
      state = next
      const norm = Math.hypot(...g)
      const expected =
        i === 0
          ? g.map((v) => v / Math.max(1, norm))
          : bfgs(places.slice(0, i + 1), gradients.slice(0, i + 1), memorySize)
      expect(updates.b.shape).toEqual([2])
      tree
        .ravel(updates)[0]
        .data()
        .forEach((value, k) => {
          expect(value).toBeCloseTo(expected[k] as number, 10)
        })
    })
  })

  it('refuses to remember nothing, and asks for the parameters', () => {
    expect(() => scaleByLbfgs({ memorySize: 0 })).toThrow(/scaleByLbfgs: a memory of 0 steps/)
    const t = scaleByLbfgs()
    expect(() => t.update(np.ones([1]), t.init(np.ones([1])))).toThrow(/scaleByLbfgs: the parameters are missing/)
  })
})

describe('lbfgs', () => {
  it('finds the minimum of a quadratic in a few steps', () => {
    const quadratic = ({ x, y }: Params): Tensor =>
      np.sum(
        np
          .square(x.sub(3))
          .mul(10)
          .add(np.square(y.add(1)))
          .add(x.mul(y)),
      )
    const last = minimise(quadratic, at(0, 0), 12).at(-1) as Params
    const gradient = valueAndGrad(quadratic)(last)[1]
    expect(Math.abs(gradient.x.item())).toBeLessThan(1e-9)
    expect(Math.abs(gradient.y.item())).toBeLessThan(1e-9)
  })

  it('finds the minimum of Rosenbrock from its usual start, never going up', () => {
    const places = minimise(rosenbrock, at(-1.2, 1), 45)
    const values = places.map((p) => rosenbrock(p).item())
    values.forEach((value, i) => {
      if (value > 1e-25) expect(value).toBeLessThanOrEqual(values[i - 1] ?? 24.2)
    })
    const last = places.at(-1) as Params
    expect(last.x.item()).toBeCloseTo(1, 9)
    expect(last.y.item()).toBeCloseTo(1, 9)
  })

  it('is the same bits when the whole step is jitted, search included', () => {
    const eager = minimise(rosenbrock, at(-1.2, 1), 8)
    const jitted = minimise(rosenbrock, at(-1.2, 1), 8, {}, ((f: never) => jit(f)) as never)
    expect(numbers(jitted)).toEqual(numbers(eager))
  })

  it('searches for each example under vmap as if alone', () => {
    const run = (p: Params): Params => minimise(rosenbrock, p, 6).at(-1) as Params
    const starts = [at(-1.2, 1), at(2, 2), at(0, 0)]
    const stacked = { x: np.stack(starts.map(({ x }) => x)), y: np.stack(starts.map(({ y }) => y)) }
    const together = vmap(run)(stacked)
    starts.map(run).forEach((alone, i) => {
      expect(together.x.slice(i).item()).toBeCloseTo(alone.x.item(), 8)
    })
  })

  it('goes without a search by a rate', () => {
    const quadratic = ({ x, y }: Params): Tensor => np.sum(np.square(x).add(np.square(y)))
    const last = minimise(quadratic, at(3, 4), 4, { linesearch: null, learningRate: 1, scaleInitPrecond: true })
    expect(Math.abs((last[3] as Params).x.item())).toBeLessThan(1e-9)
  })
})

describe('scaleByZoomLinesearch', () => {
  const search = (f: (p: Params) => Tensor, start: Params, rate: number, options = {}, steps = 20) => {
    const t = chain(sgd(rate), scaleByZoomLinesearch(steps, options))
    const [value, gradient] = valueAndGrad(f)(start)
    const [updates, [, state]] = t.update(gradient, t.init(start), start, { value, grad: gradient, valueFn: f })
    const next = applyUpdates(start, updates)
    const slopeOf = (g: Params, u: Params): number =>
      np
        .sum(g.x.mul(u.x))
        .add(np.sum(g.y.mul(u.y)))
        .item()
    const direction = { x: gradient.x.mul(-rate), y: gradient.y.mul(-rate) }
    return {
      before: value.item(),
      after: f(next).item(),
      slope: slopeOf(gradient, direction),
      end: slopeOf(valueAndGrad(f)(next)[1], direction),
      state,
      next,
    }
  }

  it.each([1e-4, 1e-2, 1, 100])('fulfils the strong Wolfe conditions from a step of %d', (rate) => {
    for (const curvRtol of [0.9, 0.1]) {
      const { before, after, slope, end, state } = search(rosenbrock, at(-1.2, 1), rate, {
        curvRtol,
        approxDecRtol: null,
      })
      expect(after).toBeLessThanOrEqual(before + 1e-4 * state.learningRate.item() * slope)
      expect(Math.abs(end)).toBeLessThanOrEqual(curvRtol * Math.abs(slope))
      expect([state.info.decreaseError.item(), state.info.curvatureError.item()]).toEqual([0, 0])
    }
  })

  it('ends with the value and the gradient at the new parameters', () => {
    const { after, next, state } = search(rosenbrock, at(-1.2, 1), 1)
    expect(state.value.item()).toBeCloseTo(after, 10)
    expect(state.grad.x?.item()).toBeCloseTo(valueAndGrad(rosenbrock)(next)[1].x.item(), 8)
    expect(valueAndGradFromState(rosenbrock)(next, [null, state])[0].item()).toBe(state.value.item())
  })

  it('stays inside where the function is a number', () => {
    const f = ({ x, y }: Params): Tensor => np.sum(x.sub(np.log(x)).add(np.square(y)))
    const { after, before, next } = search(f, at(0.1, 0.1), 10)
    expect(after).toBeLessThan(before)
    expect(next.x.item()).toBeGreaterThan(0)
  })

  it('goes no further than allowed, and makes no step without a finite value', () => {
    const falling = ({ x, y }: Params): Tensor => np.sum(x.neg().add(y.mul(0)))
    const { state } = search(falling, at(0, 0), 1, { maxLearningRate: 5 })
    expect(state.learningRate.item()).toBe(5)
    const nowhere = ({ x, y }: Params): Tensor => np.sum(np.log(x.neg()).add(y))
    const stuck = search(nowhere, at(0, 0), 1, {}, 5)
    expect(numbers(stuck.state.learningRate)).toBe('float64[] 0')
  })

  it('asks for what it needs', () => {
    expect(() => scaleByZoomLinesearch(0)).toThrow(/scaleByZoomLinesearch: 0 steps search nothing/)
    const t = scaleByZoomLinesearch(3)
    const w = np.ones([1])
    expect(() => t.update(w, t.init(w), w)).toThrow(/scaleByZoomLinesearch: valueFn is missing/)
    expect(() => valueAndGradFromState(rosenbrock)(at(0, 0), [null])).toThrow(/holds no value and gradient/)
  })
})
