/** The checks that users test their functions with: they pass what is right, and name what is wrong. */
import { customJvp, DTypeError, np, random, ShapeError, scan, type Tensor } from '@puregrad/core'
import {
  broadcastablePairs,
  checkGrads,
  GradientError,
  keys,
  LawError,
  laws,
  shapes,
  tensors,
} from '@puregrad/core/testing'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

const vector = (...xs: number[]): Tensor => np.array(xs, { dtype: 'float64' })

const caught = <E>(f: () => unknown, kind: new (...args: never[]) => E): E => {
  try {
    f()
  } catch (error) {
    expect(error).toBeInstanceOf(kind)
    return error as E
  }
  throw new Error('nothing was thrown')
}

describe('checkGrads', () => {
  it('passes what is right, over trees, integers and float32 arguments', () => {
    const f = (p: { readonly w: Tensor; readonly steps: Tensor }, x: Tensor) => [np.tanh(x.mul(p.w)).sum(), p.steps]
    checkGrads(f, [{ w: np.array([0.5, 2]), steps: np.array(3).astype('int32') }, vector(0.1, -0.4)], { order: 3 })
  })
  it('explains constants that cannot follow into float64', () => {
    const total = (x: Tensor) => scan((c: Tensor, e: Tensor) => [c.add(e), null], np.array(0), x)[0]
    const error = caught(() => checkGrads(total, [np.array([1, 2])]), DTypeError)
    expect(error.message).toContain('takes its arguments but not the same in float64')
    expect(error.message).toContain('np.zerosLike(x)')
    checkGrads((x: Tensor) => scan((c, e) => [c.add(e), null], 0, x)[0], [np.array([1, 2])])
    // What fails in any dtype is not about float64.
    caught(() => checkGrads((x: Tensor) => x.matmul(np.ones([3, 3])), [np.array([1, 2])]), ShapeError)
  })
  it('names argument, element, expected and found number', () => {
    // cos x, wrong for the second element only
    const wrong = customJvp(
      (x: Tensor) => np.sin(x),
      ([x], [dx]) => [np.sin(x), np.cos(x).mul(dx).mul(vector(1, 1.5))],
    )
    const f = (p: { readonly layers: readonly Tensor[] }) => wrong(p.layers[1] as Tensor).sum()
    const p = { layers: [vector(1), vector(0.3, 0.8)] }
    for (const mode of ['fwd', 'rev'] as const) {
      const error = caught(() => checkGrads(f, [p], { modes: [mode] }), GradientError)
      expect(error._tag).toBe('GradientError')
      expect(error).toMatchObject({ mode, order: 1, argument: 'argument 0.layers[1]', index: [1] })
      expect(error.expected).toBeCloseTo(Math.cos(0.8), 8)
      expect(error.found).toBeCloseTo(1.5 * Math.cos(0.8), 8)
      expect(error.message).toMatch(/argument 0\.layers\[1\] at \[1\]/)
    }
  })
  it('finds a second derivative that is wrong behind a first one that is right', () => {
    // A slope that forgets where it comes from has no derivative of its own.
    const forget = customJvp(
      (x: Tensor) => x.mul(1),
      ([x], [dx]) => [x.mul(1), dx.mul(0)],
    )
    const shut = customJvp(
      (x: Tensor) => x.mul(x),
      ([x], [dx]) => [x.mul(x), forget(x).mul(2).mul(dx)],
    )
    checkGrads(shut, [vector(0.5)], { order: 1 })
    expect(caught(() => checkGrads(shut, [vector(0.5)], { order: 2 }), GradientError).order).toBe(2)
  })
  it('does not take NaN for an answer', () => {
    const nan = customJvp(
      (x: Tensor) => np.sin(x),
      ([x], [dx]) => [np.sin(x), dx.mul(Number.NaN)],
    )
    caught(() => checkGrads(nan, [vector(0.5)], { modes: ['fwd'] }), GradientError)
    caught(() => checkGrads(nan, [vector(0.5)], { modes: ['rev'] }), GradientError)
  })
})

describe('laws', () => {
  const f = (x: Tensor, y: Tensor): Tensor => np.sin(x).mul(y).sum({ axis: 0 })
  const args = fc.tuple(tensors({ dtype: 'float64', shape: [3, 2] }), tensors({ dtype: 'float64', shape: [2] }))
  it.each(laws.functionLaws.map((law) => [law.title, law] as const))('%s', (_, law) => {
    fc.assert(law.property(f, args), { numRuns: 10 })
  })
  it('tell a derivative that is not linear', () => {
    const wrong = customJvp(
      (x: Tensor) => x.mul(x),
      ([x], [dx]) => [x.mul(x), dx.mul(dx)],
    )
    expect(caught(() => laws.linearity.check(wrong, [vector(1, 2)]), LawError).law).toBe(
      'jvp is linear in its tangents',
    )
  })
  it('tell a function that is not pure', () => {
    let calls = 0
    const counting = (x: Tensor): Tensor => x.add(calls++)
    caught(() => laws.purity.check(counting, [vector(1)]), LawError)
    caught(() => laws.compilation.check(counting, [vector(1)]), LawError)
  })
  it('tell a function that does not batch', () => {
    // The first call is that of the batch; the examples come later.
    let calls = 0
    const sensitive = (x: Tensor): Tensor => x.mul(calls++ === 0 ? 1 : 2)
    expect(caught(() => laws.batching.check(sensitive, [vector(1, 2)]), LawError).message).toMatch(
      /example 0 of inAxes \[0\]/,
    )
  })
})

describe('arbitraries', () => {
  it('shapes keep their bounds', () => {
    fc.assert(
      fc.property(shapes({ minRank: 1, maxRank: 2, minSize: 1, maxSize: 5 }), (shape) => {
        expect(shape.length).toBeGreaterThanOrEqual(1)
        expect(shape.length).toBeLessThanOrEqual(2)
        expect(shape.every((n) => n >= 1 && n <= 5)).toBe(true)
      }),
    )
  })
  it('broadcastable pairs broadcast to their result', () => {
    fc.assert(
      fc.property(broadcastablePairs(), ({ left, right, result }) => {
        expect(np.broadcastShapes(left, right)).toEqual(result)
        expect(np.add(np.ones(left), np.ones(right)).shape).toEqual(result)
      }),
    )
  })
  it('tensors keep dtype, shape and range', () => {
    fc.assert(
      fc.property(tensors({ dtype: ['int32', 'float64', 'bool'], shape: [2, 3], min: 0, max: 1 }), (x) => {
        expect(x.shape).toEqual([2, 3])
        expect(['int32', 'float64', 'bool']).toContain(x.dtype)
        expect(Array.from(x.data()).every((e) => e >= 0 && e <= 1)).toBe(true)
      }),
    )
  })
  it('specials are met', () => {
    const met = fc
      .sample(tensors({ specials: true, shape: [20] }), { numRuns: 50, seed: 1 })
      .flatMap((x) => [...x.data()])
    for (const special of [Number.NaN, Number.POSITIVE_INFINITY, -0])
      expect(met.some((e) => Object.is(e, special))).toBe(true)
  })
  it('keys are keys', () => {
    fc.assert(
      fc.property(keys(), (key) => {
        const u = random.uniform(key, [8]).data()
        expect(u.every((e) => e >= 0 && e < 1)).toBe(true)
      }),
      { numRuns: 20 },
    )
  })
})
