import { grad, jit, np, random, type Shape, type Tensor, vmap } from '@puregrad/core'
import { describe, expect, it } from 'vitest'
import { expectNear, f64, i32 } from '../../test/near.js'
import {
  avgPool2d,
  batchNorm,
  conv1d,
  conv2d,
  conv3d,
  dense,
  dropout,
  embedding,
  flatten,
  globalAvgPool,
  globalMaxPool,
  groupNorm,
  gru,
  init,
  type Layer,
  layerNorm,
  lstm,
  maxPool2d,
  reshape,
  rmsNorm,
  selfAttention,
  simpleRnn,
} from '../index.js'

const key = random.key(0)
const evaluate = { mode: 'eval' } as const
const train = { mode: 'train', key } as const
const sample = (seed: number, shape: Shape): Tensor => random.normal(random.key(seed), shape, { dtype: 'float64' })
const start = <P, S>(layer: Layer<P, S>, shape: Shape) => init(layer, shape, key, { dtype: 'float64' })

/** The output for one batch, and a check that the plan promised its shape. */
const run = <P, S>(layer: Layer<P, S>, x: Tensor): Tensor => {
  const { params, state } = start(layer, x.shape.slice(1))
  const [y] = layer.apply(params, state, x, evaluate)
  const planned = layer.plan(x.shape.slice(1))
  if (planned._tag === 'Left') throw planned.left
  expect(y.shape.slice(1)).toEqual(planned.right.out)
  return y
}

const message = <P, S>(layer: Layer<P, S>, shape: Shape): string => {
  const planned = layer.plan(shape)
  if (planned._tag === 'Right') throw new Error('the plan was expected to fail')
  return planned.left.message
}

describe('every plan promises the shape that apply gives', () => {
  const cases: readonly (readonly [Layer<unknown, unknown>, Shape])[] = (
    [
      [dense(4), [3]],
      [dense(4), [5, 3]],
      [conv1d(4, { kernelSize: 3 }), [7, 2]],
      [conv1d(4, { kernelSize: 3, padding: 'CAUSAL', dilation: 2 }), [7, 2]],
      [conv2d(4, { kernelSize: 3 }), [7, 6, 2]],
      [conv2d(4, { kernelSize: [3, 2], strides: [2, 3], padding: 'VALID' }), [7, 6, 2]],
      [
        conv2d(4, {
          kernelSize: 3,
          padding: [
            [1, 2],
            [0, 1],
          ],
          dilation: 2,
        }),
        [7, 6, 2],
      ],
      [conv2d(4, { kernelSize: 3, padding: 1, groups: 2, strides: 2 }), [7, 6, 2]],
      [conv3d(2, { kernelSize: [1, 3, 3], strides: 2 }), [4, 5, 6, 3]],
      [maxPool2d(2), [7, 6, 3]],
      [maxPool2d([3, 2], { strides: 1, padding: 'SAME' }), [7, 6, 3]],
      [
        avgPool2d(2, {
          padding: [
            [1, 1],
            [0, 0],
          ],
        }),
        [7, 6, 3],
      ],
      [globalAvgPool(), [7, 6, 3]],
      [globalMaxPool(), [7, 3]],
      [flatten(), [7, 6, 3]],
      [reshape([3, -1]), [7, 6]],
      [dropout(0.5), [7]],
      [layerNorm(), [5, 6]],
      [rmsNorm(), [5, 6]],
      [groupNorm({ groups: 2 }), [5, 5, 6]],
      [batchNorm(), [5, 6]],
      [simpleRnn(4), [5, 3]],
      [lstm(4), [5, 3]],
      [gru(4, { returnSequences: false }), [5, 3]],
      [selfAttention({ heads: 2 }), [5, 6]],
    ] as const
  ).map(([layer, shape]) => [layer as unknown as Layer<unknown, unknown>, shape] as const)
  it.each(cases.map(([layer, shape]) => [`${layer.name} on [${shape}]`, layer, shape] as const))(
    '%s',
    (_, layer, shape) => {
      run(layer, sample(1, [2, ...shape]))
    },
  )
  it.each(cases.map(([layer, shape]) => [`${layer.name} on [${shape}]`, layer, shape] as const))(
    '%s: vmap over single examples = the batch',
    (_, layer, shape) => {
      const { params, state } = start(layer, shape)
      const xs = sample(2, [3, ...shape])
      const one = (x: Tensor): Tensor => layer.apply(params, state, np.expandDims(x, 0), evaluate)[0].slice(0)
      expectNear(vmap(one)(xs), layer.apply(params, state, xs, evaluate)[0], 1e-12)
    },
  )
})

describe('dense', () => {
  it('has a bias unless told', () => {
    expect(Object.keys(start(dense(2), [3]).params)).toEqual(['kernel', 'bias'])
    expect(Object.keys(start(dense(2, { useBias: false }), [3]).params)).toEqual(['kernel'])
  })
  it('says what its parameters take', () => {
    const { params } = start(dense(2), [3])
    expect(() => dense(2).apply(params, null, np.ones([4, 5]), evaluate)).toThrow(
      'dense(2): x is float32[4,5] with 5 features and the kernel [3,2] takes 3',
    )
  })
  it('needs an axis', () => expect(message(dense(2), [])).toContain('Give it an axis: nn.reshape([1])'))
})

describe('convolutions', () => {
  it('CAUSAL sees nothing later', () => {
    const layer = conv1d(1, { kernelSize: 3, padding: 'CAUSAL', dilation: 2 })
    const { params } = start(layer, [8, 1])
    const jacobian = (t: number): Tensor =>
      grad((x: Tensor) => layer.apply(params, null, x, evaluate)[0].slice(0, t, 0))(sample(1, [1, 8, 1])).reshape([-1])
    expect(Array.from(jacobian(4).data(), (d) => d !== 0)).toEqual([
      true,
      false,
      true,
      false,
      true,
      false,
      false,
      false,
    ])
  })
  it('groups see their own channels only', () => {
    const layer = conv2d(4, { kernelSize: 1, groups: 2 })
    const { params } = start(layer, [1, 1, 6])
    expect(params.kernel.shape).toEqual([1, 1, 3, 4])
    const slope = grad((x: Tensor) => layer.apply(params, null, x, evaluate)[0].slice(0, 0, 0, 3))(
      sample(1, [1, 1, 1, 6]),
    )
    expect(Array.from(slope.data(), (d) => d !== 0)).toEqual([false, false, false, true, true, true])
  })
  it('say what they take', () => {
    expect(message(conv2d(4, { kernelSize: 3 }), [28, 28])).toBe(
      'conv2d(4): takes [height, width, channels] after the batch axis and the input is [28,28]. nn.reshape([28,28, 1]) makes one channel.',
    )
    expect(message(conv2d(4, { kernelSize: 3, groups: 3 }), [8, 8, 4])).toContain('3 groups')
    expect(message(conv2d(4, { kernelSize: 9, padding: 'VALID' }), [8, 8, 4])).toContain("padding 'SAME'")
    expect(() => conv2d(4, { kernelSize: 3, padding: 'CAUSAL' })).toThrow('is for conv1d')
    expect(() => conv2d(4, { kernelSize: [3] })).toThrow('kernelSize [3] has to be 2 whole numbers')
  })
})

describe('shaping', () => {
  it('reshape fits, or says what does not', () => {
    expect(message(reshape([28, 28]), [783])).toContain('the input [783] has 783 elements')
    expect(message(reshape([-1, -1]), [4])).toContain('one of them −1')
    expect(() => reshape([2, 2]).apply(null, null, np.ones([2, 5]), evaluate)).toThrow('reshape([2,2])')
  })
  it('an empty batch stays empty', () => expect(run(flatten(), np.ones([0, 2, 3])).shape).toEqual([0, 6]))
})

describe('embedding', () => {
  it('is a row for every integer', () => {
    const layer = embedding(5, 3)
    const { params } = init(layer, [2], key)
    const [y] = layer.apply(params, null, i32([[4, 0]]), evaluate)
    expectNear(y.slice(0, 0), params.embedding.slice(4), 0)
    expect(y.shape).toEqual([1, 2, 3])
  })
  it('adds up the gradients of repeated integers', () => {
    const layer = embedding(3, 2)
    const slope = grad((p: { embedding: Tensor }) => np.sum(layer.apply(p, null, i32([[1, 1, 2]]), evaluate)[0]))
    expectNear(
      slope({
        embedding: f64([
          [0, 0],
          [0, 0],
          [0, 0],
        ]),
      }).embedding,
      [
        [0, 0],
        [2, 2],
        [1, 1],
      ],
      0,
    )
  })
  it('takes integers', () => {
    const { params } = init(embedding(5, 3), [2], key)
    expect(() => embedding(5, 3).apply(params, null, np.ones([1, 2]), evaluate)).toThrow("x.astype('int32')")
  })
})

describe('normalisation', () => {
  const moments = (x: Tensor, axis: readonly number[]): readonly [Tensor, Tensor] => [
    np.mean(x, { axis }),
    np.mean(np.square(x), { axis }),
  ]
  it('layerNorm: each position has mean 0 and variance 1', () => {
    const [mean, variance] = moments(run(layerNorm({ epsilon: 0 }), sample(1, [3, 4, 8])), [2])
    expectNear(mean, np.zeros([3, 4]), 1e-12)
    expectNear(variance, np.ones([3, 4]), 1e-12)
  })
  it('rmsNorm: each position has mean square 1', () => {
    expectNear(moments(run(rmsNorm({ epsilon: 0 }), sample(1, [3, 8])), [1])[1], np.ones([3]), 1e-12)
  })
  it('groupNorm: each group of each example has mean 0 and variance 1', () => {
    const grouped = run(groupNorm({ groups: 2, epsilon: 0 }), sample(1, [3, 5, 8])).reshape([3, 5, 2, 4])
    const [mean, variance] = moments(grouped, [1, 3])
    expectNear(mean, np.zeros([3, 2]), 1e-12)
    expectNear(variance, np.ones([3, 2]), 1e-12)
    expect(message(groupNorm({ groups: 3 }), [5, 8])).toContain('3 groups do not divide the 8 channels')
  })
  it('batchNorm: training normalises by the batch and moves the state, evaluation by the state', () => {
    const layer = batchNorm({ momentum: 0.9, epsilon: 0 })
    const { params, state } = start(layer, [5, 2])
    const x = sample(1, [6, 5, 2]).mul(3).add(2)
    const [y, next] = layer.apply(params, state, x, train)
    const [mean, variance] = moments(y, [0, 1])
    expectNear(mean, [0, 0], 1e-12)
    expectNear(variance, [1, 1], 1e-12)
    expectNear(next.mean, np.mean(x, { axis: [0, 1] }).mul(0.1), 1e-12)
    expectNear(
      next.var,
      np
        .var(x, { axis: [0, 1] })
        .mul(0.1)
        .add(0.9),
      1e-12,
    )
    const [z, same] = layer.apply(params, next, x, evaluate)
    expect(same).toBe(next)
    expectNear(z, x.sub(next.mean).div(np.sqrt(next.var)), 1e-12)
  })
  it('batchNorm with a named axis: statistics of all of a vmap', () => {
    const x = sample(1, [6, 2])
    const { params, state } = start(batchNorm(), [2])
    const [whole] = batchNorm().apply(params, state, x, train)
    const parts = vmap((part: Tensor) => batchNorm({ axisName: 'devices' }).apply(params, state, part, train)[0], {
      axisName: 'devices',
    })
    expectNear(parts(x.reshape([2, 3, 2])).reshape([6, 2]), whole, 1e-12)
  })
})

describe('dropout', () => {
  const layer = dropout(0.25)
  const x = np.ones([200, 200])
  it('keeps the mean, in training', () => {
    const [y] = layer.apply(null, null, x, train)
    expect(np.mean(y).item()).toBeCloseTo(1, 1)
    expect([...new Set(y.data())].sort()).toEqual([0, Math.fround(1 / 0.75)])
    expect(np.mean(y.eq(0).astype('float32')).item()).toBeCloseTo(0.25, 1)
  })
  it('is a function of its key', () => {
    expectNear(layer.apply(null, null, x, train)[0], layer.apply(null, null, x, train)[0], 0)
    const other = layer.apply(null, null, x, { mode: 'train', key: random.key(1) })[0]
    expect(np.arrayEqual(layer.apply(null, null, x, train)[0], other).item()).toBe(false)
  })
  it('does nothing in evaluation', () => expect(layer.apply(null, null, x, evaluate)[0]).toBe(x))
  it('of 0 keeps all, of 1 nothing', () => {
    expect(dropout(0).apply(null, null, x, train)[0]).toBe(x)
    expect(np.max(dropout(1).apply(null, null, x, train)[0]).item()).toBe(0)
  })
  it('drops whole slices along broadcast axes', () => {
    const [y] = dropout(0.5, { broadcastDims: [1] }).apply(null, null, np.ones([50, 4]), train)
    expectNear(np.min(y, { axis: 1 }), np.max(y, { axis: 1 }), 0)
  })
  it('takes a probability', () => expect(() => dropout(20)).toThrow('dropout: 20 is no probability'))
})

describe('recurrent layers', () => {
  const x = sample(1, [2, 5, 3])
  const kinds = [simpleRnn, lstm, gru] as const
  it.each(kinds.map((make) => [make.name, make] as const))(
    '%s: the last hidden state alone is the last of all',
    (_, make) => {
      const layer = make(4) as Layer<unknown, null>
      const { params } = start(layer, [5, 3])
      const last = (make(4, { returnSequences: false }) as Layer<unknown, null>).apply(params, null, x, evaluate)[0]
      expectNear(last, layer.apply(params, null, x, evaluate)[0].slice({}, -1), 1e-13)
    },
  )
  it.each(kinds.map((make) => [make.name, make] as const))(
    '%s: reverse is forward on the reversed input, reversed',
    (_, make) => {
      const layer = make(4) as Layer<unknown, null>
      const { params } = start(layer, [5, 3])
      const back = (make(4, { reverse: true }) as Layer<unknown, null>).apply(params, null, x, evaluate)[0]
      expectNear(back, np.flip(layer.apply(params, null, np.flip(x, { axis: 1 }), evaluate)[0], { axis: 1 }), 1e-13)
    },
  )
  it.each(kinds.map((make) => [make.name, make] as const))('%s: jit and grad of jit agree with eager', (_, make) => {
    const layer = make(4) as unknown as Layer<Readonly<Record<string, Tensor>>, null>
    const { params } = start(layer, [5, 3])
    const loss = (p: typeof params, v: Tensor): Tensor => np.sum(np.square(layer.apply(p, null, v, evaluate)[0]))
    const [eager, jitted] = [grad(loss)(params, x), jit(grad(loss))(params, x)]
    for (const name of Object.keys(params)) expectNear(jitted[name] as Tensor, eager[name] as Tensor, 1e-13)
  })
  it('each gate starts with an orthogonal kernel of its own', () => {
    const { params } = start(lstm(4), [5, 3])
    const gates = np.split(params.recurrentKernel, 4, { axis: 1 })
    for (const gate of gates) expectNear(gate.T.matmul(gate), np.eye(4), 1e-12)
    expect((gates[0] as Tensor).toArray()).not.toEqual((gates[1] as Tensor).toArray())
  })
  it('take sequences', () => {
    expect(message(lstm(4), [5])).toContain('takes [time, features] after the batch axis and the input is [5]')
    expect(() => lstm(4).apply(start(lstm(4), [5, 3]).params, null, np.ones([2, 5, 4]), evaluate)).toThrow(
      'has to be [batch, time, 3]',
    )
  })
})

describe('selfAttention', () => {
  it('causal: a later position changes no earlier one', () => {
    const layer = selfAttention({ heads: 2, causal: true })
    const { params } = start(layer, [4, 6])
    const x = sample(1, [1, 4, 6])
    const [y] = layer.apply(params, null, x, evaluate)
    const [z] = layer.apply(params, null, x.at(0, 3).set(9), evaluate)
    expectNear(z.slice(0, { stop: 3 }), y.slice(0, { stop: 3 }), 1e-13)
  })
  it('divides features by heads', () => {
    expect(message(selfAttention({ heads: 4 }), [4, 6])).toContain('4 heads do not divide the 6 features')
    expect(() => selfAttention({ heads: 0 })).toThrow('whole number ≥ 1')
  })
})

describe('pooling', () => {
  it('takes images', () => {
    expect(message(maxPool2d(2), [8, 8])).toContain('takes [height, width, channels]')
    expect(message(globalAvgPool(), [8])).toContain('no axes between batch and channels')
    expect(message(maxPool2d(9), [8, 8, 1])).toContain('do not fit into [8,8]')
  })
  it('globalAvgPool is the mean of each channel', () => {
    const x = sample(1, [2, 3, 4, 5])
    expectNear(run(globalAvgPool(), x), np.mean(x, { axis: [1, 2] }), 1e-14)
    expectNear(run(globalMaxPool(), x), np.max(x, { axis: [1, 2] }), 0)
  })
})
