import { lax, type Tensor } from '@puregrad/core'
import type { Sample } from '../sample.js'
import { booleans, floats, integers, numbers, singles } from '../values.js'

const index = (i: number): Tensor => numbers([i], [], 'int32')

export const samples: Readonly<Record<string, readonly Sample[]>> = {
  slice: [
    { args: [floats([4, 5])], run: ([x]) => lax.slice(x as Tensor, [1, 0], [3, 4]) },
    { name: 'strides', args: [floats([5, 4])], run: ([x]) => lax.slice(x as Tensor, [0, 1], [5, 4], [2, 3]) },
    { name: 'empty', args: [floats([3, 2])], run: ([x]) => lax.slice(x as Tensor, [1, 0], [1, 2]) },
    { name: 'float32', args: [singles([3, 2])], run: ([x]) => lax.slice(x as Tensor, [1, 1], [3, 2]) },
    { name: 'int32', args: [integers([6])], run: ([x]) => lax.slice(x as Tensor, [1], [6], [2]) },
    { name: 'bool', args: [booleans([6])], run: ([x]) => lax.slice(x as Tensor, [2], [5]) },
  ],
  rev: [
    { args: [floats([2, 3])], run: ([x]) => lax.rev(x as Tensor, [1]) },
    { name: 'all axes', args: [floats([2, 3, 2])], run: ([x]) => lax.rev(x as Tensor, [0, 1, 2]) },
    { name: 'empty', args: [floats([0, 2])], run: ([x]) => lax.rev(x as Tensor, [0, 1]) },
    { name: 'uint8', args: [integers([4], 0, 9, 'uint8')], run: ([x]) => lax.rev(x as Tensor, [0]) },
  ],
  dynamicSlice: [
    {
      args: [floats([4, 5]), index(1), index(2)],
      run: ([x, i, j]) => lax.dynamicSlice(x as Tensor, [i as Tensor, j as Tensor], [2, 3]),
    },
    {
      name: 'clamped',
      args: [floats([4, 2]), index(9)],
      run: ([x, i]) => lax.dynamicSlice(x as Tensor, [i as Tensor, 0], [2, 2]),
    },
    {
      name: 'negative',
      args: [floats([4]), index(-3)],
      run: ([x, i]) => lax.dynamicSlice(x as Tensor, [i as Tensor], [2]),
    },
    { name: 'scalar', args: [floats([])], run: ([x]) => lax.dynamicSlice(x as Tensor, [], []) },
    {
      name: 'bool',
      args: [booleans([5]), index(1)],
      run: ([x, i]) => lax.dynamicSlice(x as Tensor, [i as Tensor], [3]),
    },
  ],
  dynamicUpdateSlice: [
    {
      args: [floats([4, 5]), floats([2, 2], -1, 1, 2), index(1), index(3)],
      run: ([x, u, i, j]) => lax.dynamicUpdateSlice(x as Tensor, u as Tensor, [i as Tensor, j as Tensor]),
    },
    {
      name: 'clamped',
      args: [floats([4]), floats([2], -1, 1, 2), index(7)],
      run: ([x, u, i]) => lax.dynamicUpdateSlice(x as Tensor, u as Tensor, [i as Tensor]),
    },
    {
      name: 'everything',
      args: [singles([3]), singles([3], -1, 1, 2), index(0)],
      run: ([x, u, i]) => lax.dynamicUpdateSlice(x as Tensor, u as Tensor, [i as Tensor]),
    },
    {
      name: 'int32',
      args: [integers([4]), integers([1], 0, 9, 'int32', 2), index(2)],
      run: ([x, u, i]) => lax.dynamicUpdateSlice(x as Tensor, u as Tensor, [i as Tensor]),
    },
  ],
}
