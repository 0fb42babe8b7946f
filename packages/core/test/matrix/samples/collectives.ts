import { grad, jit, lax, type Tensor, vmap } from '@puregrad/core'
import type { Sample } from '../sample.js'
import { floats, integers, singles } from '../values.js'

type Body = (x: Tensor) => Tensor

/** `f` over the rows of a batch, inside the axis 'i'. */
const over =
  (f: Body) =>
  (x: Tensor): Tensor =>
    vmap(f, { axisName: 'i' })(x)
const cubed: Body = (x) => x.mul(x).mul(x)

/** A collective by itself, mixed with each example's own value, of what has no batch, and under the other transforms. */
const cases = (collective: Body): readonly Sample[] => [
  { args: [floats([3, 2])], run: ([x]) => over((v) => collective(cubed(v)))(x as Tensor) },
  { name: 'float32', args: [singles([3, 2])], run: ([x]) => over((v) => collective(v).mul(2))(x as Tensor) },
  {
    name: 'of a constant',
    args: [floats([2]), floats([3])],
    run: ([c, x]) => vmap((v: Tensor) => collective(c as Tensor).mul(v), { axisName: 'i' })(x as Tensor),
  },
  {
    name: 'a batch within',
    args: [floats([3, 4, 2])],
    run: ([x]) => over(vmap((v: Tensor) => collective(v.mul(v))))(x as Tensor),
  },
  {
    name: 'a batch within, its axis last',
    args: [floats([3, 2, 4])],
    run: ([x]) => over(vmap((v: Tensor) => collective(v.mul(v)), { inAxes: 1 }))(x as Tensor),
  },
  {
    name: 'a gradient within',
    args: [floats([3, 2])],
    run: ([x]) => over(grad((v: Tensor) => collective(cubed(v)).sum()))(x as Tensor),
  },
  {
    name: 'jit within',
    args: [floats([3, 2])],
    run: ([x]) => over(jit((v: Tensor) => collective(lax.sin(v))))(x as Tensor),
  },
  {
    name: 'a scan within',
    args: [floats([3, 4])],
    run: ([x]) =>
      over(
        (row) =>
          lax.scan(
            (c: Tensor, e: Tensor): readonly [Tensor, Tensor] => [c.add(collective(e.mul(e))), c],
            row.sum(),
            row,
          )[1],
      )(x as Tensor),
  },
]

const onIntegers = (collective: Body): Sample => ({
  name: 'int32',
  args: [integers([3, 2])],
  run: ([x]) => over(collective)(x as Tensor),
})

const turn = [
  [0, 1],
  [1, 2],
  [2, 0],
] as const

export const samples: Readonly<Record<string, readonly Sample[]>> = {
  psum: [...cases((x) => lax.psum(x, 'i')), onIntegers((x) => lax.psum(x, 'i'))],
  pmax: [...cases((x) => lax.pmax(x, 'i')), onIntegers((x) => lax.pmax(x, 'i'))],
  pmin: [...cases((x) => lax.pmin(x, 'i')), onIntegers((x) => lax.pmin(x, 'i'))],
  allGather: [
    ...cases((x) => lax.sin(lax.allGather(x, 'i')).sum({ axis: 0 })),
    onIntegers((x) => lax.allGather(x, 'i')),
  ],
  ppermute: [
    ...cases((x) => lax.ppermute(x, 'i', turn)),
    onIntegers((x) => lax.ppermute(x, 'i', turn)),
    {
      name: 'a chain, zeros at its start',
      args: [floats([3, 2])],
      run: ([x]) =>
        over((v) =>
          lax.ppermute(cubed(v), 'i', [
            [0, 1],
            [1, 2],
          ]),
        )(x as Tensor),
    },
  ],
  axisIndex: [
    { args: [floats([3, 2])], run: ([x]) => over((v) => v.mul(lax.axisIndex('i').astype('float64')))(x as Tensor) },
    {
      name: 'a batch within',
      args: [floats([3, 4])],
      run: ([x]) => over(vmap((v: Tensor) => v.mul(lax.axisIndex('i').astype('float64'))))(x as Tensor),
    },
    {
      name: 'jit within',
      args: [floats([3, 2])],
      run: ([x]) => over(jit((v: Tensor) => v.add(lax.axisIndex('i').astype('float64'))))(x as Tensor),
    },
  ],
}
