import { lax, type Tensor } from '@puregrad/core'
import type { Sample } from '../sample.js'
import { booleans, floats, integers, numbers, singles } from '../values.js'

type Reduce = (x: Tensor, axes: readonly number[]) => Tensor

const axesOf = [[0], [1], [2], [0, 1], [1, 2], [0, 2], [0, 1, 2]]

const along = (f: Reduce, x: Tensor): readonly Sample[] =>
  axesOf.map((axes) => ({ name: `axes ${axes.join(' ')}`, args: [x], run: ([y]) => f(y as Tensor, axes) }))

const folds = (f: Reduce): readonly Sample[] => [
  ...along(f, floats([2, 3, 2])),
  { name: 'float32', args: [singles([5])], run: ([x]) => f(x as Tensor, [0]) },
  { name: 'int32', args: [integers([2, 3], -3, 4)], run: ([x]) => f(x as Tensor, [1]) },
  { name: 'uint8', args: [integers([2, 3], 0, 4, 'uint8')], run: ([x]) => f(x as Tensor, [0]) },
  { name: 'one element', args: [floats([2, 1])], run: ([x]) => f(x as Tensor, [1]) },
  { name: 'no elements', args: [floats([2, 0])], run: ([x]) => f(x as Tensor, [1]) },
]

/** Differences between infinities are no slopes. */
const infiniteOfNothing = (sample: Sample): Sample =>
  sample.name === 'no elements' ? { ...sample, differentiable: [false] } : sample

const logic = (f: Reduce): readonly Sample[] => [
  ...along(f, booleans([2, 3, 2])),
  { name: 'no elements', args: [booleans([0, 2])], run: ([x]) => f(x as Tensor, [0]) },
]

const positions = (f: (x: Tensor, axis: number) => Tensor): readonly Sample[] => [
  ...[0, 1, 2].map((axis) => ({
    name: `axis ${axis}`,
    args: [floats([2, 3, 2])],
    run: ([x]: readonly Tensor[]) => f(x as Tensor, axis),
  })),
  { name: 'ties', args: [integers([12], 0, 3)], run: ([x]) => f(x as Tensor, 0) },
  { name: 'bool', args: [booleans([2, 5])], run: ([x]) => f(x as Tensor, 1) },
]

export const samples: Readonly<Record<string, readonly Sample[]>> = {
  reduceSum: folds(lax.reduceSum),
  reduceProd: [
    ...folds(lax.reduceProd),
    { name: 'one zero', args: [numbers([2, 0, 3])], run: ([x]) => lax.reduceProd(x as Tensor, [0]) },
    { name: 'two zeros', args: [numbers([2, 0, 3, 0])], run: ([x]) => lax.reduceProd(x as Tensor, [0]) },
  ],
  reduceMax: folds(lax.reduceMax).map(infiniteOfNothing),
  reduceMin: folds(lax.reduceMin).map(infiniteOfNothing),
  reduceAnd: logic(lax.reduceAnd),
  reduceOr: logic(lax.reduceOr),
  reduceXor: [...logic(lax.reduceXor), ...along(lax.reduceXor, integers([2, 3, 2], 0, 99))],
  argmax: positions(lax.argmax),
  argmin: positions(lax.argmin),
}
