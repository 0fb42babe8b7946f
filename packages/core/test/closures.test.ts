/**
 * What a function given to another function closes over may be a value of any transform around it: for every higher-order function,
 * under every transform, the closure gives what the formula that it stands for gives, values and derivatives.
 */
import {
  associativeScan,
  checkpoint,
  cond,
  customJvp,
  customVjp,
  foriLoop,
  grad,
  hessian,
  jit,
  jvp,
  LeakedTracerError,
  lax,
  linearize,
  linearTranspose,
  map,
  np,
  scan,
  switchCase,
  type Tensor,
  TransformError,
  vjp,
  vmap,
  whileLoop,
} from '@puregrad/core'
import { describe, expect, it } from 'vitest'

type Binary = (w: Tensor, x: Tensor) => Tensor

interface Closure {
  /** A function of x that closes over w. */
  readonly closing: Binary
  /** The same without closures. */
  readonly plain: Binary
  /** What may be differentiated: all by default, by x if a rule of the user's own says nothing of w, nothing in reverse. */
  readonly derivatives?: 'all' | 'x' | 'forward'
}

const scaledSine: Binary = (w, x) => np.sin(x).mul(w)
const scaledCosine: Binary = (w, x) => np.cos(x).mul(w)

const closures: Readonly<Record<string, Closure>> = {
  jit: { closing: (w, x) => jit((v: Tensor) => scaledSine(w, v))(x), plain: scaledSine },
  vmap: { closing: (w, x) => vmap((v: Tensor) => scaledSine(w, v))(x), plain: scaledSine },
  checkpoint: { closing: (w, x) => checkpoint((v: Tensor) => scaledSine(w, v))(x), plain: scaledSine },
  map: { closing: (w, x) => map((v: Tensor) => scaledSine(w, v), x), plain: scaledSine },
  scan: {
    closing: (w, x) => scan((c: Tensor, e: Tensor) => [c.mul(w).add(e), null] as const, w, x)[0],
    plain: (w, x) => [...x].reduce((c, e) => c.mul(w).add(e), w),
  },
  foriLoop: {
    closing: (w, x) => foriLoop(0, 2, (_: Tensor, c: Tensor) => scaledSine(w, c), x),
    plain: (w, x) => scaledSine(w, scaledSine(w, x)),
  },
  whileLoop: {
    closing: (w, x) =>
      whileLoop(
        ([i]: readonly [Tensor, Tensor]) => i.lt(w.add(1)),
        ([i, c]: readonly [Tensor, Tensor]): readonly [Tensor, Tensor] => [i.add(3), scaledSine(w, c)],
        [np.array(0, { dtype: 'float64' }), x] as const,
      )[1],
    plain: scaledSine,
    derivatives: 'forward',
  },
  cond: {
    closing: (w, x) =>
      cond(
        w.gt(0.6),
        (v: Tensor) => scaledSine(w, v),
        (v: Tensor) => scaledCosine(w, v),
        x,
      ),
    plain: (w, x) => np.where(w.gt(0.6), scaledSine(w, x), scaledCosine(w, x)),
  },
  'cond without operands': {
    closing: (w, x) =>
      cond(
        x.sum().gt(0),
        () => scaledSine(w, x),
        () => scaledCosine(w, x),
      ),
    plain: (w, x) => np.where(x.sum().gt(0), scaledSine(w, x), scaledCosine(w, x)),
  },
  switchCase: {
    closing: (w, x) =>
      switchCase(
        w.mul(2).astype('int32'),
        [() => w.mul(x), (v: Tensor) => scaledSine(w, v), (v: Tensor) => v.mul(v)] as readonly ((
          v: Tensor,
        ) => Tensor)[],
        x,
      ),
    plain: (w, x) => np.where(w.lt(0.5), w.mul(x), np.where(w.lt(1), scaledSine(w, x), x.mul(x))),
  },
  associativeScan: {
    closing: (w, x) => associativeScan((a: Tensor, b: Tensor) => a.mul(b).mul(w), x),
    plain: (w, x) => np.cumprod(x).mul(np.power(w, np.arange(3).astype('float64'))),
  },
  vjp: {
    closing: (w, x) => vjp((v: Tensor) => scaledSine(w, v), x)[1](x)[0],
    plain: (w, x) => scaledCosine(w, x).mul(x),
  },
  jvp: {
    closing: (w, x) => jvp((v: Tensor) => scaledSine(w, v), [x], [x])[1],
    plain: (w, x) => scaledCosine(w, x).mul(x),
  },
  linearize: {
    closing: (w, x) => linearize((v: Tensor) => scaledSine(w, v), x)[1](x),
    plain: (w, x) => scaledCosine(w, x).mul(x),
  },
  linearTranspose: { closing: (w, x) => linearTranspose((v: Tensor) => v.mul(w), x)(x)[0], plain: (w, x) => x.mul(w) },
  grad: { closing: (w, x) => grad((v: Tensor) => scaledSine(w, v).sum())(x), plain: scaledCosine },
  hessian: {
    closing: (w, x) => (hessian((v: Tensor) => scaledSine(w, v).sum())(x) as Tensor).sum(),
    plain: (w, x) => scaledSine(w, x).sum().neg(),
  },
  customLinearSolve: {
    closing: (w, x) =>
      lax.customLinearSolve(
        (v: Tensor) => v.mul(w),
        x,
        (_, b) => b.div(w),
        { symmetric: true },
      ),
    plain: (w, x) => x.div(w),
  },
  customRoot: {
    closing: (w, x) =>
      lax.customRoot(
        (v: Tensor) => v.mul(w).sub(x),
        np.zerosLike(x),
        () => x.div(w),
        (linear, y) => y.div(linear(np.onesLike(y))),
      ),
    plain: (w, x) => x.div(w),
  },
  'customJvp in its function and its rule': {
    closing: (w, x) =>
      customJvp(
        (v: Tensor) => scaledSine(w, v),
        ([v], [dv]) => [scaledSine(w, v), scaledCosine(w, v).mul(dv)],
      )(x),
    plain: scaledSine,
    derivatives: 'x',
  },
  'customJvp in its rule alone': {
    closing: (w, x) =>
      customJvp(
        (v: Tensor) => np.sin(v),
        ([v], [dv]) => [np.sin(v), np.cos(v).mul(w).div(w).mul(dv)],
      )(x),
    plain: (_, x) => np.sin(x),
    derivatives: 'x',
  },
  'customJvp whose rule calls it': {
    closing: (w, x) => {
      const power: (n: Tensor, v: Tensor) => Tensor = customJvp(
        (n: Tensor, v: Tensor) => np.power(v, n).mul(w),
        ([n, v], [, dv]) => [power(n, v), power(n.sub(1), v).mul(n).mul(dv)],
      )
      return power(np.array(3, { dtype: 'float64' }), x)
    },
    plain: (w, x) => x.mul(x).mul(x).mul(w),
    derivatives: 'x',
  },
  'customVjp in all of its functions': {
    closing: (w, x) =>
      customVjp(
        (v: Tensor) => scaledSine(w, v),
        (v: Tensor) => [scaledSine(w, v), v] as const,
        (v: Tensor, ct: Tensor) => [scaledCosine(w, v).mul(ct)],
      )(x),
    plain: scaledSine,
    derivatives: 'x',
  },
  'customVjp in its backward function alone': {
    closing: (w, x) =>
      customVjp(
        (v: Tensor) => np.sin(v),
        (v: Tensor) => [np.sin(v), v] as const,
        (v: Tensor, ct: Tensor) => [np.cos(v).mul(w).div(w).mul(ct)],
      )(x),
    plain: (_, x) => np.sin(x),
    derivatives: 'x',
  },
  'customVjp inside scan inside jit': {
    closing: (w, x) =>
      jit((v: Tensor) =>
        map(
          (e: Tensor) =>
            customVjp(
              (u: Tensor) => scaledSine(w, u),
              (u: Tensor) => [scaledSine(w, u), u] as const,
              (u: Tensor, ct: Tensor) => [scaledCosine(w, u).mul(ct)],
            )(e),
          v,
        ),
      )(x),
    plain: scaledSine,
    derivatives: 'x',
  },
}

type Transform = readonly [name: string, transform: (f: Binary) => Binary]

const total =
  (f: Binary): Binary =>
  (w, x) =>
    f(w, x).sum()
const gradX: Transform = ['grad by x', (f) => grad(total(f), { argnums: 1 })]
const gradW: Transform = ['grad by w', (f) => grad(total(f))]
const tangent: Transform = ['jvp by x', (f) => (w, x) => jvp((v: Tensor) => f(w, v), [x], [np.onesLike(x)])[1]]
const vmapW: Transform = ['vmap over w', (f) => (w, x) => vmap((u: Tensor) => f(u, x))(np.stack([w, w.add(0.5)]))]
const vmapX: Transform = ['vmap over x', (f) => (w, x) => vmap((u: Tensor) => f(w, u))(np.stack([x, x.mul(2)]))]
const vmapBoth: Transform = ['vmap', (f) => (w, x) => vmap(f)(np.stack([w, w.add(0.5)]), np.stack([x, x.mul(2)]))]
const jitted: Transform = ['jit', (f) => jit(f)]
const mapped: Transform = ['map over w', (f) => (w, x) => map((u: Tensor) => f(u, x), np.stack([w, w.add(0.5)]))]
const remembered: Transform = ['checkpoint', (f) => checkpoint(f)]
const values: readonly Transform[] = [vmapW, vmapX, vmapBoth, jitted, mapped, remembered]

/** Ways of evaluating, one in the other, and around and inside of a derivative. */
const chains = (derivatives: readonly Transform[]): readonly (readonly Transform[])[] => [
  ...values.map((v) => [v]),
  ...[jitted, mapped, vmapX].flatMap((v) => [
    [v, vmapW],
    [vmapW, v],
  ]),
  ...derivatives.flatMap((d) => [
    [d],
    [jitted, d],
    [d, jitted],
    [d, vmapW],
    [vmapBoth, d],
    [d, mapped],
    [jitted, vmapW, d],
    [d, jitted, vmapW],
    [vmapX, d, jitted],
  ]),
]

const permitted: Readonly<Record<'all' | 'x' | 'forward', readonly Transform[]>> = {
  all: [gradX, gradW, tangent],
  x: [gradX],
  forward: [tangent],
}
const [w, x] = [np.array(0.7, { dtype: 'float64' }), np.array([0.3, 1.1, -0.4], { dtype: 'float64' })]

describe.each(Object.entries(closures))('%s closes over a value of', (_, closure) => {
  const { closing, plain, derivatives = 'all' }: Closure = closure
  it.each(chains(permitted[derivatives]).map((chain) => [chain.map(([name]) => name).join(' of '), chain] as const))(
    '%s',
    (_name, chain) => {
      const apply = (f: Binary): Tensor => chain.reduceRight((g, [, transform]) => transform(g), f)(w, x)
      const [found, expected] = [apply(closing), apply(plain)]
      expect(found.shape).toEqual(expected.shape)
      const wanted = expected.data()
      found.data().forEach((v, i) => {
        expect(v).toBeCloseTo(wanted[i] as number, 11)
      })
    },
  )
})

describe('a custom rule', () => {
  it('knows no derivative by what it closes over, and says so', () => {
    const scaled: Binary = (u, v) =>
      customJvp(
        (a: Tensor) => a.mul(u),
        ([a], [da]) => [a.mul(u), da.mul(u)],
      )(v)
    expect(() => grad(total(scaled))(w, x)).toThrow(LeakedTracerError)
    expect(() => grad(total(jit(scaled)))(w, x)).toThrow(TransformError)
  })
  it('that closes over nothing batched stays without batch', () => {
    const own = customJvp(
      (a: Tensor) => a.mul(a),
      ([a], [da]) => [a.mul(a), a.mul(da).mul(2)],
    )
    const shapes: (readonly number[])[] = []
    vmap(
      (a: Tensor) => {
        shapes.push(own(x).shape)
        return own(x).sum().add(a)
      },
      { outAxes: 0 },
    )(np.zeros([2]))
    expect(vmap((a: Tensor) => [own(x), a] as const, { outAxes: [null, 0] })(np.zeros([2]))[0].shape).toEqual([3])
    expect(shapes).toEqual([[3]])
  })
})
