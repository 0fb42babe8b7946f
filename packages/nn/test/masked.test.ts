/** What does not count may be NaN: it gives nothing to values and nothing to derivatives. */
import { grad, np, random, type Tensor, tree } from '@puregrad/core'
import { describe, expect, it } from 'vitest'
import {
  dense,
  dotProductAttention,
  embedding,
  gruCell,
  init,
  losses,
  lstmCell,
  multiHeadAttention,
  rnn,
  simpleRnnCell,
  spectralNorm,
  weightNorm,
} from '../src/index.js'
import { expectNear, f64, i32 } from './near.js'

const evaluate = { mode: 'eval' } as const
const allFinite = (x: unknown): boolean =>
  (tree.leaves(x) as readonly Tensor[]).every((leaf) => np.all(np.isfinite(leaf)).item())
const where = np.array([true, true, false])
const x = f64([0.2, 0.5, Number.NaN])
const y = f64([0.3, 0.7, Number.POSITIVE_INFINITY])

describe('losses of what counts', () => {
  const table: Readonly<Record<string, (a: Tensor, b: Tensor, where?: Tensor) => Tensor>> = {
    softmaxCrossEntropy: (a, b, w) => losses.softmaxCrossEntropy(a, b, w && { where: w }),
    polyLossCrossEntropy: (a, b, w) => losses.polyLossCrossEntropy(a, b, w && { where: w }),
    crossEntropy: (a, b, w) => losses.crossEntropy(a, b, w && { where: w }),
    integer: (a, _, w) => losses.softmaxCrossEntropyWithIntegerLabels(a, i32(1), w && { where: w }),
    klDivergence: (a, b, w) => losses.klDivergence(a, b, w && { where: w }),
    klDivergenceWithLogTargets: (a, b, w) => losses.klDivergenceWithLogTargets(a, b, w && { where: w }),
    convexKlDivergence: (a, b, w) => losses.convexKlDivergence(a, b, w && { where: w }),
    cosineSimilarity: (a, b, w) => losses.cosineSimilarity(a, b, w && { where: w }),
    cosineDistance: (a, b, w) => losses.cosineDistance(a, b, w && { where: w }),
  }
  it.each(Object.entries(table))('%s', (_, f) => {
    const short = [x, y].map((t) => t.slice({ stop: 2 })) as [Tensor, Tensor]
    expectNear(f(x, y, where), f(...short), 1e-14)
    for (const argnums of [0, 1] as const) {
      const slope = grad((a: Tensor, b: Tensor) => f(a, b, where), { argnums })(x, y) as Tensor
      const wanted = grad((a: Tensor, b: Tensor) => f(a, b), { argnums })(...short) as Tensor
      expectNear(slope.slice({ stop: 2 }), wanted, 1e-13)
      expect(slope.slice(2).item()).toBe(0)
    }
  })
  it('a target of 0 adds 0 where the prediction is −∞', () => {
    const [logs, targets] = [f64([0, Number.NEGATIVE_INFINITY]), f64([1, 0])]
    expect(losses.klDivergence(logs, targets).item()).toBe(0)
    expectNear(grad((a: Tensor) => losses.klDivergence(a, targets))(logs), [-1, 0], 0)
    const logTargets = f64([0, Number.NEGATIVE_INFINITY])
    expect(losses.klDivergenceWithLogTargets(logTargets, logTargets).item()).toBe(0)
    expect(allFinite(grad((a: Tensor) => losses.klDivergenceWithLogTargets(a, logTargets))(logTargets))).toBe(true)
  })
  it('ctcLoss: frames and labels beyond the end may be anything', () => {
    const logits = random.normal(random.key(0), [1, 4, 3], { dtype: 'float64' })
    const paddings = f64([[0, 0, 0, 1]])
    const strange = np.where(np.expandDims(paddings, 2).gt(0), Number.NaN, logits)
    const ends = f64([[0, 0, 1]])
    const plain = losses.ctcLoss(logits, paddings, i32([[1, 2, 0]]), ends)
    for (const id of [-1, 99]) {
      const loss = (z: Tensor): Tensor => losses.ctcLoss(z, paddings, i32([[1, 2, id]]), ends)
      expectNear(loss(strange), plain, 1e-13)
      expect(allFinite(grad((z: Tensor) => np.sum(loss(z)))(strange))).toBe(true)
      const outside = losses.ctcLoss(logits, paddings, i32([[1, id, 0]]), ends)
      expect(outside.item()).toBeNaN()
    }
  })
})

describe('labels that are no class', () => {
  const scores = f64([
    [0.1, 0.2, 0.3],
    [1, 2, 3],
  ])
  it.each([-1, 3, 99])('%d: NaN, and nothing is trained', (id) => {
    const all = [
      losses.softmaxCrossEntropyWithIntegerLabels,
      losses.multiclassHingeLoss,
      losses.multiclassPerceptronLoss,
    ] as const
    for (const f of all) {
      expect(
        f(scores, i32([0, id]))
          .slice(1)
          .item(),
      ).toBeNaN()
      expectNear(grad((z: Tensor) => np.sum(f(z, i32([0, id]))))(scores).slice(1), [0, 0, 0], 0)
    }
    const layer = embedding(3, 2)
    const { params } = init(layer, [2], random.key(0))
    const vectors = layer.apply(params, null, i32([[1, id]]), evaluate)[0]
    expect(Array.from(vectors.slice(0, 1).data()).every(Number.isNaN)).toBe(true)
    const slope = grad((p: typeof params) => np.sum(layer.apply(p, null, i32([[1, id]]), evaluate)[0]))(params)
    expectNear(slope.embedding, [
      [0, 0],
      [1, 1],
      [0, 0],
    ])
  })
})

describe('layers', () => {
  it.each([simpleRnnCell(3), lstmCell(3), gruCell(3), gruCell(3, { reset: 'before' })])('rnn of %o', (cell) => {
    const layer = rnn(cell as ReturnType<typeof simpleRnnCell>, { mask: true })
    const { params } = init(layer, { x: [3, 2], mask: [3] }, random.key(0))
    const mask = np.array([[true, true, false]])
    const input = random.normal(random.key(1), [1, 3, 2])
    const loss = (p: typeof params, z: Tensor): Tensor =>
      np.sum(np.square(layer.apply(p, null, { x: z, mask }, evaluate)[0]))
    const strange = np.where(np.expandDims(mask, 2), input, Number.NaN)
    expectNear(loss(params, strange), loss(params, input), 0)
    const slopes = grad(loss, { argnums: [0, 1] })(params, strange)
    expect(allFinite(slopes)).toBe(true)
  })
  it('attention: what nobody sees may be NaN, and who sees nothing gives 0', () => {
    const q = random.normal(random.key(0), [1, 2, 1, 4], { dtype: 'float64' })
    const k = random.normal(random.key(1), [1, 3, 1, 4], { dtype: 'float64' })
    const isPadding = np.array([false, false, true]).reshape([1, 3, 1, 1])
    const strange = np.where(isPadding, Number.NaN, k)
    const mask = np
      .array([
        [true, true, false],
        [false, false, false],
      ])
      .reshape([1, 1, 2, 3])
    const bias = np.where(mask, 0, Number.NEGATIVE_INFINITY).astype('float64')
    for (const options of [{ mask }, { bias }, { mask, bias }]) {
      const loss = (a: Tensor, b: Tensor, c: Tensor): Tensor => np.sum(np.square(dotProductAttention(a, b, c, options)))
      const y = dotProductAttention(q, strange, strange, options)
      expectNear(y.slice(0, 1, 0), [0, 0, 0, 0], 0)
      expectNear(
        y.slice(0, 0),
        dotProductAttention(q, k.slice({}, { stop: 2 }), k.slice({}, { stop: 2 })).slice(0, 0),
        1e-14,
      )
      const slopes = grad(loss, { argnums: [0, 1, 2] })(q, strange, strange)
      expect(allFinite(slopes)).toBe(true)
      expectNear(slopes[0].slice(0, 1, 0), [0, 0, 0, 0], 0)
    }
  })
  it('multiHeadAttention: parameters too', () => {
    const layer = multiHeadAttention({ heads: 2 })
    const { params } = init(layer, { query: [2, 4], key: [3, 4] }, random.key(0))
    const mask = np.array([[true, true, false]])
    const key = np.where(np.expandDims(mask, 2), 1, Number.NaN)
    const input = { query: np.ones([1, 2, 4]), key: np.broadcastTo(key, [1, 3, 4]), mask }
    expect(allFinite(grad((p: typeof params) => np.sum(layer.apply(p, null, input, evaluate)[0]))(params))).toBe(true)
  })
})

describe('sizes', () => {
  it.each([3e-30, 1, 3e30])('%d: cosines and norms of kernels are those of any size', (size) => {
    const [a, b] = [np.array([[3, 4]]).mul(size), np.array([[1, 0]]).mul(size)]
    expectNear(losses.cosineSimilarity(a, b), [0.6], 1e-6)
    expectNear(grad((z: Tensor) => np.sum(losses.cosineSimilarity(z, b)))(a).mul(size), [[0.128, -0.096]], 1e-6)
    const rows = np
      .array([
        [3, 4],
        [4, -3],
      ])
      .mul(size)
    expectNear(losses.infoNce(rows, rows, { temperature: 1 }), [0.3132617, 0.3132617], 1e-6)
    const layer = spectralNorm(dense(2, { useBias: false }))
    const params = { kernel: np.eye(2).mul(size) }
    const state = { layer: null, vector: { kernel: np.array([1, 0]) } }
    expectNear(layer.apply(params, state, np.ones([1, 2]), evaluate)[0], [[1, 1]], 1e-6)
  })
  it('huge kernels have a direction', () => {
    const layer = weightNorm(dense(1, { useBias: false }))
    const params = { direction: { kernel: np.array([[3e30], [4e30]]) }, scale: { kernel: np.ones([1]) } }
    expectNear(layer.apply(params, null, np.ones([1, 2]), evaluate)[0], [[1.4]], 1e-6)
  })
  it('0: no similarity, no derivative', () => {
    const zero = np.zeros([2, 3])
    for (const f of [
      (z: Tensor) => np.sum(losses.infoNce(z, np.ones([2, 3]))),
      (z: Tensor) => losses.ntxent(z, i32([0, 0])),
      (z: Tensor) => np.sum(losses.cosineSimilarity(z, np.ones([2, 3]), { epsilon: 1e-30 }).mul(1e-30)),
    ]) {
      expect(allFinite([f(zero), grad(f)(zero)])).toBe(true)
    }
    const layer = spectralNorm(dense(2, { useBias: false }))
    const state = { layer: null, vector: { kernel: np.array([1, 0]) } }
    const loss = (p: { kernel: Tensor }): Tensor => np.sum(layer.apply(p, state, np.ones([1, 2]), evaluate)[0])
    expect(allFinite([loss({ kernel: np.zeros([2, 2]) }), grad(loss)({ kernel: np.zeros([2, 2]) })])).toBe(true)
  })
})
