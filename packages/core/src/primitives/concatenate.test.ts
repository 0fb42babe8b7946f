import { describe, expect, it } from 'vitest'
import { elements, expectBatches, expectDerivatives, spread, tensor } from '../../test/oracle.js'
import { range } from '../shape.js'
import { scalar, type Tensor } from '../tensor.js'
import { concatenate, pad, split } from './concatenate.js'
import { transpose } from './shape.js'

const counted = (shape: readonly number[]): Tensor => tensor(range(shape.reduce((a, b) => a * b, 1)), shape)

describe('concatenate', () => {
  it('joins along any axis, empty tensors included', () => {
    const x = counted([2, 2])
    expect(concatenate([x, tensor([], [0, 2]), x], 0).toArray()).toEqual([
      [0, 1],
      [2, 3],
      [0, 1],
      [2, 3],
    ])
    expect(concatenate([x, transpose(x, [1, 0])], -1).toArray()).toEqual([
      [0, 1, 0, 2],
      [2, 3, 1, 3],
    ])
  })
  it('derivatives and batches', () => {
    const f = (xs: readonly Tensor[]): Tensor[] => [concatenate(xs, 1)]
    const args = [spread([2, 1]), spread([2, 3], -1, 1, 2), spread([2, 2], -1, 1, 3)]
    expectDerivatives(f, args)
    expectBatches(f, args)
  })
  it('names the shapes that differ', () => {
    expect(() => concatenate([counted([2, 2]), counted([3, 3])], 0)).toThrow('float64[2,2], float64[3,3] along axis 0')
    expect(() => concatenate([], 0)).toThrow('at least one')
  })
})

describe('split', () => {
  it('cuts into parts', () => {
    expect(split(counted([2, 4]), [1, 0, 3], 1).map((p) => p.toArray())).toEqual([
      [[0], [4]],
      [[], []],
      [
        [1, 2, 3],
        [5, 6, 7],
      ],
    ])
  })
  it('derivatives and batches', () => {
    const f = ([x]: readonly Tensor[]): readonly Tensor[] => split(x as Tensor, [2, 1], -1)
    expectDerivatives(f, [spread([2, 3])])
    expectDerivatives((xs) => f(xs).slice(1), [spread([2, 3])])
    expectBatches(f, [spread([2, 3])])
  })
  it('needs sizes that sum to the axis', () => expect(() => split(counted([4]), [1, 2], 0)).toThrow('sum to 4'))
})

describe('pad', () => {
  const naive = (x: readonly number[], value: number, low: number, high: number, interior: number): number[] => {
    const spaced = x.flatMap((v, i) => (i === 0 ? [v] : [...range(interior).map(() => value), v]))
    const before = low >= 0 ? [...range(low).map(() => value), ...spaced] : spaced.slice(-low)
    return high >= 0 ? [...before, ...range(high).map(() => value)] : before.slice(0, before.length + high)
  }
  it('adds, crops and spaces as one axis says', () => {
    for (const low of [-3, -1, 0, 2]) {
      for (const high of [-2, 0, 1]) {
        for (const interior of [0, 1, 2]) {
          const y = pad(tensor([1, 2, 3, 4, 5]), 9, [[low, high, interior]])
          expect(elements(y), `${low} ${high} ${interior}`).toEqual(naive([1, 2, 3, 4, 5], 9, low, high, interior))
        }
      }
    }
  })
  it('pads nothing into something', () => expect(elements(pad(tensor([], [0]), 7, [[1, 1, 3]]))).toEqual([7, 7]))
  it('derivatives and batches, also of the value', () => {
    const f = ([x, v]: readonly Tensor[]): Tensor[] => [
      pad(x as Tensor, v as Tensor, [
        [1, -1, 0],
        [-1, 2, 1],
      ]),
    ]
    expectDerivatives(f, [spread([3, 4]), scalar(0.5, 'float64')])
    expectBatches(f, [spread([3, 4]), scalar(0.5, 'float64')])
    const cropAll = ([x]: readonly Tensor[]): Tensor[] => [pad(x as Tensor, 0, [[-2, -1, 0]])]
    expectDerivatives(cropAll, [spread([3])])
  })
  it('names what does not fit', () => {
    expect(() => pad(counted([2]), 0, [[-2, -1, 0]])).toThrow('would leave -1 elements')
    expect(() => pad(counted([2]), 0, [[0, 0, -1]])).toThrow('interior padding -1')
    expect(() => pad(counted([2]), scalar(0, 'int32'), [[0, 1, 0]])).toThrow("value.astype('float64')")
  })
})
