import { jit, np, scan, type Tensor, tree } from '@puregrad/core'
import { describe, expect, it } from 'vitest'
import { checkLayer, evaluate, message, sample } from '../../test/check-layer.js'
import { expectNear } from '../../test/near.js'
import { gru, gruCell, hardSigmoid, lstm, lstmCell, rnn, sigmoid, simpleRnn, simpleRnnCell } from '../index.js'

const sigma = (x: number): number => 1 / (1 + Math.exp(-x))
type Matrix = readonly (readonly number[])[]
const product = (x: readonly number[], w: Matrix): readonly number[] =>
  (w[0] as readonly number[]).map((_, j) => x.reduce((sum, v, i) => sum + v * ((w[i] as number[])[j] as number), 0))
const plus = (...xs: readonly (readonly number[])[]): number[] =>
  (xs[0] as number[]).map((_, i) => xs.reduce((sum, x) => sum + (x[i] as number), 0))

describe('cells, against loops over plain numbers', () => {
  const features = 3
  it('simpleRnn', () => {
    const { params, x, y } = checkLayer(rnn(simpleRnnCell(features)), [4, 2])
    const [w, u, b] = [params.inputKernel, params.recurrentKernel, params.bias].map((t) => t.toArray())
    let h = [0, 0, 0]
    for (let t = 0; t < 4; t++) {
      const input = x.slice(1, t).toArray() as number[]
      h = plus(product(input, w as Matrix), product(h, u as Matrix), b as number[]).map(Math.tanh)
      expectNear(y.slice(1, t), h, 1e-13)
    }
  })
  it('lstm', () => {
    const { params, x, y } = checkLayer(rnn(lstmCell(features)), [4, 2])
    const [w, u, b] = [params.inputKernel, params.recurrentKernel, params.bias].map((t) => t.toArray())
    let [h, c] = [
      [0, 0, 0],
      [0, 0, 0],
    ]
    for (let t = 0; t < 4; t++) {
      const input = x.slice(1, t).toArray() as number[]
      const z = plus(product(input, w as Matrix), product(h, u as Matrix), b as number[])
      const gate = (k: number, j: number): number => z[k * features + j] as number
      c = c.map((old, j) => sigma(gate(1, j)) * old + sigma(gate(0, j)) * Math.tanh(gate(2, j)))
      h = c.map((cell, j) => sigma(gate(3, j)) * Math.tanh(cell))
      expectNear(y.slice(1, t), h, 1e-13)
    }
  })
  it.each(['after', 'before'] as const)('gru, reset %s the product', (reset) => {
    const { params, x, y } = checkLayer(rnn(gruCell(features, { reset })), [4, 2])
    const recurrentBias = sample(9, [9])
    const layer = rnn(gruCell(features, { reset }))
    const [z] = layer.apply({ ...params, recurrentBias }, null, x, evaluate)
    for (const [found, rb] of [
      [y, np.zeros([9], { dtype: 'float64' })],
      [z, recurrentBias],
    ] as const) {
      const [w, u, b, a] = [params.inputKernel, params.recurrentKernel, params.bias, rb].map((t) => t.toArray())
      let h = [0, 0, 0]
      for (let t = 0; t < 4; t++) {
        const input = plus(product(x.slice(1, t).toArray() as number[], w as Matrix), b as number[])
        const hidden = plus(product(h, u as Matrix), a as number[])
        const r = [0, 1, 2].map((j) => sigma((input[j] as number) + (hidden[j] as number)))
        const update = [3, 4, 5].map((j) => sigma((input[j] as number) + (hidden[j] as number)))
        const kept = plus(
          product(
            h.map((v, j) => v * (r[j] as number)),
            u as Matrix,
          ),
          a as number[],
        )
        const n = [0, 1, 2].map((j) => {
          const part = reset === 'after' ? (r[j] as number) * (hidden[6 + j] as number) : (kept[6 + j] as number)
          return Math.tanh((input[6 + j] as number) + part)
        })
        h = h.map((old, j) => (1 - (update[j] as number)) * (n[j] as number) + (update[j] as number) * old)
        expectNear(found.slice(1, t), h, 1e-13)
      }
    }
  })
  it('take other activations', () => {
    const cell = lstmCell(3, { activation: sigmoid, recurrentActivation: (v) => np.clip(v.mul(0.2).add(0.5), 0, 1) })
    const { y } = checkLayer(rnn(cell), [4, 2])
    expect(np.min(y).item()).toBeGreaterThan(0)
    expect(gru(3, { recurrentActivation: hardSigmoid }).name).toBe('gru(3)')
  })
})

describe('rnn', () => {
  const kinds = [
    ['simpleRnn', simpleRnnCell(3)],
    ['lstm', lstmCell(3)],
    ['gru', gruCell(3)],
  ] as const
  it('runs the usual layers', () => {
    const { params, x, y } = checkLayer(lstm(3), [4, 2])
    expectNear(rnn(lstmCell(3)).apply(params, null, x, evaluate)[0], y, 0)
    expect(simpleRnn(3).name).toBe('simpleRnn(3)')
  })
  it.each(['concat', 'sum', 'mul', 'mean'] as const)('both directions, %s', (merge) => {
    const layer = rnn(gruCell(3), { bidirectional: true, merge })
    const { params, x, y } = checkLayer(layer, [4, 2])
    const ahead = rnn(gruCell(3)).apply(params.forward, null, x, evaluate)[0]
    const back = rnn(gruCell(3), { reverse: true }).apply(params.backward, null, x, evaluate)[0]
    const expected = {
      concat: np.concatenate([ahead, back], { axis: -1 }),
      sum: ahead.add(back),
      mul: ahead.mul(back),
      mean: ahead.add(back).mul(0.5),
    }[merge]
    expectNear(y, expected, 1e-14)
  })
  it('both directions start with different numbers and end at opposite ends', () => {
    const layer = rnn(lstmCell(3), { bidirectional: true, returnSequences: false })
    const { params, x, y } = checkLayer(layer, [4, 2])
    expect(params.forward.inputKernel.toArray()).not.toEqual(params.backward.inputKernel.toArray())
    const all = rnn(lstmCell(3), { bidirectional: true }).apply(params, null, x, evaluate)[0]
    expectNear(y.slice({}, { stop: 3 }), all.slice({}, -1, { stop: 3 }), 1e-14)
    expectNear(y.slice({}, { start: 3 }), all.slice({}, 0, { start: 3 }), 1e-14)
  })
  it.each(kinds)('%s: a mask leaves out what is masked', (_, cell) => {
    const layer = rnn(cell as (typeof kinds)[2][1], { mask: true })
    const mask = np.array([
      [true, true, false, false],
      [false, true, false, true],
    ])
    const x = sample(1, [2, 4, 2])
    const { params } = checkLayer(layer, { x: [4, 2], mask: [4] }, { input: { x, mask } })
    const [y] = layer.apply(params, null, { x, mask }, evaluate)
    const plain = rnn(cell as (typeof kinds)[2][1])
    const [few] = plain.apply(params, null, x.slice({ stop: 1 }, { stop: 2 }), evaluate)
    expectNear(y.slice(0, { stop: 2 }), few.slice(0), 1e-14)
    for (const t of [2, 3]) expectNear(y.slice(0, t), few.slice(0, 1), 1e-14)
    const kept = np.stack([x.slice(1, 1), x.slice(1, 3)]).reshape([1, 2, 2])
    expectNear(y.slice(1, 3), plain.apply(params, null, kept, evaluate)[0].slice(0, 1), 1e-14)
    const nothing = layer.apply(params, null, { x, mask: np.zeros([2, 4], { dtype: 'bool' }) }, evaluate)[0]
    expectNear(nothing, np.zeros([2, 4, 3]), 0)
  })
  it('going on with the carry is going on without a break', () => {
    const layer = rnn(lstmCell(3), { carry: true })
    const x = sample(1, [2, 6, 2])
    const zero = np.zeros([2, 3], { dtype: 'float64' })
    const { params, y } = checkLayer(
      layer,
      { x: [6, 2], carry: { c: [3], h: [3] } },
      {
        input: { x, carry: { c: zero, h: zero } },
      },
    )
    const [first] = layer.apply(params, null, { x: x.slice({}, { stop: 4 }), carry: { c: zero, h: zero } }, evaluate)
    const [second] = layer.apply(params, null, { x: x.slice({}, { start: 4 }), carry: first.carry }, evaluate)
    expectNear(np.concatenate([first.y, second.y], { axis: 1 }), y.y, 1e-14)
    expectNear(second.carry.c, y.carry.c, 1e-14)
    expectNear(y.carry.h, y.y.slice({}, -1), 0)
  })
  it('both directions carry apart, with a mask too', () => {
    const layer = rnn(gruCell(3), { bidirectional: true, mask: true, carry: true })
    const carry = { forward: sample(2, [2, 3]), backward: sample(3, [2, 3]) }
    const mask = np.array([
      [1, 1, 1, 0],
      [1, 1, 1, 1],
    ])
    const shapes = { x: [4, 2], mask: [4], carry: { forward: [3], backward: [3] } } as const
    const { y } = checkLayer(layer, shapes, { input: { x: sample(1, [2, 4, 2]), mask, carry } })
    expect(y.y.shape).toEqual([2, 4, 6])
    expectNear(y.carry.backward, y.y.slice({}, 0, { start: 3 }), 0)
  })
  it('a whole loop of calls jits', () => {
    const layer = rnn(gruCell(3), { carry: true, returnSequences: false })
    const { params } = checkLayer(layer, { x: [4, 2], carry: [3] })
    const xs = sample(1, [5, 2, 4, 2])
    const run = (p: typeof params, chunks: Tensor): Tensor =>
      scan(
        (carry: Tensor, x: Tensor): readonly [Tensor, null] => [
          layer.apply(p, null, { x, carry }, evaluate)[0].carry,
          null,
        ],
        np.zeros([2, 3], { dtype: 'float64' }),
        chunks,
      )[0] as Tensor
    const whole = rnn(gruCell(3), { returnSequences: false })
    const long = xs.transpose([1, 0, 2, 3]).reshape([2, 20, 2])
    expectNear(jit(run)(params, xs), whole.apply(params, null, long, evaluate)[0], 1e-13)
  })
  it('names what does not fit', () => {
    const layer = rnn(lstmCell(3), { mask: true })
    expect(message(layer, { x: [4], mask: [4] })).toContain('takes a record { x: [time, features], mask: [time] }')
    expect(message(rnn(gruCell(3), { bidirectional: true }), [4])).toContain('bidirectional gru(3): takes')
    const { params } = checkLayer(rnn(gruCell(3)), [4, 2])
    expect(() => rnn(gruCell(3)).apply(params, null, sample(1, [2, 4, 5]), evaluate)).toThrow('[batch, time, 2]')
    expect(tree.leaves(params)).toHaveLength(4)
  })
})
