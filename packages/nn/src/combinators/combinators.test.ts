import {
  grad,
  jit,
  np,
  RangeError,
  random,
  type Shape,
  stopGradient,
  type Tensor,
  TreeError,
  tree,
  vmap,
} from '@puregrad/core'
import { describe, expect, it } from 'vitest'
import { expectNear } from '../../test/near.js'
import {
  batchNorm,
  concat,
  conv2d,
  dense,
  dropout,
  fanOut,
  flatten,
  init,
  type Layer,
  lambda,
  mapParams,
  named,
  parallel,
  describe as partsOf,
  relu,
  remat,
  repeat,
  residual,
  serial,
  shared,
  tanh,
} from '../index.js'

const key = random.key(0)
const evaluate = { mode: 'eval' } as const
const train = { mode: 'train', key: random.key(1) } as const
const sample = (seed: number, shape: Shape): Tensor => random.normal(random.key(seed), shape, { dtype: 'float64' })

const message = (planned: { readonly _tag: string; readonly left?: Error }): string => {
  if (planned.left === undefined) throw new Error('the plan was expected to fail')
  return planned.left.message
}

describe('serial', () => {
  const model = serial(flatten(), dense(8), relu, dropout(0.5), dense(3))
  const { params, state } = init(model, [2, 4], key, { dtype: 'float64' })
  const x = sample(1, [5, 2, 4])
  it('applies one layer after another', () => {
    const [, first, , , second] = params
    const hidden = relu(x.reshape([5, 8]).matmul(first.kernel).add(first.bias))
    expectNear(model.apply(params, state, x, evaluate)[0], hidden.matmul(second.kernel).add(second.bias), 1e-13)
  })
  it('gives each layer a key of its own, the same one every time', () => {
    const [y] = model.apply(params, state, x, train)
    expectNear(model.apply(params, state, x, train)[0], y, 0)
    expect(np.arrayEqual(y, model.apply(params, state, x, { mode: 'train', key })[0]).item()).toBe(false)
    const twice = serial(dropout(0.5), dropout(0.5))
    const ones = np.ones([1000])
    const kept = np.mean(twice.apply([null, null], [null, null], ones, train)[0].ne(0).astype('float32')).item()
    expect(kept).toBeGreaterThan(0.2)
    expect(kept).toBeLessThan(0.3)
  })
  it('passes states through', () => {
    const normed = serial(dense(2), batchNorm({ momentum: 0 }), tanh)
    const start = init(normed, [3], key, { dtype: 'float64' })
    const input = sample(1, [4, 3])
    const [, next] = normed.apply(start.params, start.state, input, train)
    expectNear(next[1].mean, np.mean(input.matmul(start.params[0].kernel), { axis: 0 }), 1e-13)
    expect(next[0]).toBeNull()
    expectNear(normed.apply(start.params, next, input, evaluate)[1][1].mean, next[1].mean, 0)
  })
  it('jits and differentiates', () => {
    const loss = (p: typeof params, k: Tensor): Tensor => np.sum(model.apply(p, state, x, { mode: 'train', key: k })[0])
    const [eager, jitted] = [grad(loss)(params, key), jit(grad(loss))(params, key)]
    for (const [i, g] of tree.leaves(eager).entries()) expectNear(tree.leaves(jitted)[i] as Tensor, g, 1e-13)
  })
  it('names the layer that does not fit, and where it stands', () => {
    const wrong = serial(flatten(), serial(dense(4), conv2d(8, { kernelSize: 3 })))
    expect(message(wrong.plan([2, 4]))).toBe(
      'serial › serial › conv2d(8): takes [height, width, channels] after the batch axis and the input is [4]. Put nn.reshape before it.',
    )
    expect(() => init(wrong, [2, 4], key)).toThrow('conv2d(8)')
  })
  it('lists its layers', () => {
    const parts = partsOf(serial(flatten(), dense(8), relu, serial(dense(3))), [2, 4])
    if (parts._tag === 'Left') throw parts.left
    expect(parts.right.map(({ path, out, parameters }) => [path.join('/'), out, parameters])).toEqual([
      ['flatten', [8], 0],
      ['dense(8)', [8], 72],
      ['relu', [8], 0],
      ['serial/dense(3)', [3], 27],
    ])
  })
})

describe('starting numbers', () => {
  const kernel = (p: unknown): unknown => (p as { kernel: Tensor }).kernel.toArray()
  it('adding a layer changes those of no other', () => {
    const few = init(serial(dense(8), dense(3)), [4], key).params
    const more = init(serial(dropout(0.1), dense(8), relu, dense(3), tanh, dense(2)), [4], key).params
    expect(kernel(more[1])).toEqual(kernel(few[0]))
    expect(kernel(more[3])).toEqual(kernel(few[1]))
  })
  it('two equal layers start differently', () => {
    const [a, b] = init(serial(dense(4), dense(4)), [4], key).params
    expect(kernel(a)).not.toEqual(kernel(b))
  })
  it('named layers keep theirs wherever they stand', () => {
    const few = init(named({ hidden: dense(8), logits: dense(3) }), [4], key).params
    const more = init(named({ before: dense(4), hidden: dense(8), more: dense(8), logits: dense(3) }), [4], key).params
    expect(kernel(more.hidden)).toEqual(kernel(few.hidden))
    expect(kernel(more.logits)).toEqual(kernel(few.logits))
  })
  it('have the dtype asked for', () => {
    const { params, state } = init(serial(dense(2), batchNorm()), [3], key, { dtype: 'float64' })
    expect([params[0].kernel.dtype, params[1].scale.dtype, state[1].var.dtype]).toEqual([
      'float64',
      'float64',
      'float64',
    ])
  })
  it('are a function of the key that vmaps and jits', () => {
    const model = serial(dense(3), relu, dense(2))
    const start = jit((k: Tensor) => init(model, [4], k).params)
    expectNear(start(key)[0].kernel, init(model, [4], key).params[0].kernel, 0)
    const ensemble = vmap((k: Tensor) => init(model, [4], k).params)(random.split(key, 3))
    expectNear(ensemble[2].kernel.slice(1), init(model, [4], random.split(key, 3).slice(1)).params[2].kernel, 0)
  })
})

describe('named', () => {
  it('applies its layers in the order of the record', () => {
    const model = named({ zeta: dense(3), alpha: relu, mu: dense(2) })
    const { params, state } = init(model, [4], key, { dtype: 'float64' })
    const x = sample(1, [5, 4])
    const list = serial(dense(3), relu, dense(2))
    expectNear(
      model.apply(params, state, x, evaluate)[0],
      list.apply([params.zeta, null, params.mu], [null, null, null], x, evaluate)[0],
      0,
    )
    expect(Object.keys(state)).toEqual(['zeta', 'alpha', 'mu'])
  })
  it('refuses names that JavaScript reorders', () => expect(() => named({ '1': dense(2) })).toThrow(TreeError))
})

describe('branches', () => {
  const x = sample(1, [5, 4])
  const two = (layer: Layer<unknown, unknown, unknown, unknown>, shape: never) =>
    init(layer, shape, key, { dtype: 'float64' })
  it('fanOut feeds all its layers the same', () => {
    const layer = fanOut(dense(2), relu)
    const { params, state } = init(layer, [4], key, { dtype: 'float64' })
    const [[a, b]] = layer.apply(params, state, x, evaluate)
    expectNear(a, x.matmul(params[0].kernel), 1e-13)
    expectNear(b, relu(x), 0)
  })
  it('fanOut by name gives a record, in parameters and summary too', () => {
    const layer = serial(dense(3), fanOut({ mean: dense(2), logvar: serial(dense(2), tanh) }))
    const { params, state } = init(layer, [4], key, { dtype: 'float64' })
    const [{ mean, logvar }] = layer.apply(params, state, x, evaluate)
    const hidden = x.matmul(params[0].kernel)
    expectNear(mean, hidden.matmul(params[1].mean.kernel), 1e-13)
    expectNear(logvar, tanh(hidden.matmul(params[1].logvar[0].kernel)), 1e-13)
    const planned = layer.plan([4])
    expect(planned._tag === 'Right' && planned.right.out).toEqual({ mean: [2], logvar: [2] })
    expect(() => fanOut({ 0: dense(2) })).toThrow("fanOut: JavaScript lists the key '0' before all others")
  })
  it('serial and parallel take arrays', () => {
    const blocks = Array.from({ length: 3 }, () => dense(4))
    const layer = serial(...blocks)
    const { params, state } = init(layer, [4], key, { dtype: 'float64' })
    expect(params.map(({ kernel }) => kernel.shape)).toEqual([
      [4, 4],
      [4, 4],
      [4, 4],
    ])
    const [y] = layer.apply(params, state, x, evaluate)
    expectNear(
      y,
      params.reduce((v, { kernel }) => v.matmul(kernel), x),
      1e-13,
    )
    const [ys] = parallel(...blocks).apply(params, state, [x, x, x], evaluate)
    expect(ys.length).toBe(3)
  })
  it('parallel feeds each its own', () => {
    const layer = parallel(dense(2), dense(3))
    const { params, state } = init(layer, [[4], [2]], key, { dtype: 'float64' })
    const y = sample(2, [5, 2])
    const [[a, b]] = layer.apply(params, state, [x, y], evaluate)
    expectNear(a, x.matmul(params[0].kernel), 1e-13)
    expectNear(b, y.matmul(params[1].kernel), 1e-13)
    expect(() => two(parallel(dense(2), dense(3)) as never, [4] as never)).toThrow(
      '2 layers side by side take as many inputs',
    )
    for (const given of [[x], [x, y, y]])
      expect(() => layer.apply(params, state, given as never, evaluate)).toThrow(
        /^parallel: 2 layers side by side take as many inputs, and the shape given is \[\[4\]/,
      )
  })
  it('shared is one set of parameters for all', () => {
    const layer = shared(serial(dense(2), batchNorm({ momentum: 0.5 })))
    const { params, state } = init(layer, [[4], [4]], key, { dtype: 'float64' })
    expect(params[0].kernel.shape).toEqual([4, 2])
    const [[a, b]] = layer.apply(params, state, [x, x], evaluate)
    expectNear(a as Tensor, b as Tensor, 0)
    const [, next] = layer.apply(params, state, [x, x], train)
    expectNear(next[1].mean, np.mean(x.matmul(params[0].kernel), { axis: 0 }).mul(0.75), 1e-12)
    expect(message(layer.plan([[4], [3]]))).toContain('need parameters of different shapes')
    expect(message(layer.plan([4] as never))).toContain('takes a list of inputs')
  })
  it('concat joins branches, or a list', () => {
    const joined = concat(dense(2), relu)
    const { params, state } = init(joined, [4], key, { dtype: 'float64' })
    const [y] = joined.apply(params, state, x, evaluate)
    expectNear(y, np.concatenate([x.matmul(params[0].kernel), relu(x)], { axis: -1 }), 1e-13)
    const apart = serial(fanOut(dense(2), relu), concat())
    expectNear(apart.apply([params, null], [state, null], x, evaluate)[0], y, 0)
    const planned = apart.plan([4])
    expect(planned._tag === 'Right' && planned.right.out).toEqual([6])
  })
  it('concat along another axis counts the batch', () => {
    const layer = serial(fanOut(relu, tanh), concat({ axis: 1 }))
    const planned = layer.plan([3, 4])
    expect(planned._tag === 'Right' && planned.right.out).toEqual([6, 4])
    expect(layer.apply([[null, null], null], [[null, null], null], np.ones([2, 3, 4]), evaluate)[0].shape).toEqual([
      2, 6, 4,
    ])
    expect(
      message(
        concat({ axis: 1 }).plan([
          [3, 4],
          [3, 5],
        ]),
      ),
    ).toContain('have to agree in all sizes but that of axis 1')
    expect(message(concat({ axis: 0 }).plan([[3], [3]]))).toContain('no axis 0 besides the batch')
  })
})

describe('residual', () => {
  const x = sample(1, [5, 4])
  it('adds the input', () => {
    const layer = residual(dense(4))
    const { params, state } = init(layer, [4], key, { dtype: 'float64' })
    expectNear(layer.apply(params, state, x, evaluate)[0], x.add(x.matmul(params.kernel)), 1e-13)
  })
  it('adds a projection of it', () => {
    const layer = residual(serial(dense(3), relu), dense(3, { useBias: false }))
    const { params, state } = init(layer, [4], key, { dtype: 'float64' })
    const expected = relu(x.matmul(params[0][0].kernel)).add(x.matmul(params[1].kernel))
    expectNear(layer.apply(params, state, x, evaluate)[0], expected, 1e-13)
  })
  it('says when there is nothing to add', () => {
    expect(message(residual(dense(3)).plan([4]))).toContain('dense(3) turns [4] into [3], which cannot be added')
    expect(message(residual(dense(3), dense(2)).plan([4]))).toContain('Both have to give the same shape')
    const trees = residual(lambda((v: Tensor) => ({ v })) as never)
    expect(message(trees.plan([4]))).toContain('residual: adds tensors, and is given a tree')
  })
})

describe('repeat', () => {
  const block = residual(serial(dense(4), batchNorm({ momentum: 0.5 }), dropout(0.25)))
  const layer = repeat(block, 3)
  const { params, state } = init(layer, [4], key, { dtype: 'float64' })
  const x = sample(1, [5, 4])
  const at = <T>(t: T, i: number): T => tree.map((leaf) => (leaf as unknown as Tensor).slice(i) as never, t)
  it('is its layers one after another', () => {
    let expected = x
    for (let i = 0; i < 3; i++) expected = block.apply(at(params, i), at(state, i), expected, evaluate)[0]
    expectNear(layer.apply(params, state, x, evaluate)[0], expected, 1e-13)
  })
  it('starts every layer differently, and a deeper one the same up to there', () => {
    expect(params[0].kernel.slice(0).toArray()).not.toEqual(params[0].kernel.slice(1).toArray())
    const deeper = init(repeat(block, 5), [4], key, { dtype: 'float64' })
    expectNear(deeper.params[0].kernel.slice({ stop: 3 }), params[0].kernel, 0)
  })
  it('carries states and gives each layer a key', () => {
    const [y, next] = layer.apply(params, state, x, train)
    expect(next[1].mean.shape).toEqual([3, 4])
    expect(np.arrayEqual(next[1].mean, state[1].mean).item()).toBe(false)
    expectNear(layer.apply(params, state, x, train)[0], y, 0)
  })
  it('differentiates, jitted and eager alike', () => {
    const loss = (p: typeof params): Tensor => np.sum(np.square(layer.apply(p, state, x, train)[0]))
    expectNear(jit(grad(loss))(params)[0].kernel, grad(loss)(params)[0].kernel, 1e-12)
  })
  it('keeps the shape', () => {
    expect(message(repeat(dense(3) as Layer<unknown, unknown>, 2).plan([4]))).toContain(
      'a repeated one has to keep the shape',
    )
    expect(() => repeat(block, 0)).toThrow(RangeError)
  })
  it('counts all parameters', () => {
    const parts = partsOf(layer, [4])
    expect(parts._tag === 'Right' && parts.right.reduce((n, part) => n + part.parameters, 0)).toBe(3 * (20 + 8))
  })
})

describe('remat, lambda and mapParams', () => {
  const x = sample(1, [5, 4])
  it('remat gives the same bits, values and gradients', () => {
    const plain = serial(dense(4), tanh, dropout(0.5), dense(2))
    const again = remat(plain)
    const { params, state } = init(again, [4], key)
    const single = x.astype('float32')
    for (const ctx of [evaluate, train]) {
      const loss =
        (layer: typeof plain) =>
        (p: typeof params): Tensor =>
          np.sum(np.square(layer.apply(p, state, single, ctx)[0]))
      expectNear(again.apply(params, state, single, ctx)[0], plain.apply(params, state, single, ctx)[0], 0)
      expectNear(grad(loss(again))(params)[0].kernel, grad(loss(plain))(params)[0].kernel, 0)
    }
  })
  it('lambda finds its shape by tracing', () => {
    const planned = lambda((v: Tensor) => np.sum(v, { axis: 1 }), { name: 'total' }).plan([3, 4])
    expect(planned._tag === 'Right' && planned.right.out).toEqual([4])
    const pair = lambda(([a, b]: readonly [Tensor, Tensor]) => ({ sum: a.add(b) })).plan([[3], [3]])
    expect(pair._tag === 'Right' && pair.right.out).toEqual({ sum: [3] })
  })
  it('lambda keeps the batch', () => {
    expect(message(lambda((v: Tensor) => v.reshape([-1])).plan([3]))).toContain('loses the batch axis')
    expect(message(lambda((v: Tensor) => v.matmul(np.ones([2, 2]))).plan([3]))).toContain('matmul')
  })
  it('mapParams freezes', () => {
    const layer = mapParams(dense(2), stopGradient)
    const { params } = init(layer, [4], key, { dtype: 'float64' })
    const slope = grad((p: typeof params) => np.sum(layer.apply(p, null, x, evaluate)[0]))(params)
    expectNear(slope.kernel, np.zeros([4, 2]), 0)
  })
})
