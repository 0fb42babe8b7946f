import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { shuffled, stream } from './integers.js'

const take = (count: number, draw: () => number): readonly number[] => Array.from({ length: count }, draw)
const mean = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length
const deviation = (values: readonly number[]): number => Math.sqrt(mean(values.map((x) => (x - mean(values)) ** 2)))

describe('stream', () => {
  it('repeats itself for the same seed and index', () => {
    fc.assert(
      fc.property(fc.integer(), fc.nat(), (seed, index) => {
        expect(take(5, stream(seed, index).next)).toEqual(take(5, stream(seed, index).next))
      }),
    )
  })

  it('differs between neighbouring seeds and indices', () => {
    const first = Array.from({ length: 40 }, (_, i) => [stream(i, 7).next(), stream(7, i + 100).next()]).flat()
    expect(new Set(first).size).toBe(80)
  })

  it('draws uniforms with the mean, the deviation and the deciles of uniforms', () => {
    const values = take(20_000, stream(1, 0).next)
    expect(mean(values)).toBeCloseTo(1 / 2, 2)
    expect(deviation(values)).toBeCloseTo(1 / Math.sqrt(12), 2)
    for (let decile = 0; decile < 10; decile++) {
      const share = values.filter((x) => Math.floor(10 * x) === decile).length / values.length
      expect(Math.abs(share - 0.1)).toBeLessThan(0.01)
    }
  })

  it('draws normals with mean 0, deviation 1 and bounded tails', () => {
    const values = take(20_000, stream(2, 0).normal)
    expect(Math.abs(mean(values))).toBeLessThan(0.03)
    expect(Math.abs(deviation(values) - 1)).toBeLessThan(0.02)
    expect(Math.max(...values.map(Math.abs))).toBeLessThan(3.5)
    const within = values.filter((x) => Math.abs(x) < 1).length / values.length
    expect(Math.abs(within - 0.6827)).toBeLessThan(0.03)
  })

  it('stays inside the bounds of between and below', () => {
    fc.assert(
      fc.property(fc.integer(), fc.integer({ min: 1, max: 1000 }), (seed, count) => {
        const source = stream(seed, 0)
        const [real, whole] = [source.between(-2, 3), source.below(count)]
        expect(real >= -2 && real < 3).toBe(true)
        expect(Number.isInteger(whole) && whole >= 0 && whole < count).toBe(true)
      }),
    )
  })
})

describe('shuffled', () => {
  it('is a permutation', () => {
    fc.assert(
      fc.property(fc.nat(200), fc.integer(), (count, seed) => {
        const order = [...shuffled(count, stream(seed, 0))]
        expect(order.sort((a, b) => a - b)).toEqual(Array.from({ length: count }, (_, i) => i))
      }),
    )
  })

  it('puts each item at each place about equally often', () => {
    const counts = new Int32Array(25)
    for (let seed = 0; seed < 5000; seed++)
      shuffled(5, stream(seed, 0)).forEach((item, place) => {
        counts[5 * item + place] = (counts[5 * item + place] ?? 0) + 1
      })
    for (const count of counts) expect(Math.abs(count - 1000)).toBeLessThan(150) // more than 5 deviations
  })
})
