import { lax, type Tensor } from '@puregrad/core'
import type { Sample } from '../sample.js'
import { floats, integers, numbers, singles } from '../values.js'

type Running = (x: Tensor, options: { readonly axis: number; readonly reverse?: boolean }) => Tensor

const running = (f: Running): readonly Sample[] => [
  ...[0, 1, 2].flatMap((axis) =>
    [false, true].map((reverse) => ({
      name: `axis ${axis}${reverse ? ' in reverse' : ''}`,
      args: [floats([2, 5, 2])],
      run: ([x]: readonly Tensor[]) => f(x as Tensor, { axis, reverse }),
    })),
  ),
  { name: 'float32', args: [singles([5])], run: ([x]) => f(x as Tensor, { axis: 0 }) },
  { name: 'one element', args: [floats([1])], run: ([x]) => f(x as Tensor, { axis: 0 }) },
  { name: 'no elements', args: [floats([2, 0])], run: ([x]) => f(x as Tensor, { axis: 1 }) },
]

const onIntegers = (f: Running): Sample => ({
  name: 'int32',
  args: [integers([2, 4], -3, 4)],
  run: ([x]) => f(x as Tensor, { axis: 1 }),
})

export const samples: Readonly<Record<string, readonly Sample[]>> = {
  cumsum: [...running(lax.cumsum), onIntegers(lax.cumsum)],
  cumprod: [
    ...running(lax.cumprod),
    onIntegers(lax.cumprod),
    { name: 'zeros', args: [numbers([2, 0, 3, 0, 4])], run: ([x]) => lax.cumprod(x as Tensor) },
  ],
  cummax: [...running(lax.cummax), onIntegers(lax.cummax)],
  cummin: [...running(lax.cummin), onIntegers(lax.cummin)],
  cumlogsumexp: running(lax.cumlogsumexp),
}
