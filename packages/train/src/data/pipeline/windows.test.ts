import { np, pipe, random } from '@puregrad/core'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { cursorOf, iterate } from './cursor.js'
import { repeat, shuffle } from './select.js'
import { batch } from './transform.js'
import { randomWindows, windows } from './windows.js'

const numbers = (x: { toArray: () => unknown }): number[] => x.toArray() as number[]

describe('windows', () => {
  it('side by side are the stream, and foretell the same one token on', () => {
    fc.assert(
      fc.property(
        fc.array(fc.nat(99), { minLength: 2, maxLength: 40 }),
        fc.integer({ min: 1, max: 9 }),
        (stream, length) => {
          fc.pre(stream.length > length)
          const source = windows(stream, { length })
          const all = Array.from({ length: source.length }, (_, i) => source.at(i))
          const covered = source.length * length
          expect(all.flatMap(({ x }) => numbers(x))).toEqual(stream.slice(0, covered))
          expect(all.flatMap(({ y }) => numbers(y))).toEqual(stream.slice(1, covered + 1))
          expect(stream.length - 1 - covered).toBeLessThan(length)
        },
      ),
    )
  })

  it('overlap as their stride says, and reach to the end', () => {
    const source = windows(Int32Array.of(0, 1, 2, 3, 4, 5), { length: 3, stride: 1 })
    expect(source.length).toBe(3)
    expect(numbers(source.at(2).y)).toEqual([3, 4, 5])
    expect(source.at(0).x.dtype).toBe('int32')
    expect(windows(np.arange(6, { dtype: 'int32' }), { length: 2, stride: 3 }).length).toBe(2)
  })

  it('are batched as they would be one by one, in any order, and go on from a cursor', () => {
    const source = () => pipe(windows(np.arange(50), { length: 4 }), shuffle(random.key(1)), repeat(2), batch(5))
    const whole = [...iterate(source())].map(([{ x, y }]) => [x.toArray(), y.toArray()])
    for (const [x, y] of whole) expect((x as number[][]).map((row) => row.map((n) => n + 1))).toEqual(y)
    const rest = [...iterate(source(), cursorOf(source(), 2))].map(([{ x, y }]) => [x.toArray(), y.toArray()])
    expect(rest).toEqual(whole.slice(2))
  })

  it('say what has no window', () => {
    expect(() => windows([1, 2, 3], { length: 3 })).toThrow(/a stream of 3 tokens has no window of 3/)
    expect(() => windows(np.ones([3, 3]), { length: 1 })).toThrow(/has to be one row of tokens/)
    expect(() => windows([1, 2, 3], { length: 0 })).toThrow(/the length is 0/)
    expect(() => windows([1, 2, 3], { length: 1, stride: 0.5 })).toThrow(/the stride is 0.5/)
  })
})

describe('random windows', () => {
  it('begin everywhere alike, the first place and the last among them', () => {
    const [length, places, draws] = [3, 5, 5000]
    const source = randomWindows(random.key(3), np.arange(8), { length, count: draws })
    const starts = Array.from({ length: draws }, (_, i) => numbers(source.at(i).x)[0])
    for (let place = 0; place < places; place++) {
      const count = starts.filter((start) => start === place).length
      const share = 1 / places
      expect(Math.abs(count - draws * share)).toBeLessThan(5 * Math.sqrt(draws * share * (1 - share)))
    }
  })

  it('are decided by key, epoch and position alone', () => {
    const make = (seed: number) => randomWindows(random.key(seed), np.arange(1000), { length: 2, count: Infinity })
    const show = (seed: number, epoch: number) =>
      [5, 2000, 3, 9000, 5].map((position) => numbers(make(seed).at(position, epoch).x)[0])
    expect(show(0, 0)).toEqual(show(0, 0))
    expect(show(0, 0)).not.toEqual(show(0, 1))
    expect(show(0, 0)).not.toEqual(show(1, 0))
    const batched = pipe(make(0), batch(3)).at(1)
    expect(numbers(batched.x)).toEqual([3, 4, 5].map((i) => make(0).at(i).x.toArray()))
  })

  it('are as many as would lie side by side unless said', () => {
    expect(randomWindows(random.key(0), np.arange(10), { length: 3 }).length).toBe(3)
    expect(() => randomWindows(random.key(0), [1, 2], { length: 2 })).toThrow(/has no window of 2/)
  })
})
