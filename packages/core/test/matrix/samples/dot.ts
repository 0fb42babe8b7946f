import { lax, type Tensor } from '@puregrad/core'
import type { Sample } from '../sample.js'
import { floats, integers, singles } from '../values.js'

type Dimensions = Parameters<typeof lax.dotGeneral>[2]

const product = (name: string, x: Tensor, y: Tensor, dimensions: Dimensions): Sample => ({
  name,
  args: [x, y],
  run: ([a, b]) => lax.dotGeneral(a as Tensor, b as Tensor, dimensions),
})

export const samples: Readonly<Record<string, readonly Sample[]>> = {
  dotGeneral: [
    product('matrix · matrix', floats([2, 3]), floats([3, 4], -1, 1, 2), [
      [[1], [0]],
      [[], []],
    ]),
    product('both transposed', floats([3, 2]), floats([4, 3], -1, 1, 2), [
      [[0], [1]],
      [[], []],
    ]),
    product('vector · vector', floats([3]), floats([3], -1, 1, 2), [
      [[0], [0]],
      [[], []],
    ]),
    product('outer', floats([2]), floats([3], -1, 1, 2), [
      [[], []],
      [[], []],
    ]),
    product('batches', floats([2, 2, 3]), floats([2, 3, 2], -1, 1, 2), [
      [[2], [1]],
      [[0], [0]],
    ]),
    product('attention', floats([2, 3, 2, 2]), floats([2, 3, 2, 2], -1, 1, 2), [
      [[3], [3]],
      [
        [0, 2],
        [0, 2],
      ],
    ]),
    product('two axes out of order', floats([2, 3, 4]), floats([4, 2, 2], -1, 1, 2), [
      [
        [2, 0],
        [0, 1],
      ],
      [[], []],
    ]),
    product('nothing to sum', floats([2, 0]), floats([0, 2]), [
      [[1], [0]],
      [[], []],
    ]),
    product('float32', singles([2, 3]), singles([3, 2], -1, 1, 2), [
      [[1], [0]],
      [[], []],
    ]),
    product('int32', integers([2, 3], -9, 9), integers([3, 2], -9, 9, 'int32', 2), [
      [[1], [0]],
      [[], []],
    ]),
    product('uint32', integers([2, 3], 0, 9, 'uint32'), integers([3, 2], 0, 9, 'uint32', 2), [
      [[1], [0]],
      [[], []],
    ]),
    { name: 'one operand twice', args: [floats([2, 2])], run: ([x]) => lax.dot(x as Tensor, x as Tensor) },
  ],
}
