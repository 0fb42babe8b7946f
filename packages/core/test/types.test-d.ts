/** Promises about types. */
import {
  checkpoint,
  cond,
  customJvp,
  grad,
  jit,
  jvp,
  linearize,
  np,
  pipe,
  scan,
  type Tensor,
  tree,
  valueAndGrad,
  vjp,
  vmap,
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
