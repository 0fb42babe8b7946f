import { grad, jit, np, type Tensor, vmap } from '@puregrad/core'
import { describe, expect, it } from 'vitest'
import { cosineOnecycleSchedule, linearOnecycleSchedule, piecewiseInterpolateSchedule, sgdrSchedule } from './cycles.js'
import {
  constantSchedule,
  cosineDecaySchedule,
  exponentialDecay,
  joinSchedules,
  linearSchedule,
  piecewiseConstantSchedule,
  polynomialSchedule,
  type Schedule,
  stepSchedule,
} from './decay.js'
import {
  inverseSqrtSchedule,
  noamSchedule,
  warmupConstantSchedule,
  warmupCosineDecaySchedule,
  warmupExponentialDecaySchedule,
} from './warmup.js'

const at = (schedule: Schedule, counts: readonly number[]): number[] => counts.map((count) => schedule(count).item())

const expectValues = (schedule: Schedule, values: Readonly<Record<number, number>>): void => {
  const counts = Object.keys(values).map(Number)
  const expected = Object.values(values)
  at(schedule, counts).forEach((value, i) => {
    expect(value, `at ${counts[i]}`).toBeCloseTo(expected[i] as number, 6)
  })
}

describe('schedules', () => {
  it('constantSchedule stays', () => {
    expectValues(constantSchedule(0.25), { 0: 0.25, 1000: 0.25 })
  })

  it('linearSchedule waits, goes straight, and stays at its end', () => {
    const schedule = linearSchedule(1, 3, 10, { transitionBegin: 5 })
    expectValues(schedule, { 0: 1, 5: 1, 10: 2, 15: 3, 100: 3 })
  })

  it('polynomialSchedule is end + (init − end)(1 − t)^power', () => {
    expectValues(polynomialSchedule(1, 0.2, 3, 4), { 0: 1, 1: 0.8 * 0.75 ** 3 + 0.2, 3: 0.8 * 0.25 ** 3 + 0.2, 4: 0.2 })
  })

  it('exponentialDecay is init · rate^(t / steps), by stairs and down to its end if asked', () => {
    expectValues(exponentialDecay(2, 10, 0.5), { 0: 2, 5: Math.SQRT2, 10: 1, 30: 0.25 })
    expectValues(exponentialDecay(2, 10, 0.5, { staircase: true }), { 0: 2, 9: 2, 10: 1, 19: 1, 20: 0.5 })
    expectValues(exponentialDecay(2, 10, 0.5, { endValue: 0.75 }), { 10: 1, 20: 0.75, 90: 0.75 })
    expectValues(exponentialDecay(2, 10, 2, { endValue: 5 }), { 10: 4, 20: 5 })
    expectValues(exponentialDecay(2, 10, 0.5, { transitionBegin: 7 }), { 0: 2, 7: 2, 17: 1 })
  })

  it('cosineDecaySchedule is half a cosine down to alpha', () => {
    expectValues(cosineDecaySchedule(2, 8), { 0: 2, 2: 1 + Math.SQRT1_2, 4: 1, 8: 0, 20: 0 })
    expectValues(cosineDecaySchedule(2, 8, { alpha: 0.5, exponent: 2 }), { 0: 2, 4: 1.25, 8: 1 })
  })

  it('piecewiseConstantSchedule multiplies from each step on', () => {
    expectValues(piecewiseConstantSchedule(1, { 10: 0.5, 20: 0.1 }), {
      0: 1,
      9: 1,
      10: 0.5,
      19: 0.5,
      20: 0.05,
      99: 0.05,
    })
  })

  it('joinSchedules counts anew at each boundary', () => {
    const joined = joinSchedules([linearSchedule(0, 4, 4), constantSchedule(9), linearSchedule(0, 10, 10)], [4, 6])
    expectValues(joined, { 0: 0, 3: 3, 4: 9, 5: 9, 6: 0, 7: 1, 16: 10 })
  })

  it('warmupCosineDecaySchedule rises to its peak and falls to its end', () => {
    const schedule = warmupCosineDecaySchedule(0, 2, 4, 12, { endValue: 0.5 })
    expectValues(schedule, { 0: 0, 2: 1, 4: 2, 8: 1.25, 12: 0.5, 50: 0.5 })
  })

  it('stepSchedule goes down equal stairs', () => {
    expectValues(stepSchedule(1, 10, 0.5), { 0: 1, 9: 1, 10: 0.5, 29: 0.25, 30: 0.125 })
  })

  it('warmupConstantSchedule rises and stays; warmupExponentialDecaySchedule rises and falls by halves', () => {
    expectValues(warmupConstantSchedule(0, 2, 4), { 0: 0, 1: 0.5, 4: 2, 99: 2 })
    expectValues(warmupExponentialDecaySchedule(0, 2, 4, 10, 0.5), { 0: 0, 2: 1, 4: 2, 14: 1, 24: 0.5 })
  })

  it('inverseSqrtSchedule is peak · min(t / w, √(w / t))', () => {
    expectValues(inverseSqrtSchedule(3, 4), { 0: 0, 1: 0.75, 4: 3, 9: 2, 16: 1.5 })
  })

  it('noamSchedule is the formula of the paper, with steps counted from 1', () => {
    const paper = (step: number): number => 2 * 512 ** -0.5 * Math.min(step ** -0.5, step * 40 ** -1.5)
    expectValues(noamSchedule(512, 40, { factor: 2 }), { 0: paper(1), 20: paper(21), 39: paper(40), 99: paper(100) })
  })

  it('piecewiseInterpolateSchedule goes through the products of its scales', () => {
    const scales = { 4: 3, 8: 0.5, 10: 0 }
    expectValues(piecewiseInterpolateSchedule('linear', 2, scales), {
      0: 2,
      1: 3,
      4: 6,
      6: 4.5,
      8: 3,
      9: 1.5,
      10: 0,
      50: 0,
    })
    expectValues(piecewiseInterpolateSchedule('cosine', 2, scales), {
      0: 2,
      1: 2 + (4 * (1 - Math.SQRT1_2)) / 2,
      2: 4,
      4: 6,
      10: 0,
    })
  })

  it('linearOnecycleSchedule goes up, down to its start, and to its end', () => {
    const schedule = linearOnecycleSchedule(100, 2, { divFactor: 4, finalDivFactor: 10 })
    expectValues(schedule, { 0: 0.5, 15: 1.25, 30: 2, 85: 0.5, 100: 0.05, 200: 0.05 })
  })

  it('cosineOnecycleSchedule goes up and down by half cosines', () => {
    const schedule = cosineOnecycleSchedule(100, 2, { pctStart: 0.5, divFactor: 4, finalDivFactor: 10 })
    expectValues(schedule, { 0: 0.5, 25: 1.25, 50: 2, 75: 1.025, 100: 0.05, 200: 0.05 })
  })

  it('sgdrSchedule starts its cosine again after each cycle', () => {
    const cycle = { init: 0, peak: 2, warmupSteps: 2, decaySteps: 10 }
    expectValues(sgdrSchedule([cycle, { ...cycle, peak: 1, endValue: 0.5 }]), {
      0: 0,
      2: 2,
      6: 1,
      10: 0,
      11: 0.5,
      12: 1,
      16: 0.75,
      20: 0.5,
      99: 0.5,
    })
  })

  it('is the same function of a traced count, under jit and vmap', () => {
    const counts = np.arange(30).astype('int32')
    for (const schedule of [
      linearSchedule(1, 0, 20),
      exponentialDecay(1, 10, 0.9, { staircase: true }),
      piecewiseConstantSchedule(1, { 7: 0.5 }),
      warmupCosineDecaySchedule(0, 1, 5, 25),
      noamSchedule(64, 10),
      cosineOnecycleSchedule(25, 1),
      linearOnecycleSchedule(25, 1),
      sgdrSchedule([{ init: 0, peak: 1, warmupSteps: 3, decaySteps: 12 }]),
    ]) {
      const expected = at(
        schedule,
        Array.from({ length: 30 }, (_, i) => i),
      )
      expect(Array.from(vmap((n: Tensor) => schedule(n))(counts).data())).toEqual(expected)
      expect(jit((n: Tensor) => schedule(n))(np.array(12, { dtype: 'int32' })).item()).toBe(expected[12])
    }
  })

  it('has a derivative by time', () => {
    const slope = grad((t: Tensor) => linearSchedule(0, 1, 4)(t))
    expect(slope(np.array(1)).item()).toBeCloseTo(0.25, 6)
  })

  it('refuses no time and boundaries that do not fit', () => {
    expect(() => linearSchedule(1, 0, 0)).toThrow(/polynomialSchedule: 0 steps .* Pass a positive number/)
    expect(() => cosineDecaySchedule(1, Number.NaN)).toThrow(/cosineDecaySchedule/)
    expect(() => exponentialDecay(1, -1, 0.5)).toThrow(/exponentialDecay/)
    expect(() => inverseSqrtSchedule(1, 0)).toThrow(/inverseSqrtSchedule: 0 steps/)
    expect(() => noamSchedule(0, 10)).toThrow(/noamSchedule: a model of size 0/)
    expect(() => linearOnecycleSchedule(0, 1)).toThrow(/linearOnecycleSchedule/)
    expect(() => sgdrSchedule([])).toThrow(/sgdrSchedule: no cycles/)
    expect(() => piecewiseInterpolateSchedule('linear', 1, { 3: -1 })).toThrow(/scale -1 at step 3/)
    expect(() => joinSchedules([constantSchedule(1)], [3])).toThrow(/1 schedules meet at 0 boundaries, not 1/)
  })
})
