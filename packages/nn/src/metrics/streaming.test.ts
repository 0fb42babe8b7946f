import { jit, np, random, type Tensor, tree } from '@puregrad/core'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { expectNear, f64, i32 } from '../../test/near.js'
import * as metrics from './index.js'
import type { Metric } from './metric.js'

const { reduceBatches, streaming } = metrics
const classes = 4
const scoresOf = (seed: number, n: number): Tensor => random.uniform(random.key(seed), [n, classes])
const labelsOf = (seed: number, n: number): Tensor => random.randint(random.key(seed + 1000), [n], 0, classes)
const bits = (seed: number, n: number): Tensor => random.bernoulli(random.key(seed), 0.4, [n]).astype('int32')
const column = (seed: number, n: number): Tensor => random.uniform(random.key(seed), [n], { dtype: 'float64' })

type Any = Metric<readonly Tensor[], unknown, unknown>
const any = (metric: unknown): Any => metric as Any

/** Each metric with batches for it. */
const cases: Readonly<Record<string, readonly [Any, (seed: number, n: number) => readonly Tensor[]]>> = {
  accuracy: [any(streaming.accuracy()), (s, n) => [scoresOf(s, n), labelsOf(s, n)]],
  topKAccuracy: [any(streaming.topKAccuracy({ k: 2 })), (s, n) => [scoresOf(s, n), labelsOf(s, n)]],
  confusionMatrix: [any(streaming.confusionMatrix(classes)), (s, n) => [labelsOf(s, n), labelsOf(s + 5, n)]],
  classScores: [any(streaming.classScores(classes)), (s, n) => [labelsOf(s, n), labelsOf(s + 5, n)]],
  meanIou: [any(streaming.meanIou(classes)), (s, n) => [labelsOf(s, n), labelsOf(s + 5, n)]],
  diceScore: [any(streaming.diceScore(classes)), (s, n) => [labelsOf(s, n), labelsOf(s + 5, n)]],
  precision: [any(streaming.precision()), (s, n) => [bits(s, n), bits(s + 5, n)]],
  recall: [any(streaming.recall()), (s, n) => [bits(s, n), bits(s + 5, n)]],
  f1Score: [any(streaming.f1Score()), (s, n) => [bits(s, n), bits(s + 5, n)]],
  auc: [any(streaming.auc()), (s, n) => [column(s, n), bits(s + 5, n)]],
  mean: [any(streaming.mean()), (s, n) => [column(s, n), column(s + 5, n)]],
  perplexity: [any(streaming.perplexity()), (s, n) => [column(s, n)]],
  bitsPerDimension: [any(streaming.bitsPerDimension(7)), (s, n) => [column(s, n)]],
  r2Score: [any(streaming.r2Score()), (s, n) => [column(s, n), column(s + 5, n)]],
}

const near = (a: unknown, b: unknown, tolerance = 1e-6): void => {
  const [xs, ys] = [tree.leaves(a), tree.leaves(b)] as unknown as [readonly Tensor[], readonly Tensor[]]
  expect(xs.length).toBe(ys.length)
  for (const [i, x] of xs.entries()) expectNear(x, ys[i] as Tensor, tolerance)
}

describe.each(Object.entries(cases))('%s', (_, [{ monoid, measure, result }, batch]) => {
  const seed = fc.integer({ min: 0, max: 1000 })
  const size = fc.integer({ min: 1, max: 9 })
  it('totals are a monoid', () =>
    fc.assert(
      fc.property(seed, size, size, size, (s, k, m, n) => {
        const [a, b, c] = [measure(...batch(s, k)), measure(...batch(s + 1, m)), measure(...batch(s + 2, n))]
        near(monoid.concat(monoid.empty, a), a, 1e-13)
        near(monoid.concat(a, monoid.empty), a, 1e-13)
        near(monoid.concat(monoid.concat(a, b), c), monoid.concat(a, monoid.concat(b, c)), 1e-12)
      }),
      { numRuns: 20 },
    ))
  it('batches together say what all says at once, jitted or not', () => {
    const whole = batch(1, 30)
    const parts = [
      [0, 7],
      [7, 8],
      [8, 30],
    ].map(([start = 0, stop = 0]) => whole.map((x) => x.slice({ start, stop })))
    const all = result(measure(...whole))
    near(reduceBatches({ monoid, measure, result }, parts), all)
    const step = jit((total: unknown, xs: readonly Tensor[]) => monoid.concat(total, measure(...xs)))
    near(jit(result)(parts.reduce(step as never, monoid.empty)), all)
  })
})

describe('streaming metrics say what those of one batch say', () => {
  const [scores, labels] = [scoresOf(1, 50), labelsOf(1, 50)]
  const guesses = np.argmax(scores, { axis: -1 }).astype('int32')
  const one = <A extends readonly unknown[], S, R>(metric: Metric<A, S, R>, ...batch: A): R =>
    metric.result(metric.measure(...batch))
  it('accuracy, top k and confusion matrix', () => {
    expectNear(one(streaming.accuracy(), scores, labels), metrics.accuracy(scores, labels), 1e-7)
    expectNear(
      one(streaming.topKAccuracy({ k: 3 }), scores, labels),
      metrics.topKAccuracy(scores, labels, { k: 3 }),
      1e-7,
    )
    expectNear(one(streaming.confusionMatrix(4), guesses, labels), metrics.confusionMatrix(guesses, labels, 4), 0)
    expect(() => streaming.topKAccuracy().measure(scores, labels)).toThrow('k is 5')
  })
  it('precision, recall, F1, of one question and of each class', () => {
    const report = one(streaming.classScores(4), guesses, labels)
    for (let c = 0; c < 4; c++) {
      const [p, l] = [guesses.eq(c), labels.eq(c)]
      const each = [
        [report.precision, metrics.precision, streaming.precision()],
        [report.recall, metrics.recall, streaming.recall()],
        [report.f1, metrics.f1Score, streaming.f1Score()],
      ] as const
      for (const [found, plain, metric] of each) {
        expectNear(found.slice(c), plain(p, l), 1e-6)
        expectNear(one(metric, p, l), plain(p, l), 1e-6)
      }
    }
  })
  it('overlaps of regions, by counting', () => {
    const [a, b] = [guesses.toArray() as number[], labels.toArray() as number[]]
    const of = (f: (both: number, either: number, sum: number) => number): number =>
      [0, 1, 2, 3]
        .map((c) => {
          const both = a.filter((x, i) => x === c && b[i] === c).length
          const sum = a.filter((x) => x === c).length + b.filter((x) => x === c).length
          return f(both, sum - both, sum)
        })
        .reduce((x, y) => x + y) / 4
    expectNear(
      one(streaming.meanIou(4), guesses, labels),
      of((both, either) => both / either),
      1e-6,
    )
    expectNear(
      one(streaming.diceScore(4), guesses, labels),
      of((both, _, sum) => (2 * both) / sum),
      1e-6,
    )
    // A class that never occurs does not count.
    expectNear(one(streaming.meanIou(9), guesses, labels), one(streaming.meanIou(4), guesses, labels), 1e-6)
  })
  it('auc, up to ties of scores in a bin', () => {
    const [x, y] = [column(3, 200), bits(4, 200)]
    expectNear(one(streaming.auc({ bins: 100_000 }), x, y), metrics.auc(x, y), 1e-4)
    const coarse = np.floor(x.mul(10)).div(10)
    expectNear(one(streaming.auc({ bins: 10 }), coarse.add(0.05), y), metrics.auc(coarse, y), 1e-6)
    expectNear(one(streaming.auc(), f64([1, 0]), i32([1, 1])), 0, 0)
    expect(() => streaming.auc({ bins: 1 })).toThrow('1 bins')
  })
  it('auc of any scores: logits, tiny and huge ones, infinities, NaN', () => {
    expectNear(one(streaming.auc(), f64([-3, -1, -2, -7]), i32([0, 1, 1, 0])), 1, 0)
    expectNear(one(streaming.auc(), i32([5, 9, 3]), i32([0, 1, 0])), 1, 0)
    const values = [Number.NaN, -Infinity, -1e30, -1e3, -50, -3, -0.5, 0, 0.5, 1, 1.5, 7, 90, 2e4, 1e30, Infinity]
    for (const seed of [1, 2, 3]) {
      const truth = bits(seed, values.length)
      expectNear(one(streaming.auc(), f64(values), truth), metrics.auc(f64(values), truth), 1e-6)
    }
    const [x, y] = [random.normal(random.key(3), [300]).mul(20), bits(4, 300)]
    expectNear(one(streaming.auc(), x, y), metrics.auc(x, y), 1e-2)
  })
  it('leave out what weighs 0, whatever it is', () => {
    const [x, w] = [f64([1, Number.NaN, Infinity, -Infinity, 3]), f64([1, 0, 0, 0, 3])]
    expectNear(one(streaming.mean(), x, w), 2.5, 0)
    expectNear(one(streaming.perplexity(), x, w), Math.exp(2.5), 1e-6)
    expectNear(one(streaming.bitsPerDimension(2), x, w), 2.5 / 2 / Math.LN2, 1e-6)
  })
  it('means, perplexity and bits', () => {
    expectNear(one(streaming.mean(), f64([1, 2, 6]), f64([1, 1, 0])), 1.5, 1e-7)
    expectNear(one(streaming.perplexity(), f64([Math.log(2), Math.log(8), 99]), f64([1, 1, 0])), 4, 1e-6)
    expectNear(one(streaming.bitsPerDimension(784), f64([784 * Math.LN2, 3 * 784 * Math.LN2])), 2, 1e-6)
    expect(reduceBatches(streaming.mean(), []).item()).toBeNaN()
  })
  it('R² keeps its digits for targets far from 0', () => {
    const [p, t] = [column(5, 100).add(1e6), column(6, 100).add(1e6)]
    const parts = [0, 1, 2, 3].map((k): [Tensor, Tensor] => {
      const span = { start: 25 * k, stop: 25 * k + 25 }
      return [p.slice(span), t.slice(span)]
    })
    expectNear(reduceBatches(streaming.r2Score(), parts), metrics.r2Score(p, t), 1e-6)
  })
  it('together is each by itself', () => {
    const both = metrics.together({ accuracy: streaming.accuracy(), top2: streaming.topKAccuracy({ k: 2 }) })
    const batches: [Tensor, Tensor][] = [
      [scores, labels],
      [scoresOf(9, 8), labelsOf(9, 8)],
    ]
    const found = reduceBatches(both, batches)
    expectNear(found.accuracy, reduceBatches(streaming.accuracy(), batches), 0)
    expectNear(found.top2, reduceBatches(streaming.topKAccuracy({ k: 2 }), batches), 0)
  })
})
