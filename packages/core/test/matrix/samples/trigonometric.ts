import { lax, type Tensor } from '@puregrad/core'
import type { Sample } from '../sample.js'
import { floats, singles } from '../values.js'

const unary = (f: (x: Tensor) => Tensor, low: number, high: number): readonly Sample[] => [
  { args: [floats([2, 3], low, high)], run: ([x]) => f(x as Tensor) },
  { name: 'float32', args: [singles([3], low, high)], run: ([x]) => f(x as Tensor) },
  { name: 'empty', args: [floats([0])], run: ([x]) => f(x as Tensor) },
]

export const samples: Readonly<Record<string, readonly Sample[]>> = {
  sin: unary(lax.sin, -4, 4),
  cos: unary(lax.cos, -4, 4),
  tan: unary(lax.tan, -1.2, 1.2),
  asin: unary(lax.asin, -0.8, 0.8),
  acos: unary(lax.acos, -0.8, 0.8),
  atan: unary(lax.atan, -3, 3),
  atan2: [
    { args: [floats([2, 3]), floats([2, 3], -2, 2, 2)], run: ([y, x]) => lax.atan2(y as Tensor, x as Tensor) },
    {
      name: 'float32',
      args: [singles([3]), singles([3], -2, 2, 2)],
      run: ([y, x]) => lax.atan2(y as Tensor, x as Tensor),
    },
    { name: 'a constant', args: [floats([3])], run: ([y]) => lax.atan2(y as Tensor, -1.5) },
  ],
}
