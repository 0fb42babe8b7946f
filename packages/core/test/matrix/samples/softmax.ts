import { jvp, lax, np, type Tensor } from '@puregrad/core'
import type { Sample } from '../sample.js'
import { floats, numbers, singles } from '../values.js'

const along = (f: (x: Tensor, axis: number) => Tensor): readonly Sample[] => [
  ...[0, 1, 2].map((axis) => ({
    name: `axis ${axis}`,
    args: [floats([2, 3, 2])],
    run: ([x]: readonly Tensor[]) => f(x as Tensor, axis),
  })),
  { name: 'float32', args: [singles([5])], run: ([x]) => f(x as Tensor, 0) },
  { name: 'one element', args: [floats([2, 1])], run: ([x]) => f(x as Tensor, 1) },
  { name: 'large', args: [numbers([1000, 999, 998.5])], run: ([x]) => f(x as Tensor, 0) },
]

export const samples: Readonly<Record<string, readonly Sample[]>> = {
  softmax: along(lax.softmax),
  logsumexp: along(lax.logsumexp),
  // The weights with which tangents are summed up.
  softmaxOrZero: along((x, axis) => jvp((v: Tensor) => lax.logsumexp(v, axis), [x], [np.sin(x)])[1]),
}
