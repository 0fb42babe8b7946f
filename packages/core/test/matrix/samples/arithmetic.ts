import { lax, type Tensor } from '@puregrad/core'
import type { Sample } from '../sample.js'
import { floats, integers, numbers, singles } from '../values.js'

type Binary = (x: Tensor | number, y: Tensor | number) => Tensor

const binary = (f: Binary, divisor = floats([2, 3], 0.4, 2, 2)): readonly Sample[] => [
  { args: [floats([2, 3]), divisor], run: ([x, y]) => f(x as Tensor, y as Tensor) },
  { name: 'float32', args: [singles([4]), singles([4], 0.5, 2, 2)], run: ([x, y]) => f(x as Tensor, y as Tensor) },
  { name: 'int32', args: [integers([5], -9, 9), integers([5], 1, 5)], run: ([x, y]) => f(x as Tensor, y as Tensor) },
  {
    name: 'uint8',
    args: [integers([5], 0, 9, 'uint8'), integers([5], 1, 5, 'uint8')],
    run: ([x, y]) => f(x as Tensor, y as Tensor),
  },
  { name: 'a number left', args: [floats([3], 0.5, 2)], run: ([x]) => f(1.7, x as Tensor) },
  { name: 'a number right', args: [floats([3])], run: ([x]) => f(x as Tensor, 1.7) },
  { name: 'one operand twice', args: [floats([3], 0.5, 2)], run: ([x]) => f(x as Tensor, x as Tensor) },
  { name: 'empty', args: [floats([0, 2]), floats([0, 2])], run: ([x, y]) => f(x as Tensor, y as Tensor) },
  { name: 'scalars', args: [floats([]), floats([], 1, 2, 2)], run: ([x, y]) => f(x as Tensor, y as Tensor) },
]

const unary = (f: (x: Tensor) => Tensor): readonly Sample[] => [
  { args: [floats([2, 3], 0.3, 2)], run: ([x]) => f(x as Tensor) },
  { name: 'negative', args: [floats([3], -2, -0.3)], run: ([x]) => f(x as Tensor) },
  { name: 'float32', args: [singles([2, 2], 0.3, 2)], run: ([x]) => f(x as Tensor) },
  { name: 'empty', args: [floats([0])], run: ([x]) => f(x as Tensor) },
]

const onIntegers = (f: (x: Tensor) => Tensor): Sample => ({
  name: 'int32',
  args: [integers([4], -5, 5)],
  run: ([x]) => f(x as Tensor),
})

export const samples: Readonly<Record<string, readonly Sample[]>> = {
  neg: [...unary(lax.neg), onIntegers(lax.neg)],
  add: binary(lax.add),
  sub: binary(lax.sub),
  mul: binary(lax.mul),
  div: binary(lax.div),
  // Away from quotients that are whole, where it jumps; x rem x lies on a jump.
  rem: binary(lax.rem, numbers([0.61, 0.83, 1.27, 0.71, 0.93, 1.39], [2, 3])).filter(
    ({ name }) => name !== 'one operand twice',
  ),
  trunc: unary(lax.trunc),
  sign: [...unary(lax.sign), onIntegers(lax.sign)],
  abs: [...unary(lax.abs), onIntegers(lax.abs)],
  square: [...unary(lax.square), onIntegers(lax.square)],
  reciprocal: unary(lax.reciprocal),
}
