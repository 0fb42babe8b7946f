import { lax, type Tensor } from '@puregrad/core'
import type { Sample } from '../sample.js'
import { booleans, floats, integers, numbers, singles } from '../values.js'

const positions = numbers([2, 0, 2, 1, 1, 0], [2, 3], 'int32')

export const samples: Readonly<Record<string, readonly Sample[]>> = {
  sort: [
    ...[0, 1, 2].map((dimension) => ({
      name: `axis ${dimension}`,
      args: [floats([2, 3, 2])],
      run: ([x]: readonly Tensor[]) => lax.sort(x as Tensor, { dimension }),
    })),
    { name: 'float32', args: [singles([40])], run: ([x]) => lax.sort(x as Tensor) },
    { name: 'int32 with ties', args: [integers([2, 9], 0, 4)], run: ([x]) => lax.sort(x as Tensor) },
    { name: 'bool', args: [booleans([7])], run: ([x]) => lax.sort(x as Tensor) },
    {
      name: 'keys and values',
      args: [floats([2, 4]), floats([2, 4], 0, 1, 2)],
      run: (xs) => lax.sort(xs, { dimension: 0 }),
    },
    { name: 'integer keys', args: [integers([6], 0, 3), floats([6])], run: (xs) => lax.sort(xs) },
    {
      name: 'two keys',
      args: [integers([6], 0, 2), floats([6]), floats([6], 0, 1, 2)],
      run: (xs) => lax.sort(xs, { numKeys: 2 }),
    },
    { name: 'positions', args: [floats([3, 4])], run: ([x]) => lax.argsort(x as Tensor, 0) },
    { name: 'no elements', args: [floats([2, 0])], run: ([x]) => lax.sort(x as Tensor) },
  ],
  topK: [
    { args: [floats([2, 5])], run: ([x]) => lax.topK(x as Tensor, 3) },
    { name: 'all', args: [singles([4])], run: ([x]) => lax.topK(x as Tensor, 4) },
    { name: 'int32 with ties', args: [integers([9], 0, 4)], run: ([x]) => lax.topK(x as Tensor, 5) },
    { name: 'none', args: [floats([3])], run: ([x]) => lax.topK(x as Tensor, 0) },
  ],
  takeRows: [
    { args: [floats([2, 4]), positions], run: ([x, p]) => lax.takeRows(x as Tensor, p as Tensor) },
    {
      name: 'as many as there are',
      args: [singles([2, 3]), positions],
      run: ([x, p]) => lax.takeRows(x as Tensor, p as Tensor),
    },
    { name: 'int32', args: [integers([2, 4]), positions], run: ([x, p]) => lax.takeRows(x as Tensor, p as Tensor) },
  ],
  addRows: [
    { args: [floats([2, 3]), positions], run: ([x, p]) => lax.addRows(x as Tensor, p as Tensor, 4) },
    { name: 'int32', args: [integers([2, 3]), positions], run: ([x, p]) => lax.addRows(x as Tensor, p as Tensor, 3) },
  ],
}
