import { describe, expect, it } from 'vitest'
import { elements, expectBatches, expectDerivatives, spread, tensor } from '../../test/oracle.js'
import type { Tensor } from '../tensor.js'
import { linearizeFlat } from '../trace/linearize.js'
import { max, min } from './maximum.js'

const [a, b] = [spread([3, 4]), spread([3, 4], -1, 1, 2)]

describe.each([
  ['max', max, Math.max],
  ['min', min, Math.min],
] as const)('%s', (_, f, reference) => {
  it('agrees with JavaScript, NaN and signed zeros included', () => {
    const [x, y] = [
      [1, -1, Number.NaN, 2, -0, 0],
      [2, -2, 1, Number.NaN, 0, -0],
    ] as const
    expect(elements(f(tensor(x), tensor(y)))).toEqual(x.map((v, i) => reference(v, y[i] as number)))
    expect(elements(f(tensor([3, -4], [2], 'int32'), tensor([-3, 4], [2], 'int32')))).toEqual([
      reference(3, -3),
      reference(-4, 4),
    ])
  })
  it('has derivatives', () => expectDerivatives(([x, y]) => [f(x as Tensor, y as Tensor)], [a, b]))
  it('batches', () => expectBatches(([x, y]) => [f(x as Tensor, y as Tensor)], [a, b]))
  it('shares the derivative at ties', () => {
    const { pullback } = linearizeFlat(([x, y]) => [f(x as Tensor, y as Tensor)], [tensor([1, 2]), tensor([1, 2])])
    expect(pullback([tensor([1, 4])]).map((c) => elements(c as Tensor))).toEqual([
      [0.5, 2],
      [0.5, 2],
    ])
  })
})
