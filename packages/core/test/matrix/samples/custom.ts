import { checkpoint, customJvp, customVjp, grad, jit, lax, stopGradient, type Tensor, vmap } from '@puregrad/core'
import type { Sample } from '../sample.js'
import { floats, integers, singles } from '../values.js'

/** log(1 + eˣ) with the derivative of a user who knows it. */
const softplus = customJvp(
  (x: Tensor) => lax.log1p(lax.exp(x)),
  ([x], [dx]) => [lax.log1p(lax.exp(x)), lax.logistic(x).mul(dx)],
)

const product = customJvp(
  (x: Tensor, y: Tensor) => [x.mul(y), x] as const,
  ([x, y], [dx, dy]) => [[x.mul(y), x] as const, [dx.mul(y).add(x.mul(dy)), dx] as const],
)

const sine = customVjp(
  (x: Tensor) => lax.sin(x),
  (x: Tensor) => [lax.sin(x), lax.cos(x)] as const,
  (c: Tensor, ct: Tensor) => [ct.mul(c)],
)

const affine = customVjp(
  (p: { readonly w: Tensor; readonly b: Tensor }, x: Tensor) => lax.tanh(p.w.mul(x).add(p.b)),
  (p: { readonly w: Tensor; readonly b: Tensor }, x: Tensor) => {
    const y = lax.tanh(p.w.mul(x).add(p.b))
    return [y, { x, w: p.w, slope: y.mul(y).neg().add(1) }] as const
  },
  (r, ct: Tensor) => {
    const d = ct.mul(r.slope)
    return [{ w: d.mul(r.x), b: d }, d.mul(r.w)]
  },
)

/** x of A x = b for a diagonally dominant A, by twenty steps of Jacobi. */
const jacobi = (matvec: (x: Tensor) => Tensor, b: Tensor): Tensor => {
  const step = (x: Tensor): Tensor => x.add(b.sub(matvec(x)).mul(0.5))
  return lax.foriLoop(0, 60, (_: Tensor, x: Tensor) => step(x), b)
}

const solved = (d: Tensor, b: Tensor): Tensor =>
  lax.customLinearSolve((x: Tensor) => x.mul(d).add(x.sum().mul(0.1)), b, jacobi, { symmetric: true })

const sum = (x: Tensor): Tensor => x.sum()

export const samples: Readonly<Record<string, readonly Sample[]>> = {
  customJvp: [
    { args: [floats([2, 3])], run: ([x]) => softplus(x as Tensor) },
    { name: 'float32', args: [singles([3])], run: ([x]) => softplus(x as Tensor) },
    {
      name: 'two arguments, two results',
      args: [floats([3]), floats([3], 0, 1, 2)],
      run: ([x, y]) => product(x as Tensor, y as Tensor),
    },
    { name: 'inside jit', args: [floats([3])], run: ([x]) => jit((v: Tensor) => softplus(softplus(v)))(x as Tensor) },
    { name: 'inside vmap', args: [floats([3, 2])], run: ([x]) => vmap((v: Tensor) => softplus(v).sum())(x as Tensor) },
    {
      name: 'a gradient of it',
      args: [floats([3])],
      run: ([x]) => grad((v: Tensor) => softplus(v.mul(v)).sum())(x as Tensor),
    },
    {
      name: 'inside a scan',
      args: [floats([4])],
      run: ([x]) =>
        lax.scan(
          (c: Tensor, e: Tensor): readonly [Tensor, Tensor] => [softplus(c.mul(e)), c],
          softplus(sum(x as Tensor)),
          x as Tensor,
        ),
    },
  ],
  customVjp: [
    { args: [floats([2, 3])], run: ([x]) => sine(x as Tensor), modes: ['rev'] },
    { name: 'float32', args: [singles([3])], run: ([x]) => sine(x as Tensor), modes: ['rev'] },
    {
      name: 'a record of parameters',
      args: [floats([3]), floats([3], 0, 1, 2), floats([3], 0, 1, 3)],
      run: ([w, b, x]) => affine({ w: w as Tensor, b: b as Tensor }, x as Tensor),
      modes: ['rev'],
    },
    {
      name: 'inside jit',
      args: [floats([3])],
      run: ([x]) => jit((v: Tensor) => sine(sine(v)))(x as Tensor),
      modes: ['rev'],
    },
    {
      name: 'inside vmap',
      args: [floats([3, 2])],
      run: ([x]) => vmap((v: Tensor) => sine(v).sum())(x as Tensor),
      modes: ['rev'],
    },
    {
      name: 'a gradient of it',
      args: [floats([3])],
      run: ([x]) => grad((v: Tensor) => sine(v.mul(v)).sum())(x as Tensor),
      modes: ['rev'],
    },
    {
      name: 'inside a scan',
      args: [floats([4])],
      run: ([x]) =>
        lax.scan(
          (c: Tensor, e: Tensor): readonly [Tensor, Tensor] => [sine(c.mul(e)), c],
          sum(x as Tensor),
          x as Tensor,
        ),
      modes: ['rev'],
    },
  ],
  customPullback: [
    { args: [floats([3])], run: ([x]) => grad((v: Tensor) => sine(v).sum())(x as Tensor), modes: ['rev'] },
    {
      name: 'under vmap',
      args: [floats([3, 2])],
      run: ([x]) => vmap(grad((v: Tensor) => sine(v).sum()))(x as Tensor),
      modes: ['rev'],
    },
    {
      name: 'of a vmap',
      args: [floats([3, 2])],
      run: ([x]) => grad((m: Tensor) => vmap((v: Tensor) => sine(v).sum())(m).sum())(x as Tensor),
      modes: ['rev'],
    },
  ],
  linearSolve: [
    { args: [floats([3], 1.2, 1.9), floats([3], -1, 1, 2)], run: ([d, b]) => solved(d as Tensor, b as Tensor) },
    {
      name: 'not symmetric, transposed by hand',
      args: [floats([2], 1, 2), floats([2], -1, 1, 2)],
      run: ([d, b]) => {
        const w = d as Tensor
        const solve = (_: (x: Tensor) => Tensor, right: Tensor): Tensor => right.div(w)
        return lax.customLinearSolve((x: Tensor) => x.mul(w), b as Tensor, solve, { transposeSolve: solve })
      },
    },
    {
      name: 'inside jit',
      args: [floats([3], 1.2, 1.9), floats([3], -1, 1, 2)],
      run: ([d, b]) => jit(solved)(d as Tensor, b as Tensor),
    },
    {
      name: 'customRoot',
      args: [floats([3], 1, 4)],
      run: ([a]) => {
        const x = a as Tensor
        const newton = (f: (y: Tensor) => Tensor, guess: Tensor): Tensor =>
          lax.foriLoop(0, 30, (_: Tensor, y: Tensor) => y.sub(f(y).div(y.mul(2))), guess)
        return lax.customRoot(
          (y: Tensor) => y.mul(y).sub(x),
          floats([3], 1, 2),
          newton,
          (g, y) => y.div(g(y.mul(0).add(1))),
        )
      },
    },
  ],
  checkpoint: [
    { args: [floats([2, 3])], run: ([x]) => checkpoint((v: Tensor) => lax.sin(lax.sin(v)))(x as Tensor) },
    { name: 'float32', args: [singles([3])], run: ([x]) => checkpoint((v: Tensor) => lax.tanh(v).sum())(x as Tensor) },
    {
      name: 'products kept',
      args: [floats([2, 3]), floats([3, 2], -1, 1, 2)],
      run: ([x, w]) =>
        checkpoint((v: Tensor, m: Tensor) => lax.tanh(lax.tanh(v).matmul(m)), { policy: 'dots_saveable' })(
          x as Tensor,
          w as Tensor,
        ),
    },
    {
      name: 'everything kept',
      args: [floats([3])],
      run: ([x]) => checkpoint((v: Tensor) => lax.exp(lax.sin(v)), { policy: 'everything_saveable' })(x as Tensor),
    },
    {
      name: 'of a checkpoint',
      args: [floats([3])],
      run: ([x]) => checkpoint((v: Tensor) => lax.cos(checkpoint((u: Tensor) => lax.sin(u).mul(u))(v)))(x as Tensor),
    },
    {
      name: 'in every step of a scan',
      args: [floats([2]), floats([3, 2], -1, 1, 2)],
      run: ([h, xs]) =>
        lax.scan(
          checkpoint((c: Tensor, x: Tensor): readonly [Tensor, Tensor] => [lax.tanh(c.mul(x)), c]),
          h as Tensor,
          xs as Tensor,
        ),
    },
    {
      name: 'of loops and branches',
      args: [floats([3]), floats([4, 3], -1, 1, 2)],
      run: ([h, xs]) =>
        checkpoint((c: Tensor, x: Tensor) => {
          const [last, all] = lax.scan(
            (d: Tensor, e: Tensor): readonly [Tensor, Tensor] => [
              lax.cond(
                e.sum().gt(0),
                () => lax.sin(d.mul(e)),
                () => d.add(e),
              ),
              d,
            ],
            c,
            x,
          )
          return [last, jit((v: Tensor) => lax.tanh(v))(all)] as const
        })(h as Tensor, xs as Tensor),
    },
    {
      name: 'of a while loop',
      args: [floats([2], 0.5, 1)],
      run: ([x]) =>
        checkpoint((v: Tensor) =>
          lax.whileLoop(
            (c: Tensor) => c.sum().lt(10),
            (c: Tensor) => c.mul(2).add(v),
            lax.sin(v),
          ),
        )(x as Tensor),
      modes: ['fwd'],
    },
    {
      name: 'of a call with rules of its own, products kept',
      args: [floats([2, 2])],
      run: ([x]) => checkpoint((v: Tensor) => softplus(v.matmul(lax.sin(v))), { policy: 'dots_saveable' })(x as Tensor),
    },
    { name: 'on integers', args: [integers([3])], run: ([x]) => checkpoint((v: Tensor) => v.add(1))(x as Tensor) },
  ],
  stopGradient: [
    { args: [floats([3])], run: ([x]) => stopGradient((x as Tensor).mul(2)), differentiable: [false] },
    { name: 'on integers', args: [integers([3])], run: ([x]) => stopGradient(x as Tensor) },
  ],
}
