import { np, pipe, random, type Tensor } from '@puregrad/core'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { cursorOf, iterate } from './cursor.js'
import { repeat, shuffle } from './select.js'
import { bucketByLength, padBatch, padTo, withMasks } from './sequences.js'
import { fromItems } from './source.js'

/** A sequence of this length whose numbers all name it. */
const sequence = (length: number, name: number): Tensor => np.full([length], name + 1)
const rowsOf = ({ values, lengths }: { readonly values: Tensor; readonly lengths: Tensor }): number[][] =>
  (values.toArray() as number[][]).map((row, i) => row.slice(0, (lengths.toArray() as number[])[i]))

describe('padTo', () => {
  it('puts the value behind, along the first axis only', () => {
    expect(padTo(np.ones([1, 2]), 3, 7).toArray()).toEqual([
      [1, 1],
      [7, 7],
      [7, 7],
    ])
    expect(() => padTo(np.ones([4]), 3)).toThrow(/longer than 3/)
  })
})

describe('padBatch', () => {
  it('pads to the longest of each batch, or a multiple, and keeps the lengths', () => {
    const source = fromItems([sequence(1, 0), sequence(3, 1), sequence(2, 2)])
    const batches = pipe(source, padBatch(2, { value: -1 }))
    expect(batches.at(0).values.toArray()).toEqual([
      [1, -1, -1],
      [2, 2, 2],
    ])
    expect(batches.at(0).lengths.toArray()).toEqual([1, 3])
    expect(batches.at(1).values.shape).toEqual([1, 2])
    expect(pipe(source, padBatch(3, { multiple: 4 })).at(0).values.shape).toEqual([3, 4])
  })

  it('pads every leaf of a pair by itself', () => {
    const source = fromItems([
      { from: np.ones([2]), to: np.ones([4]) },
      { from: np.ones([3]), to: np.ones([1]) },
    ])
    const { values, lengths } = pipe(source, padBatch(2)).at(0)
    expect([values.from.shape, values.to.shape]).toEqual([
      [2, 3],
      [2, 4],
    ])
    expect([lengths.from.toArray(), lengths.to.toArray()]).toEqual([
      [2, 3],
      [4, 1],
    ])
  })

  it('refuses scalars', () => {
    expect(() => pipe(fromItems([1, 2]), padBatch(2)).at(0)).toThrow(/a scalar has no length/)
  })
})

describe('withMasks', () => {
  it('says where each leaf of a pair has values', () => {
    const source = fromItems([
      { from: np.ones([2]), to: np.ones([1, 3]) },
      { from: np.ones([3]), to: np.ones([2, 3]) },
    ])
    const { values, masks } = withMasks(pipe(source, padBatch(2)).at(0))
    expect(values.to.shape).toEqual([2, 2, 3])
    expect([masks.from.toArray(), masks.to.toArray()]).toEqual([
      [
        [true, true, false],
        [true, true, true],
      ],
      [
        [true, false],
        [true, true],
      ],
    ])
  })
})

describe('bucketByLength', () => {
  it('takes as many as have room in so many positions', () => {
    const source = fromItems([1, 2, 2, 1, 2, 6, 5, 6].map(sequence))
    const batches = pipe(source, bucketByLength({ boundaries: [2, 6], positions: 12 }))
    const shapes = Array.from({ length: batches.length }, (_, i) => batches.at(i).values.shape)
    expect(shapes).toEqual([
      [2, 6],
      [5, 2],
      [1, 6],
    ])
    expect(() => pipe(source, bucketByLength({ boundaries: [6], size: 1, positions: 6 }))).toThrow(/not both/)
    expect(() => pipe(source, bucketByLength({ boundaries: [6] }))).toThrow(/either size/)
    expect(() => pipe(source, bucketByLength({ boundaries: [6], positions: 5 }))).toThrow(/the size is 0/)
  })
  const options = { boundaries: [2, 5, 9], size: [3, 2, 2] } as const

  it('hands out every sequence once, in batches of few shapes, in every epoch', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(9), { minLength: 1, maxLength: 20 }), fc.nat(50), (lengths, seed) => {
        const source = pipe(fromItems(lengths.map(sequence)), shuffle(random.key(seed)), bucketByLength(options))
        for (const epoch of [0, 1, 7]) {
          const rows = Array.from({ length: source.length }, (_, i) => source.at(i, epoch)).flatMap((padded) => {
            const [count, width] = padded.values.shape as readonly [number, number]
            const bucket = options.boundaries.indexOf(width as 2)
            expect(count).toBeLessThanOrEqual(options.size[bucket] as number)
            const longest = Math.max(...(padded.lengths.toArray() as number[]))
            expect(longest).toBeGreaterThan(options.boundaries[bucket - 1] ?? -1)
            return rowsOf(padded)
          })
          const sorted = (lists: number[][]): string[] => lists.map(String).sort()
          expect(sorted(rows)).toEqual(sorted(lengths.map((n, i) => new Array<number>(n).fill(i + 1))))
        }
      }),
      { numRuns: 50 },
    )
  })

  it('goes on from any cursor', () => {
    const build = () =>
      pipe(fromItems([1, 4, 2, 9, 3, 3, 8].map(sequence)), shuffle(random.key(3)), bucketByLength(options), repeat(2))
    const whole = [...iterate(build())].map(([padded]) => rowsOf(padded))
    whole.forEach((_, position) => {
      const rest = [...iterate(build(), cursorOf(build(), position))].map(([padded]) => rowsOf(padded))
      expect(rest).toEqual(whole.slice(position))
    })
  })

  it('refuses or drops what is longer than the last boundary', () => {
    const source = fromItems([sequence(10, 0), sequence(1, 1)])
    expect(() => pipe(source, bucketByLength(options))).toThrow(/element 0 has length 10, beyond the last boundary 9/)
    expect(pipe(source, bucketByLength({ ...options, longer: 'drop' })).length).toBe(1)
    expect(pipe(source, bucketByLength({ ...options, longer: 'drop', dropRemainder: true })).length).toBe(0)
    expect(() => pipe(source, bucketByLength({ boundaries: [5, 2], size: 1 }))).toThrow(/have to rise/)
  })
})
