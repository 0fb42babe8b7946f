import { lax, type Tensor } from '@puregrad/core'
import type { Sample } from '../sample.js'
import { floats, numbers, singles } from '../values.js'

/** Away from whole numbers and halves, where these jump. */
const smooth = numbers([-1.7, -0.8, 0.3, 1.2, 2.9, 7.6], [2, 3])

const unary = (f: (x: Tensor) => Tensor): readonly Sample[] => [
  { args: [smooth], run: ([x]) => f(x as Tensor) },
  { name: 'float32', args: [singles([3], 0.1, 0.4)], run: ([x]) => f(x as Tensor) },
  {
    name: 'edges',
    args: [numbers([-0.5, 0.5, 1.5, Infinity, Number.NaN])],
    run: ([x]) => f(x as Tensor),
    differentiable: [false],
  },
]

export const samples: Readonly<Record<string, readonly Sample[]>> = {
  floor: unary(lax.floor),
  ceil: unary(lax.ceil),
  round: unary((x) => lax.round(x, 'toNearestEven')),
  isFinite: unary(lax.isFinite),
  nextafter: [
    {
      args: [floats([2, 3]), floats([2, 3], -2, 2, 2)],
      run: ([x, y]) => lax.nextafter(x as Tensor, y as Tensor),
      differentiable: [false, false],
    },
  ],
}
