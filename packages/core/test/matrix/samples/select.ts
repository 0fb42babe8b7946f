import { lax, type Tensor } from '@puregrad/core'
import type { Sample } from '../sample.js'
import { booleans, floats, integers, numbers, singles } from '../values.js'

const extremum = (f: (x: Tensor | number, y: Tensor | number) => Tensor): readonly Sample[] => [
  { args: [floats([2, 3]), floats([2, 3], -2, 2, 2)], run: ([x, y]) => f(x as Tensor, y as Tensor) },
  { name: 'float32', args: [singles([3]), singles([3], -2, 2, 2)], run: ([x, y]) => f(x as Tensor, y as Tensor) },
  {
    name: 'int32',
    args: [integers([6], 0, 3), integers([6], 0, 3, 'int32', 2)],
    run: ([x, y]) => f(x as Tensor, y as Tensor),
  },
  { name: 'a number', args: [floats([4])], run: ([x]) => f(x as Tensor, 0.1) },
  {
    name: 'ties',
    args: [numbers([1, 2, 3]), numbers([1, 2, 4])],
    run: ([x, y]) => f(x as Tensor, y as Tensor),
    differentiable: [false, false],
  },
]

const choose = ([mask, x, y]: readonly Tensor[]): Tensor => lax.select(mask as Tensor, x as Tensor, y as Tensor)

export const samples: Readonly<Record<string, readonly Sample[]>> = {
  select: [
    { args: [booleans([2, 3]), floats([2, 3]), floats([2, 3], -2, 2, 2)], run: choose },
    { name: 'a scalar mask', args: [booleans([]), floats([3]), floats([3], -2, 2, 2)], run: choose },
    { name: 'int32', args: [booleans([4]), integers([4]), integers([4], 0, 10, 'int32', 2)], run: choose },
    { name: 'bool', args: [booleans([4]), booleans([4], 2), booleans([4], 3)], run: choose },
    {
      name: 'a number',
      args: [booleans([4]), floats([4])],
      run: ([mask, x]) => lax.select(mask as Tensor, x as Tensor, 0),
    },
    {
      name: 'by its own sign',
      args: [floats([4])],
      run: ([x]) => lax.select(lax.gt(x as Tensor, 0), lax.square(x as Tensor), x as Tensor),
    },
    {
      name: 'of three cases',
      args: [integers([2, 3], 0, 3), floats([2, 3]), floats([2, 3], 0, 1, 2), floats([2, 3], 1, 2, 3)],
      run: ([which, ...cases]) => lax.selectN(which as Tensor, ...cases),
    },
  ],
  clamp: [
    { args: [floats([2, 5])], run: ([x]) => lax.clamp(-1, x as Tensor, 1) },
    {
      name: 'bounds of its shape',
      args: [floats([2, 5], -1, -0.5, 2), floats([2, 5]), floats([2, 5], 0.5, 1, 3)],
      run: ([low, x, high]) => lax.clamp(low as Tensor, x as Tensor, high as Tensor),
    },
    {
      name: 'scalar bounds',
      args: [numbers([-0.7], []), floats([5]), numbers([0.9], [])],
      run: ([low, x, high]) => lax.clamp(low as Tensor, x as Tensor, high as Tensor),
    },
    { name: 'int32', args: [integers([6], 0, 10)], run: ([x]) => lax.clamp(2, x as Tensor, 7) },
  ],
  max: extremum(lax.max),
  min: extremum(lax.min),
}
