import { describe, expect, it } from 'vitest'
import { elements, expectBatches, expectClose, expectDerivatives, spread, tensor } from '../../test/oracle.js'
import { range } from '../shape.js'
import { type Tensor, uniform } from '../tensor.js'
import { batchFlat } from '../trace/batch.js'
import { linearizeFlat } from '../trace/linearize.js'
import { scatter, scatterAdd, scatterMax, scatterMin, scatterMul } from './scatter.js'
import { reshape } from './shape.js'
import { slice } from './slice.js'

const points = { updateWindowDims: [], insertedWindowDims: [0], scatterDimsToOperandDims: [0] } as const
const rows = { updateWindowDims: [1], insertedWindowDims: [0], scatterDimsToOperandDims: [0] } as const
const at = (positions: readonly number[], shape: readonly number[] = [positions.length, 1]): Tensor =>
  tensor(positions, shape, 'int32')
const all = { scatter, scatterAdd, scatterMul, scatterMin, scatterMax }
const x = tensor([1, 2, 3, 4])
const updates = tensor([5, 0.5, 7])

describe('scatter and its kin', () => {
  const positions = at([2, 0, 2])
  it('combine in order', () => {
    expect(elements(scatter(x, positions, updates, points))).toEqual([0.5, 2, 7, 4])
    expect(elements(scatterAdd(x, positions, updates, points))).toEqual([1.5, 2, 15, 4])
    expect(elements(scatterMul(x, positions, updates, points))).toEqual([0.5, 2, 105, 4])
    expect(elements(scatterMin(x, positions, updates, points))).toEqual([0.5, 2, 3, 4])
    expect(elements(scatterMax(x, positions, updates, points))).toEqual([1, 2, 7, 4])
    expect(elements(x)).toEqual([1, 2, 3, 4])
  })
  it('drop what lies outside, or clip it', () => {
    const out = at([-1, 4, 1])
    expect(elements(scatter(x, out, updates, points))).toEqual([1, 7, 3, 4])
    expect(elements(scatterAdd(x, out, updates, points, { mode: 'clip' }))).toEqual([6, 9, 3, 4.5])
  })
  it('take windows whose axes stand anywhere', () => {
    const d = { updateWindowDims: [0], insertedWindowDims: [0], scatterDimsToOperandDims: [0, 1] }
    const y = scatter(
      uniform(0, { shape: [2, 4], dtype: 'float64', weakType: false }),
      at([1, 0, 0, 2], [2, 2]),
      tensor([1, 2, 3, 4], [2, 2]),
      d,
    )
    expect(y.toArray()).toEqual([
      [0, 0, 2, 4],
      [1, 3, 0, 0],
    ])
  })
  it('walk shared batching axes together', () => {
    const d = {
      updateWindowDims: [],
      insertedWindowDims: [1],
      scatterDimsToOperandDims: [1],
      operandBatchingDims: [0],
      scatterIndicesBatchingDims: [0],
    }
    const y = scatterAdd(tensor([0, 0, 0, 0, 0, 0], [2, 3]), at([2, 0], [2, 1]), tensor([5, 6]), d)
    expect(y.toArray()).toEqual([
      [0, 0, 5],
      [6, 0, 0],
    ])
  })
  it('work in every dtype', () => {
    for (const dtype of ['float32', 'int32', 'uint32', 'uint8'] as const) {
      for (const f of Object.values(all)) {
        const y = f(tensor([1, 2], [2], dtype), at([1, 1]), tensor([3, 2], [2], dtype), points)
        expect([y.dtype, elements(y)[0]]).toEqual([dtype, 1])
      }
    }
    expect(scatter(tensor([0, 0], [2], 'bool'), at([1]), tensor([1], [1], 'bool'), points).toArray()).toEqual([
      false,
      true,
    ])
  })
  for (const [name, f] of Object.entries(all)) {
    it(`${name}: derivatives and batches with repeated rows`, () => {
      const g = ([a, u]: readonly Tensor[]): Tensor[] => [f(a as Tensor, at([2, 0, 2, 7]), u as Tensor, rows)]
      const args = [spread([4, 2]), spread([4, 2], -1, 1, 5)]
      expectDerivatives(g, args)
      expectBatches(g, args)
    })
    it(`${name}: derivatives with one window and with unique positions`, () => {
      const d = { updateWindowDims: [0], insertedWindowDims: [0], scatterDimsToOperandDims: [0, 1] }
      expectDerivatives(
        ([a, u]) => [f(a as Tensor, at([1, 1], [2]), u as Tensor, d)],
        [spread([3, 4]), spread([2], -1, 1, 5)],
      )
      expectDerivatives(
        ([a, u]) => [f(a as Tensor, at([3, 0]), u as Tensor, points, { uniqueIndices: true })],
        [spread([4]), spread([2], -1, 1, 5)],
      )
    })
    it(`${name}: batches positions`, () => {
      const positions = at([2, 0, 1, 1, 9, 2], [3, 2])
      const updates3 = spread([3, 2, 2], -1, 1, 4)
      const base = spread([3, 2])
      const g = ([i, u]: readonly Tensor[]): Tensor[] => [f(base, reshape(i as Tensor, [2, 1]), u as Tensor, rows)]
      const [[y]] = batchFlat(g, [positions, updates3], [0, 0], { size: 3, name: null })
      range(3).forEach((b) => {
        const single = g([
          reshape(slice(positions, [b, 0], [b + 1, 2]), [2]),
          reshape(slice(updates3, [b, 0, 0], [b + 1, 2, 2]), [2, 2]),
        ])
        expectClose(reshape(slice(y as Tensor, [b, 0, 0], [b + 1, 3, 2]), [3, 2]), single[0] as Tensor, 0)
      })
    })
  }
  it('scatterMul differentiates through zeros', () => {
    for (const zeros of [
      [0, 2, 3],
      [0, 2, 0],
    ]) {
      expectDerivatives(([u]) => [scatterMul(x, at([1, 1, 1]), u as Tensor, points)], [tensor(zeros)], 1)
    }
  })
  it('scatterMax shares the derivative among ties, the operand included', () => {
    const f = ([a, u]: readonly Tensor[]): Tensor[] => [scatterMax(a as Tensor, at([0, 0, 1]), u as Tensor, points)]
    const linear = linearizeFlat(f, [tensor([2, 1]), tensor([2, 2, 5])])
    const [da, du] = linear.pullback([tensor([6, 1])])
    expect(elements(da as Tensor)).toEqual([2, 0])
    expect(elements(du as Tensor)).toEqual([2, 2, 1])
  })
  it('names what does not fit', () => {
    expect(() => scatter(x, at([0]), tensor([1, 2], [1, 2]), points)).toThrow('updateWindowDims []')
    expect(() => scatter(x, at([0, 1]), tensor([1]), points)).toThrow('need [2]')
    expect(() => scatterAdd(x, at([0]), tensor([1], [1], 'int32'), points)).toThrow("updates.astype('float64')")
  })
})
