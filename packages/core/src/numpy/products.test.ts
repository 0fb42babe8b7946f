import { describe, expect, it } from 'vitest'
import { expectBatches, expectDerivatives, spread } from '../../test/oracle.js'
import { np, pipe } from '../index.js'
import type { Tensor } from '../tensor.js'

const [a, b] = [spread([2, 3]), spread([3, 4], -1, 1, 2)]

const cases: readonly (readonly [string, (x: Tensor, y: Tensor) => Tensor, Tensor, Tensor, string])[] = [
  ['dot', (x, y) => np.dot(x, y), spread([2, 2, 3]), b, 'abi,ij->abj'],
  ['inner', (x, y) => np.inner(x, y), a, spread([4, 3]), 'ai,bi->ab'],
  ['outer', (x, y) => np.outer(x, y), spread([2]), spread([3]), 'i,j->ij'],
  ['vdot', (x, y) => np.vdot(x, y), a, spread([2, 3], -1, 1, 4), 'ij,ij->'],
  ['vecdot', (x, y) => np.vecdot(x, y, { axis: 0 }), a, spread([2, 3], -1, 1, 4), 'ij,ij->j'],
  ['matvec', (x, y) => np.matvec(x, y), spread([2, 3, 4]), spread([2, 4]), 'bij,bj->bi'],
  ['vecmat', (x, y) => np.vecmat(x, y), spread([2, 3]), spread([2, 3, 4]), 'bi,bij->bj'],
  [
    'tensordot',
    (x, y) =>
      np.tensordot(x, y, {
        axes: [
          [0, 2],
          [1, 0],
        ],
      }),
    spread([2, 3, 4]),
    spread([4, 2, 5]),
    'aib,bac->ic',
  ],
]

describe.each(cases)('%s', (_, f, x, y, subscripts) => {
  it('is its einsum', () => {
    const expected = np.einsum(subscripts, x, y).data()
    f(x, y)
      .data()
      .forEach((v, i) => {
        expect(v).toBeCloseTo(expected[i] as number, 12)
      })
  })
  it('differentiates and batches', () => {
    const g = ([p, q]: readonly Tensor[]): readonly Tensor[] => [f(p as Tensor, q as Tensor)]
    expectDerivatives(g, [x, y], 1)
    expectBatches(g, [x, y])
  })
})

describe('products', () => {
  it('of Kronecker are blocks', () => {
    expect(np.kron(np.array([[1, 2]]), np.array([[1], [3]])).toArray()).toEqual([
      [1, 2],
      [3, 6],
    ])
    expect(np.kron(np.array([[1, 2]]), np.array([1, 10])).toArray()).toEqual([[1, 10, 2, 20]])
  })
  it('of vectors of space and plane', () => {
    expect(
      np
        .cross(
          np.array([1, 2, 3]),
          np.array([
            [4, 5, 6],
            [1, 2, 3],
          ]),
        )
        .toArray(),
    ).toEqual([
      [-3, 6, -3],
      [0, 0, 0],
    ])
    expect(np.cross(np.array([1, 2]), np.array([3, 4])).item()).toBe(-2)
    expect(np.cross(np.array([[1], [0], [0]]), np.array([[0], [1], [0]]), { axis: 0 }).toArray()).toEqual([
      [0],
      [0],
      [1],
    ])
  })
  it('come data last in a pipe', () => expect(pipe(np.array([1, 2]), np.dot(np.array([3, 4]))).item()).toBe(11))
  it('say which sizes differ', () => {
    expect(() => np.dot(np.ones([2, 3]), np.ones([2]))).toThrow(/sizes 3 and 2/)
    expect(() => np.tensordot(np.ones([2, 3]), np.ones([2, 3]), { axes: 1 })).toThrow(/\[3\].*\[2\]/)
    expect(() => np.cross(np.ones([4]), np.ones([4]))).toThrow(/2 or 3 components/)
  })
})
