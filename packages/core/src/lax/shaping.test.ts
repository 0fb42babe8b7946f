import { describe, expect, it } from 'vitest'
import { expectDerivatives, spread, tensor } from '../../test/oracle.js'
import { range } from '../shape.js'
import { scalar, type Tensor } from '../tensor.js'
import * as lax from './shaping.js'

const x = tensor(range(6), [2, 3])

describe('shaping', () => {
  it('full repeats a scalar', () => {
    expect(lax.full([2], 7).toArray()).toEqual([7, 7])
    expect([lax.full([2], 1).dtype, lax.full([2], 1, 'int32').dtype, lax.full([], true).dtype]).toEqual([
      'float32',
      'int32',
      'bool',
    ])
    expect(lax.fullLike(x, 2).toArray()).toEqual([
      [2, 2, 2],
      [2, 2, 2],
    ])
    expect(() => lax.full([2], x)).toThrow('np.full broadcasts')
    expectDerivatives(([v]) => [lax.full([2, 3], v as Tensor)], [scalar(2, 'float64')])
  })
  it('reshape may reorder axes first', () => {
    expect(lax.reshape(x, [3, 2]).toArray()).toEqual([
      [0, 1],
      [2, 3],
      [4, 5],
    ])
    expect(lax.reshape(x, [6], [1, 0]).toArray()).toEqual([0, 3, 1, 4, 2, 5])
    expect(lax.reshape(x, [6], { dimensions: [1, 0] }).toArray()).toEqual([0, 3, 1, 4, 2, 5])
    expect(() => lax.reshape(x, [4])).toThrow('6 elements')
  })
  it('transpose, broadcast, broadcastInDim', () => {
    expect(lax.transpose(x, [1, 0]).toArray()).toEqual([
      [0, 3],
      [1, 4],
      [2, 5],
    ])
    expect(lax.broadcast(x, [2]).toArray()).toEqual([x.toArray(), x.toArray()])
    expect(lax.broadcastInDim(tensor([1, 2]), [2, 3], [0]).toArray()).toEqual([
      [1, 1, 1],
      [2, 2, 2],
    ])
    expect(lax.broadcastShapes([2, 1], [3])).toEqual([2, 3])
  })
  it('expandDims and squeeze undo each other', () => {
    expect(lax.expandDims(x, [0, -1]).shape).toEqual([1, 2, 3, 1])
    expect(lax.expandDims(x, 1).shape).toEqual([2, 1, 3])
    expect(lax.squeeze(lax.expandDims(x, [0, -1]), [0, 3]).toArray()).toEqual(x.toArray())
    expect(() => lax.squeeze(x, 1)).toThrow('axis 1 of float64[2,3] has size 3')
  })
  it('collapse joins axes', () => {
    expect(lax.collapse(spread([2, 3, 4]), 1).shape).toEqual([2, 12])
    expect(lax.collapse(spread([2, 3, 4]), 0, -1).shape).toEqual([6, 4])
    expect(() => lax.collapse(x, 1, 1)).toThrow('The stop lies behind the start')
  })
})
