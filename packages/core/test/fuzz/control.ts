/** Loops, branches and transforms, with programs of their own inside. */
import {
  associativeScan,
  checkpoint,
  cond,
  customJvp,
  customVjp,
  foriLoop,
  grad,
  jit,
  jvp,
  linearize,
  map,
  np,
  scan,
  stopGradient,
  switchCase,
  type Tensor,
  valueAndGrad,
  vjp,
  vmap,
  whileLoop,
} from '@puregrad/core'
import { float, listed, type Operations } from './operation.js'
import { fit, settle } from './views.js'

const total = (x: Tensor): Tensor => float(x).sum()
const decide = (x: Tensor): Tensor => fit(x, []).gt(0)

export const control: Operations = {
  scan: ({ a, b, n, body }) =>
    scan((c: Tensor, e: Tensor): readonly [Tensor, Tensor] => [settle(body(c, e), c), body(e, c)], b, listed(a), {
      reverse: n % 2 === 0,
    })[n % 3 === 0 ? 0 : 1],
  'scan that hands on': ({ a, body }) =>
    scan((c: Tensor, e: Tensor): readonly [Tensor, Tensor] => [e, body(c, e)], listed(a).slice(0), listed(a))[1],
  'scan of two carries': ({ a, b, n, body }) => {
    const [[c], ys] = scan(
      ([c, d]: readonly [Tensor, Tensor]): readonly [readonly [Tensor, Tensor], Tensor] => [
        [settle(body(d, c), c), settle(body(c), d)],
        d,
      ],
      [a, b],
      null,
      { length: n % 4 },
    )
    return n % 2 === 0 ? c : ys
  },
  'scan that updates': ({ a, b, body }) =>
    scan(
      (c: Tensor, i: Tensor): readonly [Tensor, null] => [c.at(i).set(settle(body(c, i), c.slice(0))), null],
      listed(a),
      fit(b, [3]).astype('int32'),
    )[0],
  foriLoop: ({ a, n, body }) => foriLoop(0, n % 5, (i: Tensor, c: Tensor) => settle(body(c, i), c), a),
  whileLoop: ({ a, b, n, body }) =>
    whileLoop(
      ([i, c]: readonly [Tensor, Tensor]) => np.logicalAnd(i.lt(n % 5), np.logicalOr(decide(c), i.lt(2))),
      ([i, c]: readonly [Tensor, Tensor]) => [i.add(1), settle(body(c, b), c)] as const,
      [np.array(0, { dtype: 'int32' }), a] as const,
    )[1],
  map: ({ a, b, body }) => map((e: Tensor) => body(e, b), listed(a)),
  cond: ({ a, b, body }) =>
    cond(
      decide(b),
      (c: Tensor) => settle(body(c, b), c),
      (c: Tensor) => c,
      a,
    ),
  'cond of two': ({ a, b, body }) =>
    cond(
      decide(a),
      (c: Tensor, d: Tensor) => settle(body(d, c), c),
      (c: Tensor, d: Tensor) => settle(body(c), c).add(settle(d, c)),
      a,
      b,
    ),
  switchCase: ({ a, b, n, body }) =>
    switchCase(
      n % 2 === 0 ? n % 3 : fit(b, []).astype('int32'),
      [(c: Tensor) => c, (c: Tensor) => settle(body(c), c), (c: Tensor) => settle(body(c, c), c)],
      a,
    ),
  associativeScan: ({ a, n }) =>
    associativeScan((x: Tensor, y: Tensor) => np.maximum(x, y), listed(a), { reverse: n % 2 === 0 }),
  jit: ({ a, b, body }) => jit((c: Tensor, d: Tensor) => body(c, d))(a, b),
  vmap: ({ a, b, body }) => vmap((c: Tensor) => body(c, b))(listed(a)),
  'vmap of two': ({ a, b, body }) => vmap((c: Tensor, d: Tensor) => body(c, d), { inAxes: [-1, null] })(listed(a), b),
  grad: ({ a, b, body }) => grad((c: Tensor) => total(body(c, b)))(float(a)),
  valueAndGrad: ({ a, body }) => {
    const [value, slope] = valueAndGrad((c: Tensor) => total(body(c)))(float(a))
    return slope.add(value.astype(slope.dtype))
  },
  jvp: ({ a, b, body }) => jvp((c: Tensor) => float(body(c, b)), [float(a)], [np.onesLike(float(a))])[1],
  linearize: ({ a, body }) => linearize((c: Tensor) => float(body(c)), float(a))[1](float(a)),
  vjp: ({ a, body }) => {
    const [value, pull] = vjp((c: Tensor) => float(body(c)), float(a))
    return pull(value)[0]
  },
  checkpoint: ({ a, b, body }) => checkpoint((c: Tensor, d: Tensor) => body(c, d))(a, b),
  'grad of a checkpoint': ({ a, body }) =>
    grad((c: Tensor) => total(checkpoint((d: Tensor) => body(d, c))(c)))(float(a)),
  customJvp: ({ a, b, closed }) =>
    customJvp(
      (c: Tensor, d: Tensor) => closed(c, d),
      ([c, d], [dc]) => [closed(c, d), settle(dc, closed(c, d))],
    )(a, b),
  customVjp: ({ a, b, closed }) =>
    customVjp(
      (c: Tensor, d: Tensor) => closed(c, d),
      (c: Tensor, d: Tensor) => [closed(c, d), [c, d]] as const,
      ([c, d]: readonly [Tensor, Tensor], ct: Tensor) => [settle(ct, c).mul(c), d.mul(settle(ct, d))],
    )(a, b),
  stopGradient: ({ a, body }) => a.mul(settle(stopGradient(body(a)), a)),
}
