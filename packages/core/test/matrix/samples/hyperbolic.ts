import { jvp, lax, np, type Tensor } from '@puregrad/core'
import type { Sample } from '../sample.js'
import { floats, singles } from '../values.js'

const unary = (f: (x: Tensor) => Tensor, low: number, high: number): readonly Sample[] => [
  { args: [floats([2, 3], low, high)], run: ([x]) => f(x as Tensor) },
  { name: 'float32', args: [singles([3], low, high)], run: ([x]) => f(x as Tensor) },
  { name: 'empty', args: [floats([0])], run: ([x]) => f(x as Tensor) },
]

/** The derivative of an elementwise operation, which has a primitive of its own. */
const slope =
  (f: (x: Tensor) => Tensor) =>
  (x: Tensor): Tensor =>
    jvp(f, [x], [np.onesLike(x)])[1]

export const samples: Readonly<Record<string, readonly Sample[]>> = {
  sinh: unary(lax.sinh, -2, 2),
  cosh: unary(lax.cosh, -2, 2),
  tanh: unary(lax.tanh, -2, 2),
  tanhSlope: unary(slope(lax.tanh), -2, 2),
  logistic: unary(lax.logistic, -3, 3),
  logisticSlope: unary(slope(lax.logistic), -3, 3),
  asinh: unary(lax.asinh, -3, 3),
  acosh: unary(lax.acosh, 1.3, 4),
  atanh: unary(lax.atanh, -0.8, 0.8),
}
