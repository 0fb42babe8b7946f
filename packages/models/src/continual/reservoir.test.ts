import { jit, map, np, random, scan, type Tensor } from '@puregrad/core'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { add, empty, type Reservoir, sample } from './reservoir.js'

/** A stream 0 … n − 1 in batches, with some reservoir behind it. */
const streamed = (n: number, batch: number, capacity: number, key: Tensor): Reservoir<Tensor> => {
  const batches = np.arange(n, { dtype: 'int32' }).reshape([-1, batch])
  const [memory] = scan(
    (kept: Reservoir<Tensor>, x: Tensor) => [add(kept, x, random.foldIn(key, x.at(0).get())), null] as const,
    empty(np.zeros([1], { dtype: 'int32' }), capacity),
    batches,
  )
  return memory
}

describe('a reservoir', () => {
  it('keeps all while there is room, in order, and never the same example twice', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 9 }),
        fc.integer({ min: 1, max: 6 }),
        fc.nat(999),
        (capacity, batch, seed) => {
          const kept = streamed(batch * 4, batch, capacity, random.key(seed))
          expect(kept.seen.item()).toBe(batch * 4)
          const values = (kept.examples.toArray() as number[]).slice(0, Math.min(capacity, batch * 4))
          expect(new Set(values).size).toBe(values.length)
          expect(Math.max(...values)).toBeLessThan(batch * 4)
          if (batch * 4 <= capacity) expect(values).toEqual(values.map((_, i) => i))
        },
      ),
      { numRuns: 30 },
    )
  })

  it.each([1, 3, 8, 24])('keeps each example of a stream with equal probability, in batches of %i', (batch) => {
    const [n, capacity, trials] = [24, 6, 4000]
    const many = jit((keys: Tensor) => map((key: Tensor) => streamed(n, batch, capacity, key).examples, keys))
    const kept = many(random.split(random.key(batch), trials))
      .reshape([-1])
      .toArray() as number[]
    const counts = Array.from({ length: n }, (_, i) => kept.filter((v) => v === i).length)
    // Each is there in a quarter of all trials; χ² of 23 degrees of freedom is below 53 but once in 2,500 times.
    const mean = (trials * capacity) / n
    const spread = mean * (1 - capacity / n)
    const chiSquare = counts.reduce((sum, c) => sum + (c - mean) ** 2 / spread, 0) * ((n - 1) / n)
    expect(chiSquare).toBeLessThan(53)
  })

  it('keeps the parts of an example together, and their dtypes', () => {
    const batch = (from: number) => {
      const y = np.arange(from, from + 10, { dtype: 'int32' })
      return { x: np.stack([y, y.mul(2)], { axis: 1 }).astype('uint8'), y }
    }
    const step = jit((m: Reservoir<ReturnType<typeof batch>>, b: ReturnType<typeof batch>, key: Tensor) =>
      add(m, b, key),
    )
    const filled = [0, 10, 20].reduce((m, from) => step(m, batch(from), random.key(from)), empty(batch(0), 7))
    expect(filled.examples.x.dtype).toBe('uint8')
    expect(filled.examples.x.slice({}, 1).astype('int32').toArray()).toEqual(filled.examples.y.mul(2).toArray())
    const drawn = sample(filled, 50, random.key(1))
    expect(drawn.x.shape).toEqual([50, 2])
    const own = filled.examples.y.toArray() as number[]
    expect((drawn.y.toArray() as number[]).every((v) => own.includes(v))).toBe(true)
  })

  it('gives only what is filled', () => {
    const memory = add(empty(np.zeros([1]), 100), np.array([5, 7]), random.key(0))
    const values = sample(memory, 200, random.key(1)).toArray() as number[]
    expect(new Set(values)).toEqual(new Set([5, 7]))
    const fives = values.filter((v) => v === 5).length
    expect(Math.abs(fives - 100)).toBeLessThan(35) // five deviations
  })

  it('is the same for the same key', () => {
    const [a, b] = [streamed(24, 3, 5, random.key(4)), streamed(24, 3, 5, random.key(4))]
    expect(a.examples.toArray()).toEqual(b.examples.toArray())
  })

  it('says what is wrong with its arguments', () => {
    const memory = empty({ x: np.zeros([1, 2]) }, 3)
    expect(() => empty(np.zeros([1]), 0)).toThrow('capacity is 0')
    expect(() => empty({ a: np.zeros([2]), b: np.zeros([3]) }, 3)).toThrow('needs one first axis')
    expect(() => add(memory, { x: np.zeros([4, 3]) }, random.key(0))).toThrow(
      '[3] where those of the reservoir have [2]',
    )
    expect(() => sample(memory, 0, random.key(0))).toThrow('count is 0')
  })
})
