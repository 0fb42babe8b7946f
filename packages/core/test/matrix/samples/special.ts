import { lax, type Tensor } from '@puregrad/core'
import type { Sample } from '../sample.js'
import { floats, singles } from '../values.js'

const unary = (f: (x: Tensor) => Tensor, low: number, high: number): readonly Sample[] => [
  { args: [floats([2, 3], low, high)], run: ([x]) => f(x as Tensor) },
  { name: 'float32', args: [singles([3], low, high)], run: ([x]) => f(x as Tensor) },
  { name: 'empty', args: [floats([0])], run: ([x]) => f(x as Tensor) },
]

export const samples: Readonly<Record<string, readonly Sample[]>> = {
  erf: unary(lax.erf, -2, 2),
  erfc: unary(lax.erfc, -2, 2),
  erfInv: unary(lax.erfInv, -0.8, 0.8),
  lgamma: unary(lax.lgamma, 0.6, 4),
  digamma: unary(lax.digamma, 0.8, 4),
  besselI0e: unary(lax.besselI0e, 0.3, 4),
  besselI1e: unary(lax.besselI1e, 0.3, 4),
}
