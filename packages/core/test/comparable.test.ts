/** `expect` compares tensors by dtype, shape and numbers. */
import { jit, np, type Tensor } from '@puregrad/core'
import { matchers } from '@puregrad/core/testing'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

declare module 'vitest' {
  interface Matchers<T> {
    toBeCloseTensor: (expected: unknown, tolerance?: { readonly rtol?: number; readonly atol?: number }) => T
  }
}
expect.extend(matchers)

const x = np.array([
  [1, 2],
  [3, 4],
])
const failure = (f: () => unknown): string => {
  try {
    f()
  } catch (error) {
    return (error as Error).message
  }
  throw new Error('nothing was thrown')
}

describe('toEqual', () => {
  it.each([
    [
      'numbers',
      np.array([
        [1, 2],
        [3, 5],
      ]),
    ],
    ['shapes', np.array([1, 2, 3, 4])],
    ['dtypes', x.astype('float64')],
    ['ranks', np.array(1)],
  ])('tells %s apart', (_, y) => {
    expect(x).not.toEqual(y)
    expect(y).not.toEqual(x)
    expect({ w: [x] }).not.toEqual({ w: [y] })
    expect(x).not.toStrictEqual(y)
  })
  it('holds however tensors are stored', () => {
    const stored: readonly Tensor[] = [
      np.array([
        [1, 2],
        [3, 4],
      ]),
      np.array([
        [1, 3],
        [2, 4],
      ]).T,
      np.arange(1, 5).astype('float32').reshape([2, 2]),
      jit((v: Tensor) => v.mul(1))(x),
    ]
    for (const y of stored) {
      expect(y).toEqual(x)
      expect(y).toStrictEqual(x)
      expect({ layers: [{ w: y, b: null }] }).toEqual({ layers: [{ w: x, b: null }] })
    }
    expect(np.ones([2, 2])).toEqual(
      np.array([
        [1, 1],
        [1, 1],
      ]),
    )
    expect(np.array(3)).toEqual(np.array(3))
    expect(np.array(3)).not.toEqual(np.array(4))
    expect(np.zeros([0, 2])).toEqual(np.zeros([0, 2]))
    expect(np.zeros([0, 2])).not.toEqual(np.zeros([0, 3]))
    expect(np.array([Number.NaN])).toEqual(np.array([Number.NaN]))
  })
  it('is no array and no number', () => {
    expect(np.array([1, 2])).not.toEqual([1, 2])
    expect(np.array(1)).not.toEqual(1)
    expect([np.array(1)]).not.toEqual([1])
  })
  it('agrees with the arrays', () => {
    const vectors = fc.array(fc.double(), { maxLength: 4 })
    fc.assert(
      fc.property(vectors, vectors, (a, b) => {
        const [u, v] = [a, b].map((e) => np.array(Float64Array.from(e)))
        const same = a.length === b.length && a.every((e, i) => Object.is(e, b[i]))
        if (same) expect(u).toEqual(v)
        else expect(u).not.toEqual(v)
      }),
    )
  })
})

describe('toBeCloseTensor', () => {
  it('takes trees and tolerances', () => {
    expect({ w: x, b: 1 }).toBeCloseTensor({ w: x.add(1e-6), b: np.array(1) })
    expect(x).not.toBeCloseTensor(x.add(0.1))
    expect(x).toBeCloseTensor(x.add(0.1), { atol: 0.2 })
    expect(x).not.toBeCloseTensor(x.astype('float64'))
  })
  it('says where and by how much', () => {
    const message = failure(() =>
      expect({ w: x }).toBeCloseTensor({
        w: x.add(
          np.array([
            [0, 0],
            [0.5, 0],
          ]),
        ),
      }),
    )
    expect(message).toMatch(/the value\.w: .*\[1,0\] is 3 instead of 3\.5/)
    expect(failure(() => expect({ w: x }).toBeCloseTensor({ v: x }))).toContain('toBeCloseTensor')
  })
})
