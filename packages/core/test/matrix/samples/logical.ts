import { lax, type Tensor } from '@puregrad/core'
import type { Sample } from '../sample.js'
import { booleans, integers } from '../values.js'

type Binary = (x: Tensor, y: Tensor) => Tensor

const shifts = (f: Binary): readonly Sample[] => [
  { args: [integers([2, 3], -99, 99), integers([2, 3], 0, 9)], run: ([x, y]) => f(x as Tensor, y as Tensor) },
  {
    name: 'the width and more',
    args: [integers([4], -99, 99), integers([4], 30, 40)],
    run: ([x, y]) => f(x as Tensor, y as Tensor),
  },
  {
    name: 'uint32',
    args: [integers([4], 0, 99, 'uint32'), integers([4], 0, 9, 'uint32')],
    run: ([x, y]) => f(x as Tensor, y as Tensor),
  },
  {
    name: 'uint8',
    args: [integers([4], 0, 99, 'uint8'), integers([4], 0, 9, 'uint8')],
    run: ([x, y]) => f(x as Tensor, y as Tensor),
  },
]

const bits = (f: Binary): readonly Sample[] => [
  ...shifts(f).filter(({ name }) => name !== 'the width and more'),
  { name: 'bool', args: [booleans([2, 3]), booleans([2, 3], 2)], run: ([x, y]) => f(x as Tensor, y as Tensor) },
  { name: 'empty', args: [booleans([0]), booleans([0])], run: ([x, y]) => f(x as Tensor, y as Tensor) },
]

const words = (f: (x: Tensor) => Tensor): readonly Sample[] => [
  { args: [integers([2, 3], -99, 99)], run: ([x]) => f(x as Tensor) },
  { name: 'uint8', args: [integers([4], 0, 256, 'uint8')], run: ([x]) => f(x as Tensor) },
]

export const samples: Readonly<Record<string, readonly Sample[]>> = {
  and: bits(lax.bitwiseAnd),
  or: bits(lax.bitwiseOr),
  xor: bits(lax.bitwiseXor),
  not: [...words(lax.bitwiseNot), { name: 'bool', args: [booleans([4])], run: ([x]) => lax.bitwiseNot(x as Tensor) }],
  shl: shifts(lax.shiftLeft),
  shrLogical: shifts(lax.shiftRightLogical),
  shrArithmetic: shifts(lax.shiftRightArithmetic),
  popcount: words(lax.populationCount),
  clz: words(lax.clz),
}
