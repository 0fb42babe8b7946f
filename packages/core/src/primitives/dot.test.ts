import { describe, expect, it } from 'vitest'
import { elements, expectBatches, expectClose, expectDerivatives, spread, tensor } from '../../test/oracle.js'
import { range, sizeOf, stridesOf } from '../shape.js'
import type { Tensor } from '../tensor.js'
import { convertElementType } from './convert.js'
import { type DotDimensionNumbers, dotGeneral } from './dot.js'
import { broadcastInDim, transpose } from './shape.js'

/** Every index of a shape in row-major order. */
const indices = (shape: readonly number[]): number[][] =>
  range(sizeOf(shape)).map((flat) => stridesOf(shape).map((s, i) => Math.floor(flat / s) % (shape[i] as number)))

const naive = (x: Tensor, y: Tensor, { contract, batch }: DotDimensionNumbers): Tensor => {
  const rest = (t: Tensor, side: 0 | 1): number[] =>
    range(t.ndim).filter((a) => !contract[side].includes(a) && !batch[side].includes(a))
  const [xFree, yFree] = [rest(x, 0), rest(y, 1)]
  const size = (t: Tensor, axes: readonly number[]): number[] => axes.map((a) => t.shape[a] as number)
  const shape = [...size(x, batch[0]), ...size(x, xFree), ...size(y, yFree)]
  const [xs, ys, xSteps, ySteps] = [elements(x), elements(y), stridesOf(x.shape), stridesOf(y.shape)]
  const offset = (axes: readonly number[], steps: readonly number[], index: readonly number[]): number =>
    axes.reduce((sum, a, i) => sum + (steps[a] as number) * (index[i] as number), 0)
  const values = indices(shape).map((index) => {
    const b = index.slice(0, batch[0].length)
    const fx = index.slice(b.length, b.length + xFree.length)
    const fy = index.slice(b.length + xFree.length)
    return indices(size(x, contract[0])).reduce((sum, k) => {
      const left = xs[
        offset(batch[0], xSteps, b) + offset(xFree, xSteps, fx) + offset(contract[0], xSteps, k)
      ] as number
      const right = ys[
        offset(batch[1], ySteps, b) + offset(yFree, ySteps, fy) + offset(contract[1], ySteps, k)
      ] as number
      return sum + left * right
    }, 0)
  })
  return tensor(values, shape, x.dtype)
}

const cases: readonly { name: string; x: number[]; y: number[]; d: DotDimensionNumbers }[] = [
  { name: 'matrix · matrix', x: [3, 4], y: [4, 5], d: { contract: [[1], [0]], batch: [[], []] } },
  { name: 'transposed left', x: [4, 3], y: [4, 5], d: { contract: [[0], [0]], batch: [[], []] } },
  { name: 'transposed right', x: [3, 4], y: [5, 4], d: { contract: [[1], [1]], batch: [[], []] } },
  { name: 'vector · vector', x: [4], y: [4], d: { contract: [[0], [0]], batch: [[], []] } },
  { name: 'outer product', x: [3], y: [2], d: { contract: [[], []], batch: [[], []] } },
  { name: 'batches in front', x: [2, 3, 4], y: [2, 4, 2], d: { contract: [[2], [1]], batch: [[0], [0]] } },
  { name: 'batches behind', x: [3, 4, 2], y: [4, 2, 2], d: { contract: [[1], [0]], batch: [[2], [1]] } },
  {
    name: 'two contracting axes out of order',
    x: [2, 3, 4],
    y: [4, 5, 2],
    d: {
      contract: [
        [2, 0],
        [0, 2],
      ],
      batch: [[], []],
    },
  },
  {
    name: 'attention over [batch, time, head, size]',
    x: [2, 3, 2, 2],
    y: [2, 3, 2, 2],
    d: {
      contract: [[3], [3]],
      batch: [
        [0, 2],
        [0, 2],
      ],
    },
  },
  { name: 'size 1 everywhere', x: [1, 1], y: [1, 1], d: { contract: [[1], [0]], batch: [[], []] } },
]

describe('dotGeneral', () => {
  for (const { name, x, y, d } of cases) {
    it(name, () => {
      const [a, b] = [spread(x), spread(y, -1, 1, 2)]
      const f = ([u, v]: readonly Tensor[]): Tensor[] => [dotGeneral(u as Tensor, v as Tensor, d)]
      expectClose(dotGeneral(a, b, d), naive(a, b, d), 1e-14)
      expectDerivatives(f, [a, b])
      expectBatches(f, [a, b])
    })
  }
  it('sums over nothing', () => {
    expect(
      dotGeneral(tensor([], [2, 0]), tensor([], [0, 3]), { contract: [[1], [0]], batch: [[], []] }).toArray(),
    ).toEqual([
      [0, 0, 0],
      [0, 0, 0],
    ])
    expect(dotGeneral(tensor([], [0, 2]), spread([2, 3]), { contract: [[1], [0]], batch: [[], []] }).shape).toEqual([
      0, 3,
    ])
  })
  it('reads broadcast and transposed views', () => {
    const d = { contract: [[1], [0]], batch: [[], []] } as const
    const x = broadcastInDim(spread([4]), [3, 4], [1])
    const y = transpose(spread([5, 4]), [1, 0])
    expectClose(dotGeneral(x, y, d), naive(x, y, d), 1e-14)
    const ones = broadcastInDim(tensor([1], []), [3, 4], [])
    expectClose(dotGeneral(ones, y, d), naive(ones, y, d), 1e-14)
  })
  it('multiplies integers exactly, modulo their range', () => {
    const d = { contract: [[1], [0]], batch: [[], []] } as const
    const x = tensor([70000, 1, 2, 3], [2, 2], 'int32')
    expect(dotGeneral(x, x, d).toArray()).toEqual([
      [(70000 * 70000 + 2) | 0, 70003],
      [140006, 11],
    ])
    const u = tensor([65536, 65537], [1, 2], 'uint32')
    expect(dotGeneral(u, u, { contract: [[1], [1]], batch: [[], []] }).item()).toBe(131073)
    const b = tensor([200, 100], [1, 2], 'uint8')
    expect(dotGeneral(b, b, { contract: [[1], [1]], batch: [[], []] }).item()).toBe(50000 % 256)
    expect(dotGeneral(b, b, { contract: [[1], [1]], batch: [[], []] }, 'int32').item()).toBe(50000)
    const p = tensor([1, 0], [1, 2], 'bool')
    expect(dotGeneral(p, p, { contract: [[1], [1]], batch: [[], []] }).toArray()).toEqual([[true]])
  })
  it('float32 agrees with float64 to rounding', () => {
    const d = { contract: [[1], [0]], batch: [[], []] } as const
    const [x, y] = [spread([33, 70]), spread([70, 41])]
    const single = dotGeneral(convertElementType(x, 'float32'), convertElementType(y, 'float32'), d)
    expectClose(convertElementType(single, 'float64'), naive(x, y, d), 1e-5)
  })
  it('names operands and axes that do not fit', () => {
    expect(() => dotGeneral(spread([3, 4]), spread([5, 4]), { contract: [[1], [0]], batch: [[], []] })).toThrow(
      'float64[3,4] and float64[5,4] differ in the contracting axes 1 and 0: 4 and 5',
    )
  })
})
