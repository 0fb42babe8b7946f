import { lax, type Tensor } from '@puregrad/core'
import type { Sample } from '../sample.js'
import { booleans, floats, integers, singles } from '../values.js'

export const samples: Readonly<Record<string, readonly Sample[]>> = {
  concatenate: [
    { args: [floats([2, 3]), floats([1, 3], -2, 2, 2)], run: (xs) => lax.concatenate(xs, 0) },
    { name: 'last axis', args: [floats([2, 1]), floats([2, 2]), floats([2, 0])], run: (xs) => lax.concatenate(xs, 1) },
    { name: 'one tensor twice', args: [floats([2])], run: ([x]) => lax.concatenate([x as Tensor, x as Tensor], 0) },
    { name: 'float32', args: [singles([2]), singles([3], -2, 2, 2)], run: (xs) => lax.concatenate(xs, 0) },
    { name: 'bool', args: [booleans([2]), booleans([3], 2)], run: (xs) => lax.concatenate(xs, 0) },
  ],
  split: [
    { args: [floats([2, 4])], run: ([x]) => lax.split(x as Tensor, [1, 3], 1) },
    { name: 'an empty part', args: [floats([3])], run: ([x]) => lax.split(x as Tensor, [0, 2, 1], 0) },
    { name: 'one part used', args: [floats([3, 2])], run: ([x]) => lax.split(x as Tensor, [2, 1], 0)[1] as Tensor },
    { name: 'int32', args: [integers([4])], run: ([x]) => lax.split(x as Tensor, [2, 2], 0) },
  ],
  pad: [
    {
      args: [floats([2, 3]), floats([])],
      run: ([x, v]) =>
        lax.pad(x as Tensor, v as Tensor, [
          [1, 0, 0],
          [2, 1, 0],
        ]),
    },
    {
      name: 'interior',
      args: [floats([3, 2]), floats([])],
      run: ([x, v]) =>
        lax.pad(x as Tensor, v as Tensor, [
          [0, 1, 2],
          [1, 0, 1],
        ]),
    },
    {
      name: 'negative',
      args: [floats([5]), floats([])],
      run: ([x, v]) => lax.pad(x as Tensor, v as Tensor, [[-1, -2, 0]]),
    },
    {
      name: 'all at once',
      args: [floats([4]), floats([])],
      run: ([x, v]) => lax.pad(x as Tensor, v as Tensor, [[-2, 3, 1]]),
    },
    { name: 'empty', args: [floats([0])], run: ([x]) => lax.pad(x as Tensor, 1, [[1, 1, 0]]) },
    { name: 'int32', args: [integers([3])], run: ([x]) => lax.pad(x as Tensor, 7, [[1, 1, 1]]) },
  ],
}
