import { cond, foriLoop, grad, jit, lax, map, scan, switchCase, type Tensor, vmap, whileLoop } from '@puregrad/core'
import type { Sample } from '../sample.js'
import { booleans, floats, integers, numbers, singles } from '../values.js'

type Pair = readonly [Tensor, Tensor]

/** h ↦ tanh(h · w + x), step by step. */
const recurrent = (h: Tensor, xs: Tensor, w: Tensor, reverse = false): readonly Tensor[] =>
  scan((c: Tensor, x: Tensor): Pair => [lax.tanh(c.mul(w).add(x)), c.mul(x)], h, xs, { reverse })

const recurrentArgs = [floats([2]), floats([4, 2], -1, 1, 2), floats([2], 0.4, 0.9, 3)]

/** x doubled until its sum passes 10: the number of steps depends on x. */
const doubled = (x: Tensor): Tensor =>
  whileLoop(
    (c: Tensor) => c.sum().lt(10),
    (c: Tensor) => c.mul(2).add(x),
    x,
  )

const counted = (x: Tensor, steps: number): Tensor =>
  whileLoop(
    ([i]: Pair) => i.lt(steps),
    ([i, c]: Pair): Pair => [i.add(1), lax.sin(c.mul(x))],
    [numbers([0], [], 'int32'), x],
  )[1]

export const samples: Readonly<Record<string, readonly Sample[]>> = {
  scan: [
    { args: recurrentArgs, run: ([h, xs, w]) => recurrent(h as Tensor, xs as Tensor, w as Tensor) },
    {
      name: 'in reverse',
      args: recurrentArgs,
      run: ([h, xs, w]) => recurrent(h as Tensor, xs as Tensor, w as Tensor, true),
    },
    {
      name: 'float32',
      args: [singles([2]), singles([3, 2], -1, 1, 2), singles([2], 0.4, 0.9, 3)],
      run: ([h, xs, w]) => recurrent(h as Tensor, xs as Tensor, w as Tensor),
    },
    {
      name: 'no xs, a carry of several leaves, no ys',
      args: [floats([]), floats([2], -1, 1, 2)],
      run: ([x, v]) => {
        const [carry] = scan(
          (c: { readonly n: Tensor; readonly v: Tensor }): readonly [typeof c, null] => [
            { n: c.n.mul(x as Tensor), v: lax.cos(c.v).mul(c.n) },
            null,
          ],
          { n: x as Tensor, v: v as Tensor },
          null,
          { length: 3 },
        )
        return [carry.n, carry.v]
      },
    },
    {
      name: 'no steps',
      args: [floats([2]), floats([0, 2])],
      run: ([h, xs]) => recurrent(h as Tensor, xs as Tensor, h as Tensor),
    },
    {
      name: 'nested',
      args: [floats([2, 3, 2], 0.2, 0.9)],
      run: ([x]) =>
        scan(
          (c: Tensor, row: Tensor): Pair => {
            const [last] = scan((d: Tensor, e: Tensor): Pair => [d.mul(lax.sin(e)), d], c, row)
            return [last, last]
          },
          floats([2], 1, 2),
          x as Tensor,
        ),
    },
    {
      name: 'over integers',
      args: [integers([5])],
      run: ([x]) => scan((c: Tensor, e: Tensor): Pair => [c.add(e), c], numbers([0], [], 'int32'), x as Tensor),
    },
    { name: 'map', args: [floats([3, 2], 0.3, 2)], run: ([x]) => map((e: Tensor) => lax.log(e).sum(), x as Tensor) },
    {
      name: 'foriLoop',
      args: [floats([2])],
      run: ([x]) => foriLoop(1, 4, (i: Tensor, c: Tensor) => c.mul(x as Tensor).add(i.astype('float64')), x as Tensor),
    },
    {
      name: 'a gradient in every step',
      args: [floats([2], 0.5, 1)],
      run: ([w]) =>
        scan(
          (c: Tensor): readonly [Tensor, Tensor] => {
            const g = grad((v: Tensor) => lax.square(lax.sin(v)).sum())(c)
            return [c.sub(g.mul(0.1)), g]
          },
          w as Tensor,
          null,
          { length: 3 },
        ),
    },
  ],
  while: [
    {
      name: 'of calls',
      args: [floats([2], 0.5, 1)],
      run: ([x]) =>
        whileLoop(
          (c: Tensor) => jit((v: Tensor) => v.sum().lt(9))(c),
          (c: Tensor) => jit((v: Tensor) => lax.exp(v))(c),
          x as Tensor,
        ),
      modes: ['fwd'],
    },
    {
      name: 'of a batch within',
      args: [floats([3, 2], 0.5, 1)],
      run: ([x]) => vmap(doubled)(x as Tensor),
      modes: ['fwd'],
    },
    { args: [floats([2], 0.5, 1)], run: ([x]) => doubled(x as Tensor), modes: ['fwd'] },
    { name: 'float32', args: [singles([2], 0.5, 1)], run: ([x]) => doubled(x as Tensor), modes: ['fwd'] },
    { name: 'counted', args: [floats([3])], run: ([x]) => counted(x as Tensor, 3), modes: ['fwd'] },
    { name: 'not once', args: [floats([3])], run: ([x]) => counted(x as Tensor, 0), modes: ['fwd'] },
    {
      name: 'a bound known at run time',
      args: [numbers([3], [], 'int32'), floats([2], 0.5, 1)],
      run: ([n, x]) =>
        foriLoop(0, n as Tensor, (i: Tensor, c: Tensor) => c.mul(x as Tensor).add(i.astype('float64')), x as Tensor),
      modes: ['fwd'],
    },
    {
      name: 'on integers',
      args: [integers([4], 1, 9)],
      run: ([x]) =>
        whileLoop(
          (c: Tensor) => c.sum().lt(100),
          (c: Tensor) => c.mul(3),
          x as Tensor,
        ),
    },
    {
      name: 'constants through reverse mode',
      args: [floats([2], 0.5, 1)],
      run: ([x]) => lax.sin(x as Tensor).mul(lax.stopGradient(doubled(lax.stopGradient(x as Tensor)))),
      differentiable: [false],
    },
  ],
  cond: [
    ...[true, false].map((value) => ({
      name: String(value),
      args: [numbers([Number(value)], [], 'bool'), floats([3], 0.3, 2), floats([3], -1, 1, 2)],
      run: ([p, x, y]: readonly Tensor[]) =>
        cond(
          p as Tensor,
          (a: Tensor, b: Tensor) => [lax.log(a).mul(b), b] as const,
          (a: Tensor, b: Tensor) => [lax.square(b), a.mul(2)] as const,
          x as Tensor,
          y as Tensor,
        ),
    })),
    ...[0, 1, 2].map((which) => ({
      name: `case ${which}`,
      args: [numbers([which], [], 'int32'), floats([2])],
      run: ([i, x]: readonly Tensor[]) =>
        switchCase(i as Tensor, [lax.sin, (a: Tensor) => a.mul(3), (a: Tensor) => a.mul(a).mul(a)], x as Tensor),
    })),
    {
      name: 'by its own value',
      args: [floats([4])],
      run: ([x]) => {
        const v = x as Tensor
        return cond(
          v.sum().gt(0),
          () => lax.exp(v),
          () => lax.square(v),
        )
      },
    },
    {
      name: 'a branch without influence',
      args: [floats([], 1, 2)],
      run: ([x]) =>
        cond(
          (x as Tensor).gt(0),
          (v: Tensor) => lax.sin(v),
          () => numbers([1], []),
          x as Tensor,
        ),
    },
    {
      name: 'in a loop',
      args: [floats([5])],
      run: ([x]) =>
        scan(
          (c: Tensor, e: Tensor): Pair => [
            cond(
              e.gt(0),
              () => c.mul(e),
              () => lax.sin(c),
            ),
            c,
          ],
          numbers([1.3], []),
          x as Tensor,
        ),
    },
    {
      name: 'of booleans',
      args: [booleans([]), booleans([3], 2)],
      run: ([p, x]) =>
        cond(
          p as Tensor,
          (v: Tensor) => v,
          (v: Tensor) => lax.bitwiseNot(v),
          x as Tensor,
        ),
    },
  ],
  jit: [
    {
      args: [floats([3]), floats([3], 0.5, 1, 2)],
      run: ([x, y]) => jit((a: Tensor, b: Tensor) => lax.sin(a).mul(b))(x as Tensor, y as Tensor),
    },
    { name: 'float32', args: [singles([3])], run: ([x]) => jit((a: Tensor) => lax.exp(a).sum())(x as Tensor) },
    {
      name: 'nested, called twice',
      args: [floats([2, 2])],
      run: ([x]) => {
        const inner = jit((a: Tensor) => lax.tanh(a).mul(2))
        return jit((a: Tensor) => inner(inner(a)).add(inner(a.mul(a))))(x as Tensor)
      },
    },
    {
      name: 'an argument as result, a constant, an unused argument',
      args: [floats([2]), floats([3])],
      run: ([x, y]) =>
        jit((a: Tensor, _b: Tensor) => [a, numbers([4, 5]), a.mul(a), a] as const)(x as Tensor, y as Tensor),
    },
    {
      name: 'over a tracer of an outer transform',
      args: [floats([3]), floats([3], 0.5, 1, 2)],
      run: ([x, y]) => jit((a: Tensor) => lax.cos(a).mul(y as Tensor))(x as Tensor),
    },
    { name: 'on integers', args: [integers([4])], run: ([x]) => jit((a: Tensor) => a.mul(a))(x as Tensor) },
  ],
}
