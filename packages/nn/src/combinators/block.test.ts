import { ArgumentError, checkpoint, grad, jit, np, random, ShapeError, scan, type Tensor, vmap } from '@puregrad/core'
import fc from 'fast-check'
import { isLeft, isRight } from 'fp-ts/lib/Either.js'
import { describe, expect, it } from 'vitest'
import { checkLayer } from '../../test/check-layer.js'
import {
  batchNorm,
  block,
  capture,
  dense,
  dropout,
  embedding,
  gelu,
  init,
  initializers,
  layerNorm,
  named,
  parameter,
  describe as parts,
  relu,
  remat,
  repeat,
  residual,
  serial,
} from '../index.js'

const evaluate = { mode: 'eval' } as const
const train = { mode: 'train', key: random.key(3) } as const

const residualMlp = (d: number) =>
  block({ norm: layerNorm(), up: dense(4 * d), down: dense(d) }, (run, x: Tensor) =>
    x.add(run.down(gelu(run.up(run.norm(x))))),
  )

const messageOf = (f: () => unknown): string => {
  try {
    f()
  } catch (error) {
    return String(error)
  }
  return 'nothing was thrown'
}

describe('block', () => {
  it('is a layer: planned, jitted, differentiated', () => checkLayer(residualMlp(4), [3, 4]))

  it('starts and computes as the same children in a chain', () => {
    const inner = { norm: layerNorm(), up: dense(8), act: gelu, drop: dropout(0.5), down: dense(4) }
    const chained = residual(named(inner))
    const written = block({ body: named(inner) }, (run, x: Tensor) => x.add(run.body(x)))
    fc.assert(
      fc.property(fc.nat(1000), fc.integer({ min: 1, max: 5 }), (seed, n) => {
        const key = random.key(seed)
        const [a, b] = [init(chained, [4], key), init(written, [4], key)]
        expect(b.params).toEqual({ body: a.params })
        const x = random.normal(key, [n, 4])
        expect(written.apply(b.params, b.state, x, train)[0]).toEqual(chained.apply(a.params, a.state, x, train)[0])
      }),
      { numRuns: 20 },
    )
  })

  it('lists its parts in the order of computation', () => {
    const found = parts(residualMlp(2), [2])
    if (isLeft(found)) throw found.left
    expect(found.right.map(({ path, out, parameters }) => [path.join('/'), out, parameters])).toEqual([
      ['norm', [2], 4],
      ['up', [8], 24],
      ['down', [2], 18],
    ])
  })

  it('shares the parameters of a child that runs twice, passes its state through, and gives each run a key', () => {
    const twice = block({ norm: batchNorm({ momentum: 0 }), drop: dropout(0.5) }, (run, x: Tensor) => {
      const y = run.norm(run.norm(x).add(5))
      return np.stack([run.drop(y), run.drop(y)], { axis: 1 })
    })
    const { params, state } = init(twice, [3], random.key(0))
    const [y, next] = twice.apply(params, state, random.normal(random.key(1), [50, 3]), train)
    expect(np.allclose(next.norm.mean, 5, { atol: 1e-3 }).item()).toBe(true)
    expect(np.arrayEqual(np.take(y, 0, { axis: 1 }), np.take(y, 1, { axis: 1 })).item()).toBe(false)
  })

  it('takes and gives trees, and integers where its body needs them', () => {
    const look = block(
      { words: embedding(10, 4), mix: dense(2) },
      (run, { ids, weights }: { readonly ids: Tensor; readonly weights: Tensor }) => ({
        y: run.mix(run.words(ids).mul(np.expandDims(weights, -1))),
        last: np.take(np.arange(10), ids),
      }),
    )
    const { params, state } = init(look, { ids: [5], weights: [5] }, random.key(0))
    const input = { ids: np.ones([2, 5], { dtype: 'int32' }), weights: np.ones([2, 5]) }
    const [{ y, last }] = look.apply(params, state, input, evaluate)
    expect([y.shape, last.shape]).toEqual([
      [2, 5, 2],
      [2, 5],
    ])
  })

  it('runs children on other batches than its own, such as the parts of each example', () => {
    const parts = block({ out: dense(3) }, (run, x: Tensor) =>
      run.out(x.reshape([-1, 4])).reshape([x.shape[0] as number, -1]),
    )
    const { params, state } = init(parts, [5, 4], random.key(0))
    expect(parts.apply(params, state, np.ones([7, 5, 4]), evaluate)[0].shape).toEqual([7, 15])
    expect(parts.plan([5, 4])).toMatchObject({ right: { out: [15] } })
  })

  it('has tensors of its own, which start as those of a layer by that name', () => {
    const scaled = block({ scale: parameter((shape) => shape.slice(-1), initializers.normal()) }, (run, x: Tensor) =>
      x.mul(run.scale(x)),
    )
    checkLayer(scaled, [3, 4])
    const { params } = init(scaled, [3, 4], random.key(0))
    expect(params.scale.shape).toEqual([4])
    expect(scaled.apply(params, { scale: null }, np.ones([2, 3, 4]), evaluate)[0].shape).toEqual([2, 3, 4])
  })

  it('composes with all that composes layers, and under transforms', () => {
    const model = serial(
      dense(4),
      repeat(remat(residualMlp(4)), 3),
      relu,
      block({ out: residualMlp(4) }, (run, x: Tensor) => run.out(x)),
    )
    const { params, state } = init(model, [2], random.key(0))
    const x = random.normal(random.key(1), [5, 2])
    const f = (p: typeof params, v: Tensor): Tensor => model.apply(p, state, v, evaluate)[0]
    expect(jit(f)(params, x)).toEqual(f(params, x))
    expect(
      np.allclose(vmap((v: Tensor) => np.squeeze(f(params, np.expandDims(v, 0)), 0))(x), f(params, x)).item(),
    ).toBe(true)
    expect(grad((p: typeof params) => f(p, x).sum())(params)[3].out.down.kernel.shape).toEqual([16, 4])
    const seen = capture(model)
    const [{ intermediates }] = seen.apply(params, state, x, evaluate)
    expect(Object.keys(intermediates)).toContain('block/out/up')
  })

  it('runs children without state inside loops', () => {
    const steps = block(
      { cell: dense(3) },
      (run, x: Tensor) => scan((h: Tensor) => [np.tanh(run.cell(h)), null], x, null, { length: 4 })[0],
    )
    const { params, state } = init(steps, [3], random.key(0))
    expect(steps.apply(params, state, np.ones([2, 3]), evaluate)[0].shape).toEqual([2, 3])
  })

  it('plans a child that runs in training alone', () => {
    const model = block({ main: dense(2), helper: dense(3) }, (run, x: Tensor, ctx) =>
      ctx.mode === 'train' ? run.main(x).add(run.helper(x).sum()) : run.main(x),
    )
    expect(init(model, [4], random.key(0)).params.helper.kernel.shape).toEqual([4, 3])
  })

  it('has randomness of its own in training', () => {
    const noisy = block({ out: dense(2) }, (run, x: Tensor, ctx) =>
      run.out(ctx.mode === 'train' ? x.add(random.normal(ctx.key, x.shape)) : x),
    )
    checkLayer(noisy, [3])
  })

  it('says which child does not fit, or never runs, and where', () => {
    const narrow = block(
      { inner: block({ a: dense(2), b: residual(dense(3)) }, (run, x: Tensor) => run.b(run.a(x)), { name: 'pair' }) },
      (run, x: Tensor) => run.inner(x),
      { name: 'outer' },
    )
    const planned = narrow.plan([4])
    expect(isLeft(planned) && planned.left.message).toMatch(
      /^outer › inner: pair › b: residual: dense\(3\) turns \[2\] into \[3\]/,
    )
    const unequal = block({ a: dense(2) }, (run, x: Tensor) => run.a(run.a(x)))
    const wrong = unequal.plan([4])
    expect(isLeft(wrong) && wrong.left.message).toMatch(/a runs on inputs that need parameters of different shapes/)
    const summed = block({ a: dense(2) }, (run, x: Tensor) => run.a(x).sum()).plan([4])
    expect(isLeft(summed) && summed.left.message).toMatch(
      /block: the body turns \[2, …\] into \[\] and so loses the batch axis/,
    )
    const misfit = block({ a: dense(2) }, (run, x: Tensor) => run.a(x).add(x)).plan([4])
    expect(isLeft(misfit) && misfit.left.message).toMatch(/^block: /)
    expect(messageOf(() => block({ a: dense(2), b: dense(2) }, (run, x: Tensor) => run.a(x)).plan([4]))).toMatch(
      /b never runs/,
    )
    expect(messageOf(() => block(dense(2) as never, (_run, x: Tensor) => x))).toMatch(/record of layers/)
    expect(messageOf(() => block({ '0': dense(2) }, (run, x: Tensor) => run['0'](x)))).toMatch(/lists the key '0'/)
    expect(isRight(residualMlp(4).plan([4]))).toBe(true)
  })
})

describe('a block whose body throws', () => {
  class Upset extends Error {}
  const deep = (fails: () => boolean) => {
    const inner = block(
      { a: dense(3) },
      (run, x: Tensor) => {
        const y = run.a(x)
        if (fails()) throw new Upset('no')
        return np.tanh(y)
      },
      { name: 'inner' },
    )
    const middle = block({ inner, b: dense(3) }, (run, x: Tensor) => run.b(run.inner(x)), { name: 'middle' })
    return block({ middle, c: dense(2) }, (run, x: Tensor) => run.c(run.middle(x)), { name: 'outer' })
  }
  let failing = false
  const model = deep(() => failing)
  const variables = init(model, [4], random.key(0))
  const x = random.normal(random.key(1), [5, 4])
  const loss = (p: typeof variables.params, v: Tensor): Tensor => model.apply(p, variables.state, v, evaluate)[0].sum()
  const expected = grad(loss)(variables.params, x)
  const stack = repeat(remat(block({ model, back: dense(4) }, (run, y: Tensor) => run.back(run.model(y)))), 2)
  const stacked = init(stack, [4], random.key(0))

  const ways: Readonly<Record<string, (p: typeof variables.params, v: Tensor) => unknown>> = {
    'as it is': loss,
    jit: (p, v) => jit(loss)(p, v),
    checkpoint: (p, v) => grad(checkpoint(loss))(p, v),
    'jit of checkpoint': (p, v) => jit(grad(checkpoint(loss)))(p, v),
    'checkpoint of jit in vmap': (p, v) => vmap((row: Tensor) => checkpoint(jit(loss))(p, np.expandDims(row, 0)))(v),
    'remat in repeat in jit': (_p, v) =>
      jit((q: typeof stacked.params) => stack.apply(q, stacked.state, v, evaluate)[0])(stacked.params),
    plan: () => model.plan([4]),
    init: () => init(model, [4], random.key(0)),
  }
  it.each(Object.entries(ways))('throws what it threw, three blocks deep, and leaves nothing behind: %s', (_, run) => {
    failing = true
    try {
      expect(() => run(variables.params, x)).toThrow(Upset)
    } finally {
      failing = false
    }
    expect(run(variables.params, x)).toBeDefined()
    expect(grad(loss)(variables.params, x)).toEqual(expected)
    expect(init(model, [4], random.key(0))).toEqual(variables)
  })

  it('says where, if it refuses a shape as it is planned, and throws the same as it runs', () => {
    const picky = block({ a: dense(3) }, (run, x: Tensor) => run.a(x).add(x), { name: 'picky' })
    const middle = block({ picky }, (run, x: Tensor) => run.picky(x), { name: 'middle' })
    const outer = block({ middle }, (run, x: Tensor) => run.middle(x), { name: 'outer' })
    const planned = outer.plan([4])
    expect(isLeft(planned) && planned.left.message).toMatch(/^outer › middle › picky: .*\[2,3\].*\[2,4\]/)
    const { params, state } = init(outer, [3], random.key(0))
    const run = (p: typeof params, v: Tensor): Tensor => outer.apply(p, state, v, evaluate)[0].sum()
    for (const f of [run, jit(run), checkpoint(run), jit(grad(checkpoint(run)))])
      expect(() => f(params, np.ones([2, 4]))).toThrow(ShapeError)
    expect(run(params, np.ones([2, 3])).shape).toEqual([])
    expect(() => block({ a: dense(3) }, (_run, v: Tensor) => v).plan([3])).toThrow(ArgumentError)
  })
})
