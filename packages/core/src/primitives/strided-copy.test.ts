import { describe, expect, it } from 'vitest'
import { range, sizeOf, stridesOf } from '../shape.js'
import { copiesCheaply, copyInto, copyStrided } from './strided-copy.js'

const source = Float64Array.from({ length: 5000 }, (_, i) => i)
const expected = (offset: number, shape: readonly number[], strides: readonly number[]): number[] =>
  range(sizeOf(shape)).map((flat) =>
    stridesOf(shape).reduce(
      (at, s, i) => at + (Math.floor(flat / s) % (shape[i] as number)) * (strides[i] as number),
      offset,
    ),
  )

describe('copyStrided reads what the strides reach, row-major', () => {
  const cases: readonly [string, number, number[], number[]][] = [
    ['a scalar', 7, [], []],
    ['a run', 3, [40], [1]],
    ['rows', 10, [3, 50], [100, 1]],
    ['short rows', 10, [4, 3], [100, 1]],
    ['columns', 2, [50, 2], [1, 50]],
    ['backwards', 99, [10], [-3]],
    ['a broadcast', 5, [3, 4], [0, 0]],
    ['joined axes between others', 1, [2, 3, 4, 5], [1000, 20, 5, 1]],
    ['axes of size 1', 4, [1, 3, 1, 2, 1], [9, 7, 9, 2, 9]],
    ['nothing', 4, [2, 0, 3], [1, 1, 1]],
  ]
  for (const [name, offset, shape, strides] of cases) {
    it(name, () => {
      const y = copyStrided(source, offset, strides, { shape, dtype: 'float64', weakType: false })
      expect(Array.from(y.elements())).toEqual(expected(offset, shape, strides))
    })
  }
  it('copyInto writes from a position', () => {
    const target = new Float64Array(5)
    copyInto(target, 2, source, 1, [2], [2])
    expect(Array.from(target)).toEqual([0, 0, 1, 3, 0])
  })
})

describe('copiesCheaply', () => {
  it('prefers JavaScript for small parts, long runs and a few elements', () => {
    expect(copiesCheaply(10_000, [1000], [3])).toBe(true)
    expect(copiesCheaply(10_000, [90, 100], [100, 1])).toBe(true)
    expect(copiesCheaply(20, [20], [-1])).toBe(true)
  })
  it('prefers kernels for scattered elements of most of an operand', () =>
    expect(copiesCheaply(10_000, [5000], [2])).toBe(false))
})
