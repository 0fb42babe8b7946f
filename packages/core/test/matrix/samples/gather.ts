import { lax, type Tensor } from '@puregrad/core'
import type { Sample } from '../sample.js'
import { floats, integers, numbers, singles } from '../values.js'

const at = (positions: readonly number[], shape: readonly number[] = [positions.length, 1]): Tensor =>
  numbers(positions, shape, 'int32')
const rows = { offsetDims: [1], collapsedSliceDims: [0], startIndexMap: [0] }

export const samples: Readonly<Record<string, readonly Sample[]>> = {
  gather: [
    { args: [floats([4, 3]), at([2, 0, 2])], run: ([x, i]) => lax.gather(x as Tensor, i as Tensor, rows, [1, 3]) },
    {
      name: 'windows, components swapped',
      args: [floats([3, 4]), at([2, 0, 1, 1], [2, 2])],
      run: ([x, i]) =>
        lax.gather(
          x as Tensor,
          i as Tensor,
          { offsetDims: [0, 2], collapsedSliceDims: [], startIndexMap: [1, 0] },
          [2, 2],
        ),
    },
    {
      name: 'clipped',
      args: [floats([4, 3]), at([9, -1])],
      run: ([x, i]) => lax.gather(x as Tensor, i as Tensor, rows, [1, 3], { mode: 'clip' }),
    },
    {
      name: 'filled',
      args: [floats([4, 3]), at([9, 1])],
      run: ([x, i]) => lax.gather(x as Tensor, i as Tensor, rows, [1, 3], { fillValue: 2 }),
    },
    {
      name: 'along shared batching axes',
      args: [floats([2, 3]), at([2, 0, 1, 1], [2, 2, 1])],
      run: ([x, i]) =>
        lax.gather(
          x as Tensor,
          i as Tensor,
          {
            offsetDims: [],
            collapsedSliceDims: [1],
            startIndexMap: [1],
            operandBatchingDims: [0],
            startIndicesBatchingDims: [0],
          },
          [1, 1],
        ),
    },
    {
      name: 'nothing',
      args: [floats([4, 3]), at([])],
      run: ([x, i]) => lax.gather(x as Tensor, i as Tensor, rows, [1, 3]),
    },
    {
      name: 'float32',
      args: [singles([4, 2]), at([3])],
      run: ([x, i]) => lax.gather(x as Tensor, i as Tensor, rows, [1, 2]),
    },
    {
      name: 'uint8',
      args: [integers([4, 2], 0, 9, 'uint8'), at([3, 7])],
      run: ([x, i]) => lax.gather(x as Tensor, i as Tensor, rows, [1, 2]),
    },
  ],
}
