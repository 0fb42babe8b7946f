import { lax, type Tensor } from '@puregrad/core'
import type { Sample } from '../sample.js'
import { booleans, floats, integers, numbers, singles } from '../values.js'

type Binary = (x: Tensor | number, y: Tensor | number) => Tensor

const comparison = (f: Binary): readonly Sample[] => [
  { args: [floats([2, 3]), floats([2, 3], -2, 2, 2)], run: ([x, y]) => f(x as Tensor, y as Tensor) },
  { name: 'float32', args: [singles([3]), singles([3], -2, 2, 2)], run: ([x, y]) => f(x as Tensor, y as Tensor) },
  {
    name: 'int32',
    args: [integers([6], 0, 3), integers([6], 0, 3, 'int32', 2)],
    run: ([x, y]) => f(x as Tensor, y as Tensor),
  },
  { name: 'bool', args: [booleans([6]), booleans([6], 2)], run: ([x, y]) => f(x as Tensor, y as Tensor) },
  { name: 'a number', args: [integers([6], 0, 3)], run: ([x]) => f(x as Tensor, 1) },
  {
    name: 'NaN and infinities',
    args: [numbers([Number.NaN, 1, Infinity, -0]), numbers([Number.NaN, Number.NaN, Infinity, 0])],
    run: ([x, y]) => f(x as Tensor, y as Tensor),
    differentiable: [false, false],
  },
]

export const samples: Readonly<Record<string, readonly Sample[]>> = {
  eq: comparison(lax.eq),
  ne: comparison(lax.ne),
  lt: comparison(lax.lt),
  le: comparison(lax.le),
  gt: comparison(lax.gt),
  ge: comparison(lax.ge),
}
