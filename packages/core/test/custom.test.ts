/** Derivatives of the user's own under every other transform. The rules are wrong on purpose, so that one sees whether they are used. */
import {
  checkpoint,
  cond,
  customJvp,
  customVjp,
  foriLoop,
  grad,
  hessian,
  jacfwd,
  jacrev,
  jit,
  jvp,
  linearize,
  map,
  np,
  scan,
  type Tensor,
  TransformError,
  TreeError,
  vjp,
  vmap,
} from '@puregrad/core'
import { describe, expect, it } from 'vitest'

const x = np.array([1, 2, 3], { dtype: 'float64' })

/** x², whose derivative claims to be 7x. */
const byJvp = customJvp(
  (v: Tensor) => v.mul(v),
  ([v], [dv]) => [v.mul(v), v.mul(7).mul(dv)],
)
const byVjp = customVjp(
  (v: Tensor) => v.mul(v),
  (v: Tensor) => [v.mul(v), v] as const,
  (v: Tensor, ct: Tensor) => [v.mul(7).mul(ct)],
)

type Function = (v: Tensor) => Tensor
const wrappers: readonly (readonly [string, (f: Function) => Function])[] = [
  ['nothing', (f) => f],
  ['jit', (f) => jit(f)],
  ['jit of jit', (f) => jit(jit(f))],
  ['vmap', (f) => vmap(f)],
  ['vmap of vmap', (f) => (v) => vmap(vmap(f))(v.reshape([1, 3])).reshape([3])],
  ['jit of vmap', (f) => jit(vmap(f))],
  ['vmap of jit', (f) => vmap(jit(f))],
  ['checkpoint', (f) => checkpoint(f)],
  ['scan', (f) => (v) => scan((c: Tensor, e: Tensor): readonly [Tensor, Tensor] => [c, f(e)], np.array(0), v)[1]],
  ['map', (f) => (v) => map(f, v)],
  ['foriLoop', (f) => (v) => foriLoop(0, 1, (_: Tensor, c: Tensor) => f(c), v)],
  ['cond', (f) => (v) => cond(v.sum().gt(0), f, (c: Tensor) => c, v)],
  ['vmap of scan', (f) => (v) => vmap((r: Tensor) => map(f, r))(v.reshape([3, 1])).reshape([3])],
  ['checkpoint of scan', (f) => checkpoint((v: Tensor) => map(f, v))],
]

describe.each([
  ['customJvp', byJvp],
  ['customVjp', byVjp],
] as const)('%s', (_, f) => {
  describe.each(wrappers)('under %s', (_, wrap) => {
    const g = wrap(f)
    it('has its value and its derivative', () => {
      expect(g(x).toArray()).toEqual([1, 4, 9])
      expect(grad((v: Tensor) => g(v).sum())(x).toArray()).toEqual([7, 14, 21])
      expect(vjp(g, x)[1](np.array([1, 10, 100], { dtype: 'float64' }))[0].toArray()).toEqual([7, 140, 2100])
    })
    it('has its derivative jitted and per example', () => {
      const gradient = grad((v: Tensor) => g(v).sum())
      expect(jit(gradient)(x).toArray()).toEqual([7, 14, 21])
      expect(vmap(gradient)(np.stack([x, x.mul(2)])).toArray()).toEqual([
        [7, 14, 21],
        [14, 28, 42],
      ])
      expect(jacrev(g)(x)).toSatisfy((j: Tensor) => JSON.stringify(j.toArray()) === '[[7,0,0],[0,14,0],[0,0,21]]')
    })
    it('is differentiated twice by its rule', () => {
      expect(grad((v: Tensor) => grad((u: Tensor) => g(u).sum())(v).sum())(x).toArray()).toEqual([7, 7, 7])
    })
  })
})

describe('customJvp', () => {
  it('answers forward mode', () => {
    expect(jvp(byJvp, [x], [np.onesLike(x)])[1].toArray()).toEqual([7, 14, 21])
    expect(linearize(byJvp, x)[1](np.onesLike(x)).toArray()).toEqual([7, 14, 21])
    expect((jacfwd(byJvp)(x) as Tensor).toArray()).toEqual([
      [7, 0, 0],
      [0, 14, 0],
      [0, 0, 21],
    ])
    expect((hessian((v: Tensor) => byJvp(v).sum())(x) as Tensor).toArray()).toEqual([
      [7, 0, 0],
      [0, 7, 0],
      [0, 0, 7],
    ])
  })
  it('takes and returns trees, with integers among them', () => {
    const scaled = customJvp(
      (p: { readonly x: Tensor; readonly n: Tensor }) => ({ y: p.x.mul(p.n.astype('float64')) }),
      ([p], [dp]) => [{ y: p.x.mul(p.n.astype('float64')) }, { y: dp.x.mul(5) }],
    )
    const n = np.array(3).astype('int32')
    expect(scaled({ x, n }).y.toArray()).toEqual([3, 6, 9])
    expect(grad((v: Tensor) => scaled({ x: v, n }).y.sum())(x).toArray()).toEqual([5, 5, 5])
  })
  it('tells a rule that returns something else', () => {
    const wrong = customJvp((v: Tensor) => v, (() => x) as never) as Function
    expect(() => jvp(wrong, [x], [x])).toThrow(TreeError)
  })
})

describe('customVjp', () => {
  it('has no forward mode, and says so', () => {
    expect(() => jvp(byVjp, [x], [x])).toThrow(TransformError)
    expect(() => jacfwd(byVjp)(x)).toThrow(/Use reverse mode/)
  })
  it('takes null for a zero cotangent, and residuals of any tree', () => {
    const f = customVjp(
      (a: Tensor, b: { readonly c: Tensor }) => a.mul(b.c),
      (a: Tensor, b: { readonly c: Tensor }) => [a.mul(b.c), { saved: [b.c], nothing: null }] as const,
      ({ saved: [c] }, ct: Tensor) => [ct.mul(c as Tensor).mul(2), null],
    )
    const [da, db] = grad((a: Tensor, b: { readonly c: Tensor }) => f(a, b).sum(), { argnums: [0, 1] })(x, { c: x })
    expect(da.toArray()).toEqual([2, 4, 6])
    expect(db.c.toArray()).toEqual([0, 0, 0])
  })
  it('sums cotangents of what has no batch', () => {
    const f = customVjp(
      (a: Tensor, w: Tensor) => a.mul(w),
      (a: Tensor, w: Tensor) => [a.mul(w), [a, w]] as const,
      ([a, w]: readonly Tensor[], ct: Tensor) => [ct.mul(w as Tensor), ct.mul(a as Tensor)],
    )
    const loss = (w: Tensor): Tensor => vmap(f, { inAxes: [0, null] })(x, w).sum()
    expect(grad(loss)(np.array(2, { dtype: 'float64' })).item()).toBe(6)
  })
  it('tells a backward function of the wrong arity or structure', () => {
    const forward = (v: Tensor) => [v, null] as const
    const arity = customVjp((v: Tensor) => v, forward, (() => []) as never) as Function
    expect(() => grad((v: Tensor) => arity(v).sum())(x)).toThrow(/a cotangent for each of the 1 arguments/)
    const structure = customVjp((v: Tensor) => v, forward, ((_: null, ct: Tensor) => [{ ct }]) as never) as Function
    expect(() => grad((v: Tensor) => structure(v).sum())(x)).toThrow(/another structure/)
  })
  it('clips gradients, as it is often used for', () => {
    const clip = customVjp(
      (v: Tensor) => v,
      (v: Tensor) => [v, null] as const,
      (_: null, ct: Tensor) => [np.clip(ct, -1, 1)],
    )
    expect(
      grad((v: Tensor) =>
        clip(v)
          .mul(np.array([0.5, 5, -5], { dtype: 'float64' }))
          .sum(),
      )(x).toArray(),
    ).toEqual([0.5, 1, -1])
  })
})

describe('a rule that fails', () => {
  const fails = (): never => {
    throw new Error('there is no derivative')
  }
  const floor = customVjp((v: Tensor) => np.floor(v), fails as never, fails as never)
  const ceil = customJvp((v: Tensor) => np.ceil(v), fails as never)
  const x = np.array([0.5, 1.5])
  const f = (v: Tensor): Tensor => floor(v).add(ceil(v))
  it.each([
    ['eager', f],
    ['jit', jit(f)],
    ['vmap', vmap(f)],
    ['jit of vmap', jit(vmap(f))],
    ['checkpoint', checkpoint(f)],
    ['map', (v: Tensor) => map(f, v)],
    ['cond', (v: Tensor) => cond(v.sum().gt(0), f, (u: Tensor) => u, v)],
  ])('is none while nobody asks: %s', (_, g) => expect(g(x).toArray()).toEqual([1, 3]))
  it('fails when somebody does', () => {
    for (const g of [f, jit(f), vmap(f), jit(vmap(f))])
      expect(() => grad((v: Tensor) => g(v).sum())(x)).toThrow('there is no derivative')
  })
  it('is not one of an integer or bool without a batch', () => {
    const scaled = customVjp(
      (v: Tensor, on: Tensor) => v.mul(on.astype('float32')),
      (v: Tensor, on: Tensor) => [v.mul(on.astype('float32')), on] as const,
      (on: Tensor, ct: Tensor) => [ct.mul(on.astype('float32')).mul(7), on],
    )
    for (const on of [np.array(true), np.array(1, { dtype: 'int32' }), np.array(1, { dtype: 'uint8' })]) {
      const batched = vmap(scaled, { inAxes: [0, null] })
      for (const g of [batched, jit(batched)]) {
        expect(g(x, on).toArray()).toEqual([0.5, 1.5])
        expect(grad((v: Tensor) => g(v, on).sum())(x).toArray()).toEqual([7, 7])
      }
    }
  })
})
