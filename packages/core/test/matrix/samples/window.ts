import { jvp, lax, type Tensor, vjp } from '@puregrad/core'
import type { Sample } from '../sample.js'
import { floats, integers, singles } from '../values.js'

type Fold = Parameters<typeof lax.reduceWindow>[2]

const pool =
  (fold: Fold, init: number) =>
  (x: Tensor): Tensor =>
    lax.reduceWindow(x, init, fold, [1, 2, 2, 1], [1, 2, 2, 1], 'VALID')

const cases = (fold: Fold, init: number): readonly Sample[] => [
  { name: 'pooling', args: [floats([2, 4, 4, 2])], run: ([x]) => pool(fold, init)(x as Tensor) },
  {
    name: 'overlapping, padded',
    args: [floats([4, 3])],
    run: ([x]) => lax.reduceWindow(x as Tensor, init, fold, [3, 2], [1, 1], 'SAME'),
  },
  {
    name: 'dilated',
    args: [floats([5])],
    run: ([x]) =>
      lax.reduceWindow(x as Tensor, init, fold, [3], [2], [[2, 2]], { baseDilation: [2], windowDilation: [2] }),
  },
  { name: 'float32', args: [singles([6])], run: ([x]) => lax.reduceWindow(x as Tensor, init, fold, [2], [2], 'VALID') },
  { name: 'int32', args: [integers([6])], run: ([x]) => lax.reduceWindow(x as Tensor, init, fold, [2], [1], 'VALID') },
]
const largest = pool(lax.max, -Infinity)

export const samples: Readonly<Record<string, readonly Sample[]>> = {
  reduceWindowSum: cases(lax.add, 0),
  reduceWindowProd: cases(lax.mul, 1),
  reduceWindowMax: cases(lax.max, -Infinity),
  reduceWindowMin: cases(lax.min, Infinity),
  windowGather: [
    {
      args: [floats([1, 4, 4, 2]), floats([1, 4, 4, 2], -1, 1, 2)],
      run: ([x, t]) => jvp(largest, [x as Tensor], [t as Tensor])[1],
    },
  ],
  windowScatter: [
    {
      args: [floats([1, 4, 4, 2]), floats([1, 2, 2, 2], -1, 1, 2)],
      run: ([x, ct]) => vjp(largest, x as Tensor)[1](ct as Tensor)[0],
    },
  ],
}
