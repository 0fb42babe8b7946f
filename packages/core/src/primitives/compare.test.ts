import { describe, expect, it } from 'vitest'
import { elements, expectBatches, spread, tensor } from '../../test/oracle.js'
import type { DType } from '../dtype.js'
import type { Tensor } from '../tensor.js'
import { jvpFlat } from '../trace/jvp.js'
import { eq, ge, gt, le, lt, ne } from './compare.js'

const comparisons = { eq, ne, lt, le, gt, ge }
const meaning: Readonly<Record<keyof typeof comparisons, (x: number, y: number) => boolean>> = {
  eq: (x, y) => x === y,
  ne: (x, y) => x !== y,
  lt: (x, y) => x < y,
  le: (x, y) => x <= y,
  gt: (x, y) => x > y,
  ge: (x, y) => x >= y,
}
const names = Object.keys(comparisons) as (keyof typeof comparisons)[]

describe.each(names)('%s', (name) => {
  const f = comparisons[name]
  const [xs, ys] = [
    [0, 1, 2, 1, 200],
    [0, 2, 1, 1, 3],
  ]
  it.each<DType>(['float32', 'float64', 'int32', 'uint32', 'uint8', 'bool'])('means what it says in %s', (dtype) => {
    const [x, y] = [tensor(xs, [5], dtype), tensor(ys, [5], dtype)]
    const expected = elements(x).map((v, i) => Number(meaning[name](v, elements(y)[i] as number)))
    const result = f(x, y)
    expect(result.dtype).toBe('bool')
    expect(elements(result)).toEqual(expected)
  })
  it('knows NaN, infinities and signed zeros', () => {
    const x = [Number.NaN, Number.NaN, 1, Infinity, -0, -Infinity]
    const y = [Number.NaN, 1, Number.NaN, Infinity, 0, Infinity]
    const expected = x.map((v, i) => Number(meaning[name](v, y[i] as number)))
    expect(elements(f(tensor(x), tensor(y)))).toEqual(expected)
  })
  it('has no tangent', () => {
    const [, tangents] = jvpFlat(([a]) => [f(a as Tensor, 0)], [tensor([1])], [tensor([1])])
    expect(tangents).toEqual([null])
  })
  it('batches', () =>
    expectBatches(([a, b]) => [f(a as Tensor, b as Tensor)], [spread([2, 3]), spread([2, 3], -1, 1, 2)]))
})

it('comparing different dtypes says how to convert', () => {
  expect(() => lt(tensor([1]), tensor([1], [1], 'int32'))).toThrow(/lt: .*promote/)
})
