import { np, pipe, RangeError, random, ShapeError, type Tensor } from '@puregrad/core'
import fc from 'fast-check'
import { describe, expect, expectTypeOf, it } from 'vitest'
import { type Cursor, cursorOf, iterate, next, prefetch } from './cursor.js'
import { repeat, shuffle, skip, take, weighted } from './select.js'
import { fromArrays, fromItems, type Source } from './source.js'
import { augment, batch, map, zip } from './transform.js'

const key = random.key(0)
const all = <T>(source: Source<T>, from?: Cursor): T[] =>
  [...(from === undefined ? iterate(source) : iterate(source, from))].map(([element]) => element)
const numbers = (n: number): Source<number> => fromItems(Array.from({ length: n }, (_, i) => i))

type Stage = (source: Source<number>) => Source<number>
const stage: fc.Arbitrary<Stage> = fc.oneof(
  fc.nat(12).map((n) => take(n) as Stage),
  fc.nat(3).map((n) => skip(n) as Stage),
  fc.nat(100).map((seed) => shuffle(random.key(seed)) as Stage),
  fc.integer({ min: 1, max: 3 }).map(
    (n): Stage =>
      (source) =>
        source.length === 0 ? source : repeat(n)(source),
  ),
  fc.nat(100).map((seed) => augment(random.key(seed), (x: number, own) => x + random.uniform(own).item()) as Stage),
  fc.constant(map((x: number) => 3 * x + 1) as Stage),
)

describe('iterating', () => {
  it('goes on from any cursor, through JSON, with exactly the rest', () => {
    fc.assert(
      fc.property(fc.nat(8), fc.array(stage, { maxLength: 4 }), fc.nat(100), (n, stages, cut) => {
        const build = (): Source<number> => stages.reduce((source, change) => change(source), numbers(n))
        const whole = all(build())
        const source = build()
        let cursor = cursorOf(source)
        const before: number[] = []
        for (let i = 0; i < cut; i++) {
          const step = next(source, cursor)
          if (step === null) break
          before.push(step[0])
          cursor = step[1]
        }
        const resumed = all(build(), JSON.parse(JSON.stringify(cursor)) as Cursor)
        expect([...before, ...resumed]).toEqual(whole)
      }),
    )
  })

  it('goes on within shuffled batches of several epochs', () => {
    const build = () => {
      const arrays = { x: np.arange(21).reshape([7, 3]), y: np.arange(7) }
      return pipe(fromArrays(arrays), shuffle(key), repeat(3), batch(4))
    }
    const whole = all(build()).map(({ x, y }) => [x.toArray(), y.toArray()])
    for (let position = 0; position <= whole.length; position++) {
      const rest = all(build(), cursorOf(build(), position)).map(({ x, y }) => [x.toArray(), y.toArray()])
      expect(rest).toEqual(whole.slice(position))
    }
  })

  it('gives the same element for the same cursor, however often', () => {
    const source = pipe(numbers(5), shuffle(key), repeat())
    const cursor = cursorOf(source, 1234)
    expect(cursor).toEqual({ position: 1234, of: null })
    expect(next(source, cursor)).toEqual(next(source, cursor))
  })

  it('refuses a cursor of other data, or out of range', () => {
    expect(() => next(numbers(5), { position: 0, of: 6 })).toThrow(/the cursor counts 6 and the source 5 elements/)
    expect(() => next(numbers(5), { position: 6, of: 5 })).toThrow(RangeError)
    expect(() => next(numbers(5), { position: 0.5, of: 5 })).toThrow(RangeError)
  })
})

describe('prefetch', () => {
  const wait = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds))

  it('keeps the order, loads ahead, and its cursors go on exactly', async () => {
    let [underWay, most] = [0, 0]
    const load = async (n: number): Promise<number> => {
      underWay += 1
      most = Math.max(most, underWay)
      await wait((n * 7) % 5)
      underWay -= 1
      return 10 * n
    }
    const got: (readonly [number, Cursor])[] = []
    for await (const step of prefetch(numbers(9), load, { ahead: 3 })) got.push(step)
    expect(got.map(([value]) => value)).toEqual([0, 10, 20, 30, 40, 50, 60, 70, 80])
    expect(most).toBe(3)
    const rest: number[] = []
    for await (const [value] of prefetch(numbers(9), load, { from: (got[4] as (typeof got)[0])[1] })) rest.push(value)
    expect(rest).toEqual([50, 60, 70, 80])
  })

  it('passes a failure on when its turn comes', async () => {
    const load = async (n: number): Promise<number> => {
      if (n === 2) throw new Error('unreadable')
      return n
    }
    const got: number[] = []
    const run = async () => {
      for await (const [value] of prefetch(numbers(5), load)) got.push(value)
    }
    await expect(run()).rejects.toThrow('unreadable')
    expect(got).toEqual([0, 1])
  })
})

describe('shuffle', () => {
  it('is a permutation that key and epoch decide', () => {
    const source = pipe(numbers(20), shuffle(key), repeat(2))
    const order = all(source)
    const [first, second] = [order.slice(0, 20), order.slice(20)]
    expect([...first].sort((a, b) => a - b)).toEqual(all(numbers(20)))
    expect([...second].sort((a, b) => a - b)).toEqual(all(numbers(20)))
    expect(first).not.toEqual(second)
    expect(all(pipe(numbers(20), shuffle(random.key(0))))).toEqual(first)
    expect(all(pipe(numbers(20), shuffle(random.key(1))))).not.toEqual(first)
  })

  it('is what fit does: the permutation of the key folded with the epoch', () => {
    const order = random.permutation(random.foldIn(key, 1), 6).data()
    expect(all(pipe(numbers(6), shuffle(key), repeat(2))).slice(6)).toEqual([...order])
  })

  it('needs an end', () => {
    expect(() => pipe(numbers(3), repeat(), shuffle(key))).toThrow(/Put shuffle before repeat/)
  })
})

describe('batch', () => {
  it('stacks rows as they would be stacked one by one, across epochs too', () => {
    const arrays = { x: np.arange(10).reshape([5, 2]), y: np.arange(5) }
    const one = pipe(
      fromArrays(arrays),
      shuffle(key),
      repeat(3),
      map(({ x, y }) => ({ x, y })),
      batch(4),
    )
    const many = pipe(fromArrays(arrays), shuffle(key), repeat(3), batch(4))
    expect(many.length).toBe(4)
    const show = (source: typeof many) => all(source).map(({ x, y }) => [x.dtype, x.toArray(), y.toArray()])
    expect(show(many)).toEqual(show(one))
  })

  it('keeps or drops the batch that is not full', () => {
    expect(all(pipe(numbers(5), batch(2))).map((x) => x.toArray())).toEqual([[0, 1], [2, 3], [4]])
    expect(pipe(numbers(5), batch(2, { dropRemainder: true })).length).toBe(2)
  })

  it('names what takes elements of different shapes', () => {
    const source = fromItems([np.ones([2]), np.ones([3])])
    expect(() => pipe(source, batch(2)).at(0)).toThrow(/float32\[2\] and float32\[3\] cannot be stacked.*padBatch/)
    expect(() => pipe(numbers(3), batch(0))).toThrow(/the size is 0/)
  })
})

describe('zip', () => {
  it('puts elements side by side, batched too', () => {
    const source = zip(fromArrays(np.arange(4)), numbers(4))
    expectTypeOf(source).toEqualTypeOf<Source<readonly [Tensor, number]>>()
    const [x, n] = pipe(source, shuffle(key), batch(4)).at(0) as readonly [Tensor, Tensor]
    expect(x.toArray()).toEqual(n.toArray())
  })

  it('refuses sources of different lengths', () => {
    expect(() => zip(numbers(2), numbers(3))).toThrow(ShapeError)
  })
})

describe('augment', () => {
  it('gives every element of every epoch a key of its own, the same each time', () => {
    const noisy = pipe(
      numbers(3),
      augment(key, (_, own) => random.uniform(own).item()),
      repeat(2),
    )
    expect(new Set(all(noisy)).size).toBe(6)
    expect(all(noisy)).toEqual(all(noisy))
  })
})

describe('weighted', () => {
  it('draws each element as often as its weight says, to within five deviations, and none of weight 0', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 1, maxLength: 6 }),
        fc.nat(1000),
        (weights, seed) => {
          const total = weights.reduce((sum, w) => sum + w, 0)
          fc.pre(total > 0)
          const draws = 4000
          const drawn = all(weighted(random.key(seed), weights, { length: draws })(numbers(weights.length)))
          weights.forEach((w, i) => {
            const [share, count] = [w / total, drawn.filter((n) => n === i).length]
            expect(Math.abs(count - draws * share)).toBeLessThanOrEqual(5 * Math.sqrt(draws * share * (1 - share)))
          })
        },
      ),
      { numRuns: 20 },
    )
  })

  it('refuses weights that are too many, negative or all 0', () => {
    expect(() => weighted(key, [1])(numbers(2))).toThrow(/1 weights are given for 2 elements/)
    for (const weights of [
      [1, -1],
      [0, 0],
      [1, Number.NaN],
    ])
      expect(() => weighted(key, weights)(numbers(2))).toThrow(RangeError)
  })
})

describe('take and skip', () => {
  it('divide a source in two', () => {
    fc.assert(
      fc.property(fc.nat(10), fc.nat(12), (n, at) => {
        const source = numbers(n)
        expect([...all(take(at)(source)), ...all(skip(at)(source))]).toEqual(all(source))
      }),
    )
  })

  it('say where elements are', () => {
    expect(() => take(2)(numbers(5)).at(2)).toThrow(/position 2 is outside a source of 2 elements/)
    expect(() => repeat()(numbers(0))).toThrow(/the source is empty/)
  })
})
