/** What tensors print as. */
import { inspect } from 'node:util'
import { jit, np, type Tensor, vmap } from '@puregrad/core'
import { describe, expect, it } from 'vitest'

const text = (x: Tensor): string => {
  expect(inspect(x)).toBe(String(x))
  expect(`${x}`).toBe(String(x))
  return String(x)
}

/** `value`, after something was done. */
const after = <T>(_done: unknown, value: T): T => value

describe('a tensor prints its dtype, shape and numbers', () => {
  it.each([
    ['a scalar', np.array(3), 'float32[] 3.'],
    ['a vector', np.array([1, 2.5, -3]), 'float32[3] [ 1., 2.5, -3.]'],
    ['integers', np.array([1, 20]).astype('int32'), 'int32[2] [ 1, 20]'],
    ['booleans', np.array([true, false]), 'bool[2] [ true, false]'],
    [
      'a matrix',
      np.array([
        [1, 2],
        [3, 4],
      ]),
      'float32[2,2]\n[[1., 2.],\n [3., 4.]]',
    ],
    ['nothing', np.zeros([0, 3]), 'float32[0,3] []'],
    [
      'specials',
      np.array([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]),
      'float32[3] [ nan,  inf, -inf]',
    ],
    ['the digits that float32 has', np.array([0.1, 1 / 3]), 'float32[2] [       0.1, 0.33333334]'],
    ['the digits that float64 has', np.array([0.1 + 0.2], { dtype: 'float64' }), 'float64[1] [0.30000000000000004]'],
    ['small numbers', np.array([1e-10]), 'float32[1] [1e-10]'],
  ] as const)('%s', (_, x, expected) => {
    expect(text(x)).toBe(expected)
  })
  it('in three dimensions, with a blank line between matrices', () => {
    expect(text(np.arange(8).astype('int32').reshape([2, 2, 2]))).toBe(
      'int32[2,2,2]\n[[[0, 1],\n  [2, 3]],\n\n [[4, 5],\n  [6, 7]]]',
    )
  })
  it('without the middle of large ones', () => {
    expect(text(np.arange(2000).astype('int32'))).toBe('int32[2000] [   0,    1,    2, ..., 1997, 1998, 1999]')
    const rows = text(np.zeros([500, 500])).split('\n')
    expect(rows.length).toBe(8)
    expect(rows[4]).toBe(' ...,')
  })
})

it('a tracer prints what it stands for and who traces it', () => {
  const seen: string[] = []
  jit((x: Tensor) => after(seen.push(text(x)), x))(np.zeros([128, 10]))
  vmap((x: Tensor) => after(seen.push(text(x)), x))(np.zeros([128, 10]))
  expect(seen).toEqual(['float32[128,10] traced by jit', 'float32[10] traced by vmap'])
})

it('becomes JSON', () => {
  expect(JSON.parse(JSON.stringify(np.array([[1, 2]])))).toEqual({ shape: [1, 2], dtype: 'float32', data: [[1, 2]] })
})
