import { describe, expect, it } from 'vitest'
import { elements, tensor } from '../../test/oracle.js'
import type { DType } from '../dtype.js'
import { batchFlat } from '../trace/batch.js'
import { add } from './arithmetic.js'
import { broadcastedIota, iota } from './iota.js'

describe('iota', () => {
  it.each<DType>(['float32', 'float64', 'int32', 'uint32', 'uint8'])('counts in %s', (dtype) => {
    expect([iota(dtype, 4).dtype, elements(iota(dtype, 4))]).toEqual([dtype, [0, 1, 2, 3]])
    expect(iota(dtype, 0).shape).toEqual([0])
  })
  it('counts along any axis', () => {
    expect(elements(broadcastedIota('int32', [2, 3], 0))).toEqual([0, 0, 0, 1, 1, 1])
    expect(elements(broadcastedIota('int32', [2, 3], -1))).toEqual([0, 1, 2, 0, 1, 2])
    expect(elements(broadcastedIota('int32', [2, 2, 2], 1))).toEqual([0, 0, 1, 1, 0, 0, 1, 1])
  })
  it('is the same for every member of a batch', () => {
    const [[y], [axis]] = batchFlat(
      ([x]) => [add(x as never, iota('float64', 2))],
      [tensor([1, 2, 3, 4], [2, 2])],
      [0],
      { size: 2, name: null },
    )
    expect([axis, elements(y as never)]).toEqual([0, [1, 3, 3, 5]])
  })
  it('refuses bool and axes that are not there', () => {
    expect(() => iota('bool', 2)).toThrow(/int32/)
    expect(() => broadcastedIota('int32', [2], 1)).toThrow(/axis 1/)
  })
})
