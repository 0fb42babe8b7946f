import { lax, type Tensor } from '@puregrad/core'
import type { Sample } from '../sample.js'
import { floats, integers, numbers, singles } from '../values.js'

const at = (positions: readonly number[], shape: readonly number[] = [positions.length, 1]): Tensor =>
  numbers(positions, shape, 'int32')
const rows = { updateWindowDims: [1], insertedWindowDims: [0], scatterDimsToOperandDims: [0] }
const points = { updateWindowDims: [], insertedWindowDims: [0], scatterDimsToOperandDims: [0] }
const windows = { updateWindowDims: [0, 2], insertedWindowDims: [], scatterDimsToOperandDims: [0, 1] }

const cases = (f: typeof lax.scatter): readonly Sample[] => [
  {
    args: [floats([4, 2]), at([2, 0]), floats([2, 2], -1.3, 1.1, 2)],
    run: ([x, i, u]) => f(x as Tensor, i as Tensor, u as Tensor, rows),
  },
  {
    name: 'repeated and dropped',
    args: [floats([4]), at([2, 0, 2, 9]), floats([4], -1.3, 1.1, 2)],
    run: ([x, i, u]) => f(x as Tensor, i as Tensor, u as Tensor, points),
  },
  {
    name: 'overlapping windows, clipped',
    args: [floats([3, 4]), at([0, 1, 5, 0], [2, 2]), floats([2, 2, 2], -1.3, 1.1, 2)],
    run: ([x, i, u]) => f(x as Tensor, i as Tensor, u as Tensor, windows, { mode: 'clip' }),
  },
  {
    name: 'unique',
    args: [floats([4]), at([3, 1]), floats([2], -1.3, 1.1, 2)],
    run: ([x, i, u]) => f(x as Tensor, i as Tensor, u as Tensor, points, { uniqueIndices: true }),
  },
  {
    name: 'nothing',
    args: [floats([3]), at([]), floats([0])],
    run: ([x, i, u]) => f(x as Tensor, i as Tensor, u as Tensor, points),
  },
  {
    name: 'float32',
    args: [singles([3]), at([1]), singles([1], -1.3, 1.1, 2)],
    run: ([x, i, u]) => f(x as Tensor, i as Tensor, u as Tensor, points),
  },
  {
    name: 'int32',
    args: [integers([3]), at([1, 1]), integers([2], 0, 9, 'int32', 2)],
    run: ([x, i, u]) => f(x as Tensor, i as Tensor, u as Tensor, points),
  },
]

export const samples: Readonly<Record<string, readonly Sample[]>> = {
  scatter: cases(lax.scatter),
  scatterAdd: cases(lax.scatterAdd),
  scatterMul: cases(lax.scatterMul),
  scatterMin: cases(lax.scatterMin),
  scatterMax: cases(lax.scatterMax),
}
