/** Promises about types. */
import {
  checkpoint,
  cond,
  customJvp,
  foriLoop,
  grad,
  jit,
  jvp,
  linearize,
  np,
  pipe,
  random,
  scan,
  type Tensor,
  tree,
  valueAndGrad,
  vjp,
  vmap,
  whileLoop,
} from '@puregrad/core'
import { describe, expectTypeOf, it } from 'vitest'

interface Layer {
  readonly kernel: Tensor
  readonly bias: Tensor
}
interface Params {
  readonly layers: readonly [Layer, Layer]
  scale: Tensor
}
declare const params: Params
declare const x: Tensor
const loss = (p: Params, v: Tensor): Tensor => v.mul(p.scale).sum()

describe('grad has the type of what it differentiates', () => {
  it('for an interface with readonly and tuple members', () => {
    expectTypeOf(grad(loss)(params, x)).toEqualTypeOf<Params>()
  })
  it('for tuples, arrays and records', () => {
    const pair = (p: readonly [Tensor, { readonly w: Tensor }]): Tensor => p[0]
    expectTypeOf(grad(pair)([x, { w: x }])).toEqualTypeOf<readonly [Tensor, { readonly w: Tensor }]>()
    expectTypeOf(grad((p: Tensor[]) => p[0] as Tensor)([x])).toEqualTypeOf<Tensor[]>()
    expectTypeOf(grad((p: Record<string, readonly Tensor[]>) => p['w']?.[0] ?? x)({})).toEqualTypeOf<
      Record<string, readonly Tensor[]>
    >()
  })
  it('with numbers made tensors', () => {
    expectTypeOf(grad((p: { readonly a: number; readonly b: Tensor }) => p.b)({ a: 1, b: x })).toEqualTypeOf<{
      readonly a: Tensor
      readonly b: Tensor
    }>()
  })
  it('for chosen arguments', () => {
    const f = (a: Tensor, b: Layer, c: Tensor): Tensor => a.mul(b.kernel).mul(c)
    expectTypeOf(grad(f, { argnums: 1 })(x, params.layers[0], x)).toEqualTypeOf<Layer>()
    expectTypeOf(grad(f, { argnums: [0, 1] })(x, params.layers[0], x)).toEqualTypeOf<[Tensor, Layer]>()
  })
  it('with aux', () => {
    const f = (p: Params): readonly [Tensor, { readonly accuracy: Tensor }] => [p.scale, { accuracy: p.scale }]
    expectTypeOf(grad(f, { hasAux: true })(params)).toEqualTypeOf<readonly [Params, { readonly accuracy: Tensor }]>()
    expectTypeOf(valueAndGrad(f, { hasAux: true })(params)).toEqualTypeOf<
      readonly [readonly [Tensor, { readonly accuracy: Tensor }], Params]
    >()
    expectTypeOf(valueAndGrad(loss)(params, x)).toEqualTypeOf<readonly [Tensor, Params]>()
  })
  it('and takes the arguments of the function', () => {
    expectTypeOf(grad(loss)).parameters.toEqualTypeOf<[p: Params, v: Tensor]>()
    // @ts-expect-error a parameter is missing
    grad(loss)({ scale: x }, x)
    // @ts-expect-error the function has to return one tensor
    grad((p: Params) => p)
  })
})

describe('transforms keep the type of the function', () => {
  const f = (p: Params, v: Tensor): { readonly out: Tensor; readonly parts: readonly [Tensor, Tensor] } => ({
    out: v,
    parts: [v, p.scale],
  })
  type Result = { readonly out: Tensor; readonly parts: readonly [Tensor, Tensor] }
  it('jit, vmap, checkpoint', () => {
    expectTypeOf(jit(f)(params, x)).toEqualTypeOf<Result>()
    expectTypeOf(vmap(f, { inAxes: [null, 0] })(params, x)).toEqualTypeOf<Result>()
    expectTypeOf(checkpoint(f)(params, x)).toEqualTypeOf<Result>()
    expectTypeOf(jit(vmap(grad(loss), { inAxes: [null, 0] }))(params, x)).toEqualTypeOf<Params>()
    // @ts-expect-error arguments keep their types
    jit(f)(x, x)
  })
  it('jvp, vjp, linearize', () => {
    expectTypeOf(jvp(f, [params, x], [params, x])).toEqualTypeOf<readonly [Result, Result]>()
    const [value, pullback] = vjp(f, params, x)
    expectTypeOf(value).toEqualTypeOf<Result>()
    expectTypeOf(pullback(value)).toEqualTypeOf<[p: Params, v: Tensor]>()
    expectTypeOf(linearize(f, params, x)[1](params, x)).toEqualTypeOf<Result>()
  })
  it('customJvp', () => {
    const g = customJvp(
      (v: Tensor) => ({ y: v }),
      ([v], [dv]) => [{ y: v }, { y: dv }],
    )
    expectTypeOf(g(x)).toEqualTypeOf<{ y: Tensor }>()
  })
})

describe('control flow', () => {
  it('scan gives carry and ys', () => {
    const [carry, ys] = scan(
      (c: Layer, v: { readonly a: Tensor }) => [c, [v.a, c.bias] as const] as const,
      params.layers[0],
      { a: x },
    )
    expectTypeOf(carry).toEqualTypeOf<Layer>()
    expectTypeOf(ys).toEqualTypeOf<readonly [Tensor, Tensor]>()
    // @ts-expect-error the carry has to stay what it is
    scan((c: Layer) => [c.bias, c] as const, params.layers[0], null, { length: 1 })
  })
  it('cond has branches of one type', () => {
    expectTypeOf(
      cond(
        true,
        (v: Tensor) => v,
        (v: Tensor) => v.neg(),
        x,
      ),
    ).toEqualTypeOf<Tensor>()
    const [negate, text] = [(v: Tensor): Tensor => v.neg(), 'x']
    // @ts-expect-error branches take the operands that are given
    cond(true, negate, negate, text)
  })
})

describe('trees', () => {
  it('map keeps or changes the leaves', () => {
    expectTypeOf(tree.map((w: Tensor) => w.neg(), params)).toEqualTypeOf<Params>()
    expectTypeOf(tree.map((w: Tensor, g: Tensor) => w.sub(g), params, params)).toEqualTypeOf<Params>()
    expectTypeOf(tree.map((w: Tensor) => w.size, { a: x, b: [x] as const })).toEqualTypeOf<{
      a: number
      b: readonly [number]
    }>()
  })
  it('ravel gives the tree back', () => {
    expectTypeOf(tree.ravel(params)[1](x)).toEqualTypeOf<Params>()
  })
})

describe('np', () => {
  it('is data first and data last', () => {
    expectTypeOf(np.add(x, 1)).toEqualTypeOf<Tensor>()
    expectTypeOf(pipe(x, np.matmul(x), np.add(x), np.tanh, np.sum({ axis: 0 }))).toEqualTypeOf<Tensor>()
    // @ts-expect-error arrays become tensors by np.array
    np.add(x, [1, 2])
  })
})

describe('functions of any tree', () => {
  const step =
    <P>(loss: (params: P, batch: Tensor) => Tensor) =>
    (params: P, batch: Tensor): readonly [P, Tensor] => {
      const [value, gradients] = valueAndGrad(loss)(params, batch)
      return [tree.map((w, g) => w.sub(g.mul(0.1)), params, gradients), value]
    }
  it('grad, jit, vmap and tree.map keep the type of a parameter', () => {
    expectTypeOf(step(loss)(params, x)).toEqualTypeOf<readonly [Params, Tensor]>()
    const compiled = <P>(f: (p: P, v: Tensor) => Tensor, p: P): P => jit(grad(f))(p, x)
    expectTypeOf(compiled(loss, params)).toEqualTypeOf<Params>()
    const many = <P, B extends readonly unknown[]>(f: (p: P, ...batch: B) => Tensor, p: P, ...batch: B): P =>
      vmap(checkpoint(grad(f)))(p, ...batch)
    expectTypeOf(many(loss, params, x)).toEqualTypeOf<Params>()
    const epoch = <P>(f: (p: P, v: Tensor) => Tensor, p: P): P =>
      scan((c: P, v: Tensor) => [step(f)(c, v)[0], null], p, x)[0]
    expectTypeOf(epoch(loss, params)).toEqualTypeOf<Params>()
  })
})

describe('carries', () => {
  it('are tuples without as const', () => {
    const [[a, b], ys] = scan(([p, q], v) => [[q, p.add(v)], q], [x, x], x)
    expectTypeOf([a, b, ys]).toEqualTypeOf<Tensor[]>()
    expectTypeOf(
      whileLoop(
        ([i]) => i.lt(9),
        ([i, y]) => [i.add(1), y.mul(2)],
        [x, x],
      ),
    ).toEqualTypeOf<readonly [Tensor, Tensor]>()
    expectTypeOf(foriLoop(0, 9, (i, [p, q]) => [q, p.add(i)], [x, x])).toEqualTypeOf<readonly [Tensor, Tensor]>()
    expectTypeOf(foriLoop(0, 9, (i, { p, q: [r] }) => ({ p: r, q: [p.add(i)] }), { p: x, q: [x] })).toEqualTypeOf<{
      readonly p: Tensor
      readonly q: readonly [Tensor]
    }>()
  })
  it('may be annotated', () => {
    expectTypeOf(scan(([p, q]: [Tensor, Tensor], v: Tensor) => [[q, p.add(v)], null], [x, x], x)[0]).toEqualTypeOf<
      [Tensor, Tensor]
    >()
    expectTypeOf(
      scan((c: readonly [Tensor, Layer], _: null) => [c, c[0]], [x, params.layers[0]], null)[0],
    ).toEqualTypeOf<readonly [Tensor, Layer]>()
    expectTypeOf(
      whileLoop(
        (c: Layer) => c.bias.lt(1),
        (c) => c,
        params.layers[0],
      ),
    ).toEqualTypeOf<Layer>()
  })
  it('may be numbers', () => {
    expectTypeOf(scan((c, v) => [c.add(v), c], 0, x)).toEqualTypeOf<readonly [Tensor, Tensor]>()
    expectTypeOf(foriLoop(0, 3, (i, [n, y]) => [n.add(i), y.mul(2)], [1, x])).toEqualTypeOf<readonly [Tensor, Tensor]>()
    expectTypeOf(scan((c: Tensor, v: Tensor) => [c.add(v), c], 0, x)[0]).toEqualTypeOf<Tensor>()
  })
  it('keep their structure', () => {
    // @ts-expect-error three carries from two
    scan(([p, q], v: Tensor) => [[q, p, v], q], [x, x], x)
    const other = (c: { readonly a: Tensor }) => ({ b: c.a })
    // @ts-expect-error another record
    whileLoop((c) => c.a.lt(1), other, { a: x })
  })
})

describe('trees of one structure', () => {
  it('map refuses unlike records', () => {
    // @ts-expect-error b is not a
    tree.map((v, w) => v.add(w), { a: x }, { b: x })
    // @ts-expect-error c is missing
    tree.map((v, w) => v.size + w.size, { a: x, c: x }, { a: x })
    expectTypeOf(
      tree.map(
        (v, n) => v.mul(n),
        params,
        tree.map((v) => v.size, params),
      ),
    ).toEqualTypeOf<Params>()
    expectTypeOf(tree.map((n: number) => n + 1, { a: 1, b: [2] })).toEqualTypeOf<{ a: number; b: number[] }>()
    expectTypeOf(tree.map((v, n) => `${v.ndim} ${n}`, [x, x], [1, 2])).toEqualTypeOf<string[]>()
  })
})

describe('what has a known length', () => {
  it('keys destructure', () => {
    const key = random.key(0)
    const [a, b] = random.split(key)
    expectTypeOf(random.normal(a, [3]).add(random.normal(b, [3]))).toEqualTypeOf<Tensor>()
    const [p, q, r] = random.split(key, 3)
    expectTypeOf([p, q, r]).toEqualTypeOf<Tensor[]>()
    const [, , none] = random.split(key)
    expectTypeOf(none).toEqualTypeOf<Tensor | undefined>()
    const keys: Tensor = random.split(key, 5000)
    expectTypeOf(vmap((k: Tensor) => random.normal(k))(random.split(key, [2, 3])).add(keys)).toEqualTypeOf<Tensor>()
    expectTypeOf(vmap((k: Tensor) => random.normal(k))(random.split(key, 3))).toEqualTypeOf<Tensor>()
    for (const k of random.split(key, 4)) expectTypeOf(k).toEqualTypeOf<Tensor>()
  })
  it('splits destructure', () => {
    const [a, b] = np.split(x, 2, { axis: 1 })
    expectTypeOf(a.add(b)).toEqualTypeOf<Tensor>()
    expectTypeOf(np.split(x, [1, 3])).toEqualTypeOf<readonly Tensor[]>()
  })
  it('toArray is what it is said to be', () => {
    const rows: number[][] = x.toArray()
    expectTypeOf(x.toArray<readonly number[]>()).toEqualTypeOf<readonly number[]>()
    expectTypeOf(rows).toEqualTypeOf<number[][]>()
  })
})
