import { describe, expect, it } from 'vitest'
import { elements, expectBatches, expectClose, expectDerivatives, spread, tensor } from '../../test/oracle.js'
import { range } from '../shape.js'
import type { Tensor } from '../tensor.js'
import { batchFlat } from '../trace/batch.js'
import { type GatherDimensionNumbers, type GatherOptions, gather } from './gather.js'
import { reshape, transpose } from './shape.js'
import { slice } from './slice.js'

const counted = (shape: readonly number[], dtype: 'float64' | 'int32' | 'uint8' = 'float64'): Tensor =>
  tensor(range(shape.reduce((a, b) => a * b, 1)), shape, dtype)
const rows = { offsetDims: [1], collapsedSliceDims: [0], startIndexMap: [0] } as const
const at = (positions: readonly number[], shape: readonly number[]): Tensor => tensor(positions, shape, 'int32')

describe('gather', () => {
  it('takes rows', () =>
    expect(gather(counted([3, 2]), at([2, 0], [2, 1]), rows, [1, 2]).toArray()).toEqual([
      [4, 5],
      [0, 1],
    ]))
  it('takes columns with the slice axis in front', () => {
    const d = { offsetDims: [0], collapsedSliceDims: [1], startIndexMap: [1] }
    expect(gather(counted([3, 2]), at([1, 1, 0], [3, 1]), d, [3, 1]).toArray()).toEqual([
      [1, 1, 0],
      [3, 3, 2],
      [5, 5, 4],
    ])
  })
  it('takes windows at two-component positions, components in any order', () => {
    const d = { offsetDims: [1, 2], collapsedSliceDims: [], startIndexMap: [1, 0] }
    expect(gather(counted([3, 4]), at([2, 0, 1, 1], [2, 2]), d, [2, 2]).toArray()).toEqual([
      [
        [2, 3],
        [6, 7],
      ],
      [
        [5, 6],
        [9, 10],
      ],
    ])
  })
  it('walks shared batching axes together', () => {
    const d = {
      offsetDims: [],
      collapsedSliceDims: [1],
      startIndexMap: [1],
      operandBatchingDims: [0],
      startIndicesBatchingDims: [0],
    }
    expect(gather(counted([3, 4]), at([3, 0, 1], [3, 1]), d, [1, 1]).toArray()).toEqual([3, 4, 9])
  })
  it('fills, clips, and has a default for every dtype', () => {
    const out = at([-1, 1, 3], [3, 1])
    const one = { offsetDims: [], collapsedSliceDims: [0], startIndexMap: [0] }
    const take = (x: Tensor, options?: GatherOptions): number[] => elements(gather(x, out, one, [1], options))
    expect(take(counted([3]))).toEqual([Number.NaN, 1, Number.NaN])
    expect(take(counted([3], 'int32'))).toEqual([-(2 ** 31), 1, -(2 ** 31)])
    expect(take(counted([3], 'uint8'))).toEqual([255, 1, 255])
    expect(take(counted([3]), { mode: 'clip' })).toEqual([0, 1, 2])
    expect(take(counted([3]), { fillValue: 7 })).toEqual([7, 1, 7])
  })
  it('gives the same elements from large operands, which it reads without kernels, as from small ones', () => {
    const large = counted([500, 40])
    const positions = at([499, 3, 0, 500, -1, 17], [6, 1])
    for (const mode of ['fill', 'clip'] as const) {
      const fast = gather(large, positions, rows, [1, 40], { mode })
      const by = gather(
        large,
        at(
          range(600).map((i) => [499, 3, 0, 500, -1, 17][i % 6] as number),
          [600, 1],
        ),
        rows,
        [1, 40],
        { mode },
      )
      expect(elements(fast)).toEqual(elements(slice(by, [0, 0], [6, 40])))
      expect(elements(fast).slice(0, 2)).toEqual([19960, 19961])
    }
    const columns = gather(transpose(large, [1, 0]), at([2], [1, 1]), rows, [1, 500])
    expect(elements(columns)[7]).toBe(282)
  })
  it('takes an empty slice and no slice at all', () => {
    expect(gather(counted([3, 2]), at([0], [1, 1]), rows, [1, 0]).shape).toEqual([1, 0])
    expect(gather(counted([3, 2]), at([], [0, 1]), rows, [1, 2]).shape).toEqual([0, 2])
    const all = { offsetDims: [1, 2], collapsedSliceDims: [], startIndexMap: [] }
    expect(gather(counted([2, 2]), at([], [2, 0]), all, [2, 2]).toArray()).toEqual([
      [
        [0, 1],
        [2, 3],
      ],
      [
        [0, 1],
        [2, 3],
      ],
    ])
  })
  const cases: readonly [string, GatherDimensionNumbers, number[], Tensor, GatherOptions][] = [
    ['repeated rows', rows, [1, 3], at([2, 0, 2], [3, 1]), {}],
    [
      'windows',
      { offsetDims: [1, 2], collapsedSliceDims: [], startIndexMap: [1, 0] },
      [2, 2],
      at([1, 0, 0, 2, 1, 1], [3, 2]),
      {},
    ],
    [
      'clipped windows',
      { offsetDims: [0, 1], collapsedSliceDims: [], startIndexMap: [0] },
      [2, 3],
      at([3, -1], [2, 1]),
      { mode: 'clip' },
    ],
    ['rows outside', rows, [1, 3], at([9, 1], [2, 1]), { fillValue: 2 }],
    [
      'one window without batch axes',
      { offsetDims: [0], collapsedSliceDims: [0], startIndexMap: [0, 1] },
      [1, 2],
      at([1, 1], [2]),
      {},
    ],
  ]
  for (const [name, d, sizes, positions, options] of cases) {
    it(`derivatives and batches: ${name}`, () => {
      const f = ([x]: readonly Tensor[]): Tensor[] => [gather(x as Tensor, positions, d, sizes, options)]
      expectDerivatives(f, [spread([4, 3])])
      expectBatches(f, [spread([4, 3])])
    })
  }
  it('batches positions, with and without the operand', () => {
    const positions = at([2, 0, 1, 1, 9, 2], [3, 2])
    const x = spread([3, 3, 2])
    const f = ([a, i]: readonly Tensor[]): Tensor[] => [
      gather(a as Tensor, reshape(i as Tensor, [2, 1]), rows, [1, 2], { fillValue: 0 }),
    ]
    for (const batched of [true, false]) {
      const operand = batched ? x : slice(x, [0, 0, 0], [1, 3, 2])
      const [[y], [axis]] = batchFlat(f, [batched ? x : reshape(operand, [3, 2]), positions], [batched ? 0 : null, 0], {
        size: 3,
        name: null,
      })
      expect(axis).toBe(0)
      range(3).forEach((b) => {
        const own = reshape(slice(x, [batched ? b : 0, 0, 0], [(batched ? b : 0) + 1, 3, 2]), [3, 2])
        const [single] = f([own, reshape(slice(positions, [b, 0], [b + 1, 2]), [2])])
        expectClose(reshape(slice(y as Tensor, [b, 0, 0], [b + 1, 2, 2]), [2, 2]), single as Tensor, 0)
      })
    }
  })
  it('names what does not fit', () => {
    expect(() => gather(counted([3, 2]), at([0], [1]), { ...rows, offsetDims: [3] }, [1, 2])).toThrow('offsetDims [3]')
    expect(() => gather(counted([3, 2]), counted([1, 1]), rows, [1, 2])).toThrow("indices.astype('int32')")
    expect(() => gather(counted([3, 2]), at([0], [1, 1]), rows, [2, 2])).toThrow('slice sizes have to be 1')
    expect(() => gather(counted([3, 2]), at([0, 0], [1, 2]), rows, [1, 2])).toThrow('size has to be 1')
  })
})
