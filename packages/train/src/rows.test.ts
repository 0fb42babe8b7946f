import { np } from '@puregrad/core'
import { describe, expect, it } from 'vitest'
import { rowsOf } from './rows.js'

const x = np.array([
  [1, 2],
  [3, 4],
  [5, 6],
])
const y = np.array(Uint8Array.of(7, 8, 9))

describe('rowsOf', () => {
  it('takes rows of every tensor in the order asked for', () => {
    const taken = rowsOf('fit', { x, y }).take([2, 0], [2])
    expect(taken.x.toArray()).toEqual([
      [5, 6],
      [1, 2],
    ])
    expect(taken.y.toArray()).toEqual([9, 7])
  })

  it('keeps dtypes, and groups rows into batches', () => {
    const taken = rowsOf('fit', { x, y: [y, y.gt(7)] as const }).take([0, 1, 2, 0], [2, 2])
    expect(taken.x.shape).toEqual([2, 2, 2])
    expect(taken.y[0].dtype).toBe('uint8')
    expect(taken.y[1].dtype).toBe('bool')
    expect(taken.y[1].toArray()).toEqual([
      [false, true],
      [true, false],
    ])
  })

  it('slices in order', () => {
    expect(rowsOf('predict', x).slice(1, 3).toArray()).toEqual([
      [3, 4],
      [5, 6],
    ])
  })

  it('names what does not fit', () => {
    expect(() => rowsOf('fit', { x, y: np.array([1, 2]) })).toThrow(
      'fit: examples.x float32[3,2] and examples.y float32[2] are not equally many. Were both cut to the same number?',
    )
    expect(() => rowsOf('fit', { x: np.array(1) })).toThrow(/examples\.x float32\[\] has no axis of examples/)
    expect(() => rowsOf('fit', { x: np.zeros([0, 2]) })).toThrow('fit: there are no examples.')
  })
})
