/** What `jit` remembers: when it traces anew, and when it does not. */
import { evalShape, grad, jit, lax, makeProgram, np, random, ShapeError, scan, type Tensor, vmap } from '@puregrad/core'
import { describe, expect, it } from 'vitest'

/** `value`, after something was done. */
const after = <T>(_done: unknown, value: T): T => value

describe('the cache', () => {
  it('traces once per structure, shape and dtype', () => {
    let ran = 0
    const f = jit((p: { readonly x: Tensor }) => after(ran++, p.x.mul(2)))
    for (const x of [np.ones([2]), np.zeros([2]), np.ones([3]), np.ones([2]).astype('float64'), np.ones([2])]) f({ x })
    expect(ran).toBe(3)
    expect(f.stats()).toMatchObject({ traces: 3, compiles: 3, cacheHits: 2 })
  })
  it('traces numbers like tensors, weak ones apart', () => {
    let ran = 0
    const f = jit((x: Tensor | number) => after(ran++, np.add(x, 1)))
    expect([1, 2, 3].map((x) => f(x).item())).toEqual([2, 3, 4])
    expect(ran).toBe(1)
    f(np.array(1))
    expect(ran).toBe(2)
  })
  it('keeps static arguments apart, by value or identity', () => {
    let ran = 0
    const f = jit((x: Tensor, power: number, g: (v: Tensor) => Tensor) => after(ran++, g(x.pow(power))), {
      staticArgnums: [1, 2],
    })
    const [sin, cos] = [(v: Tensor) => np.sin(v), (v: Tensor) => np.cos(v)]
    const x = np.array(2)
    expect(f(x, 2, sin).item()).toBe(np.sin(np.array(4)).item())
    expect(f(x, 3, sin).item()).toBe(np.sin(np.array(8)).item())
    expect(f(x, 3, cos).item()).toBe(np.cos(np.array(8)).item())
    f(x, 2, sin)
    f(np.array(5), 3, cos)
    expect(ran).toBe(3)
  })
  it('keeps lists of static strings and trees with odd keys apart', () => {
    const f = jit(
      (a: string, b: string, x: Tensor | number) =>
        np
          .array(0)
          .add(x)
          .mul(a.length * 10 + b.length),
      {
        staticArgnums: [0, 1],
      },
    )
    expect([f('x,string y', 'z', 1).item(), f('x', 'y,string z', 1).item()]).toEqual([101, 20])
    const keys = jit((r: Record<string, number | null>) => np.array(Object.keys(r).length))
    expect([keys({ 'a: null, b': 1 }).item(), keys({ a: null, b: 1 }).item()]).toEqual([1, 2])
  })
  it('takes negative positions of static arguments', () => {
    const f = jit((x: Tensor, n: number) => x.mul(n > 1 ? 10 : 1), { staticArgnums: -1 })
    expect(f(np.array(1), 2).item()).toBe(10)
    expect(f(np.array(1), 1).item()).toBe(1)
  })
  it('serves other transforms of the jitted function without tracing it again', () => {
    let ran = 0
    const f = jit((x: Tensor) => after(ran++, np.sin(x).sum()))
    const x = np.ones([3])
    for (let i = 0; i < 3; i++) {
      grad(f)(x)
      f(x)
    }
    expect(ran).toBe(1)
  })
  it('is not used for programs that close over a tracer of an outer transform', () => {
    const inner = (y: Tensor) => jit((x: Tensor) => x.mul(y))
    expect(grad((y: Tensor) => inner(y)(y))(np.array(3)).item()).toBe(6)
    const kept: ((x: Tensor) => Tensor)[] = []
    grad((y: Tensor) => {
      const g = jit((x: Tensor) => x.mul(y))
      kept.push(g)
      return g(y)
    })(np.array(3))
    expect(() => kept[0]?.(np.array(3))).toThrow(/outside the transform/)
  })
  it('keeps the sizes of named axes apart', () => {
    const share = vmap(
      jit((x: Tensor) => lax.pmean(x, 'i')),
      { axisName: 'i' },
    )
    expect(share(np.array([1, 2, 3])).toArray()).toEqual([2, 2, 2])
    expect(share(np.array([1, 2, 3, 6])).toArray()).toEqual([3, 3, 3, 3])
    expect(() => jit((x: Tensor) => lax.pmean(x, 'i'))(np.array(1))).toThrow(/no axis named 'i'/)
  })
  it('reports the bytes of its arena', () => {
    const f = jit((x: Tensor) => np.sin(x).mul(x).sum())
    expect(f.stats().arenaBytes).toBe(0)
    f(np.ones([1000]))
    const small = f.stats().arenaBytes
    expect(small).toBeGreaterThan(4000)
    f(np.ones([100_000]))
    expect(f.stats().arenaBytes).toBeGreaterThan(50 * small)
  })
})

describe('results', () => {
  it('may be arguments, constants, trees, numbers and nothing', () => {
    const f = jit((x: Tensor) => ({ x, pair: [x, x] as const, one: 1, array: np.array([1, 2]), none: null }))
    const y = f(np.array(3))
    expect([y.x.item(), y.pair[0].item(), y.pair[1].item(), y.one.item(), y.array.toArray(), y.none]).toEqual([
      3,
      3,
      3,
      1,
      [1, 2],
      null,
    ])
  })
  it('keep -0, NaN and infinities', () => {
    const f = jit((x: Tensor) => [x.neg(), np.array([-0]).mul(1), x.div(0)] as const)
    const [a, b, c] = f(np.array([0]))
    expect(Object.is(a.data()[0], -0)).toBe(true)
    expect(Object.is(b.data()[0], -0)).toBe(true)
    expect(c.data()[0]).toBeNaN()
  })
  it('of random numbers are those of eager calls', () => {
    const f = (key: Tensor): Tensor => random.normal(random.split(key).slice(1), [7])
    expect(jit(f)(random.key(1)).toArray()).toEqual(f(random.key(1)).toArray())
  })
  it('of programs that take turns in memory stay right', () => {
    const [f, g] = [
      jit((x: Tensor) => np.sin(x).add(np.array([1, 2, 3]))),
      jit((x: Tensor) => np.sort(x).mul(np.array([4, 5, 6]))),
    ]
    const x = np.array([3, 1, 2])
    const expected = [
      np
        .sin(x)
        .add(np.array([1, 2, 3]))
        .toArray(),
      np
        .sort(x)
        .mul(np.array([4, 5, 6]))
        .toArray(),
    ]
    for (let i = 0; i < 3; i++) expect([f(x).toArray(), g(x).toArray()]).toEqual(expected)
  })
})

describe('evalShape', () => {
  it('gives types without computing', () => {
    const f = (p: { readonly w: Tensor }, x: Tensor) => ({ y: x.matmul(p.w), sum: x.sum() })
    const huge = { shape: [100_000, 100_000], dtype: 'float32' } as const
    expect(evalShape(f, { w: huge }, huge)).toEqual({ y: huge, sum: { shape: [], dtype: 'float32' } })
    expect(evalShape(f, { w: np.ones([2, 3]) }, np.ones([4, 2])).y).toEqual({ shape: [4, 3], dtype: 'float32' })
    expect(() => evalShape(f, { w: huge }, { shape: [3, 3], dtype: 'float32' })).toThrow(ShapeError)
  })
})

describe('makeProgram', () => {
  const print = (f: (...args: never[]) => unknown, ...args: Tensor[]): string =>
    String(makeProgram(f as (...a: unknown[]) => unknown)(...args))
  it('prints like a jaxpr', () => {
    expect(print((x: Tensor) => lax.sin(x), np.ones([3]))).toBe(
      '{ lambda a:float32[3] . let b:float32[3] = sin a in (b) }',
    )
    expect(print((x: Tensor) => x, np.ones([3]))).toBe('{ lambda a:float32[3] . (a) }')
    expect(print((x: Tensor) => x.mul(2), np.array(1))).toBe(
      '{ lambda a:float32[] . let b:float32[] = mul a 2.0 in (b) }',
    )
    expect(print((x: Tensor, y: Tensor) => [lax.mul(lax.sin(x), y), x], np.ones([3]), np.ones([3]))).toBe(
      '{ lambda a:float32[3] b:float32[3] .\n  let\n    c:float32[3] = sin a\n    d:float32[3] = mul c b\n  in (d, a) }',
    )
  })
  it('prints nested programs', () => {
    const text = print(
      (x: Tensor) => scan((c: Tensor, e: Tensor): readonly [Tensor, Tensor] => [c.add(e), c], np.array(0), x),
      np.ones([3]),
    )
    expect(text).toMatch(
      /scan\[body=\{ lambda a:float32\[\] b:float32\[\] \. let c:float32\[\] = add a b in \(c, a\) \}/,
    )
    expect(text).toMatch(/length=3 reverse=false\] 0\.0 a/)
  })
  it('can be walked', () => {
    const { equations } = makeProgram((x: Tensor) => vmap((v: Tensor) => lax.sin(v).sum())(x))(np.ones([2, 3]))
    expect(equations.map((e) => e.primitive.name)).toEqual(['sin', 'reduceSum'])
  })
})
