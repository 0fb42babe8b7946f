import { lax, type Tensor } from '@puregrad/core'
import type { Sample } from '../sample.js'
import { floats, integers, numbers, singles } from '../values.js'

const unary = (f: (x: Tensor) => Tensor, low: number, high: number): readonly Sample[] => [
  { args: [floats([2, 3], low, high)], run: ([x]) => f(x as Tensor) },
  { name: 'float32', args: [singles([3], low, high)], run: ([x]) => f(x as Tensor) },
  { name: 'scalar', args: [floats([], low, high)], run: ([x]) => f(x as Tensor) },
  { name: 'empty', args: [floats([2, 0])], run: ([x]) => f(x as Tensor) },
]

export const samples: Readonly<Record<string, readonly Sample[]>> = {
  exp: unary(lax.exp, -2, 2),
  exp2: unary(lax.exp2, -2, 2),
  expm1: unary(lax.expm1, -2, 2),
  log: unary(lax.log, 0.4, 4),
  log2: unary(lax.log2, 0.4, 4),
  log10: unary(lax.log10, 0.4, 4),
  log1p: unary(lax.log1p, -0.6, 3),
  sqrt: unary(lax.sqrt, 0.4, 4),
  rsqrt: unary(lax.rsqrt, 0.4, 4),
  cbrt: unary(lax.cbrt, 0.4, 4),
  reciprocalPower: unary((x) => lax.integerPow(x, -2), 0.4, 3),
  pow: [
    { args: [floats([2, 3], 0.4, 3), floats([2, 3], -2, 2, 2)], run: ([x, y]) => lax.pow(x as Tensor, y as Tensor) },
    { name: 'constant exponent', args: [floats([4], 0.4, 3)], run: ([x]) => lax.pow(x as Tensor, 2.5) },
    { name: 'constant base', args: [floats([4])], run: ([y]) => lax.pow(2, y as Tensor) },
    { name: 'negative base', args: [floats([4], -3, -0.5)], run: ([x]) => lax.pow(x as Tensor, 3) },
    {
      name: 'corner',
      args: [numbers([0, 0, 2])],
      run: ([x]) => lax.pow(x as Tensor, numbers([0, 2, 0])),
      differentiable: [false],
    },
    {
      name: 'int32',
      args: [integers([4], -4, 5), integers([4], 0, 4)],
      run: ([x, y]) => lax.pow(x as Tensor, y as Tensor),
    },
  ],
}
