/** No answer depends on how examples are grouped: a law over all losses and metrics of nn, and over any functions of one's own. */
import { np, random, type Tensor, tree } from '@puregrad/core'
import { dense, init, losses, metrics } from '@puregrad/nn'
import { sgd } from '@puregrad/optim'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { evaluate } from './evaluate.js'
import { fit } from './fit.js'
import type { Measure, Measures, StreamingMeasure } from './metrics.js'

const count = 23
const classes = 3
const layer = dense(classes)
const x = random.normal(random.key(0), [count, 4]).mul(2)
const labels = random.randint(random.key(1), [count], 0, classes)
/** Most positives are in the first half, and most of what a mask leaves is in the second. */
const sorted = np.array(Int32Array.from({ length: count }, (_, i) => (i < 10 || i === 20 ? 1 : 0)))
const mask = np.array(Array.from({ length: count }, (_, i) => i > 15 || i === 2))
const targets = random.uniform(random.key(2), [count, classes])
const truth = { labels, sorted, mask, targets, signs: sorted.mul(2).sub(1).astype('float32') }
type Truth = typeof truth

type Case = Measure<Tensor, Truth>
const l = losses
const first = (o: Tensor): Tensor => o.slice({}, 0)
const guesses = (o: Tensor): Tensor => np.argmax(o, { axis: -1 }).astype('int32')
const logs = (o: Tensor): Tensor => o.sub(np.log(np.sum(np.exp(o), { axis: -1, keepdims: true })))
const share = (t: Truth): Tensor => t.targets.div(np.sum(t.targets, { axis: -1, keepdims: true }))

/** Frames of a sequence, of which some have no third. */
const sequences = (o: Tensor): Tensor => np.stack([o, o.mul(0.5), o.neg()], { axis: 1 })
const thirdPadded = (t: Truth): Tensor =>
  np.stack([np.zeros(t.mask.shape), np.zeros(t.mask.shape), t.mask.astype('float32')], { axis: 1 })
/** What both players lose, the discriminator by pairs of a real and a generated example. */
const played =
  ({ discriminator, generator }: losses.AdversarialLoss): Case =>
  (o) =>
    discriminator(first(o), o.slice({}, 1)).add(generator(o.slice({}, 2)).mul(0.5))

/** Every loss of nn that is one of examples. */
const byExample: Readonly<Record<Exclude<keyof typeof losses, keyof typeof notOfExamples>, Case>> = {
  absoluteError: (o, t) => l.absoluteError(o, t.targets),
  binaryCrossEntropy: (o, t) => l.binaryCrossEntropy(np.square(np.tanh(o)), t.targets),
  convexKlDivergence: (o, t) => l.convexKlDivergence(logs(o), share(t)),
  cosineDistance: (o, t) => l.cosineDistance(o, t.targets),
  cosineSimilarity: (o, t) => l.cosineSimilarity(o, t.targets),
  ctcLoss: (o, t) =>
    l.ctcLoss(sequences(o), thirdPadded(t), np.expandDims(np.maximum(t.labels, 1), 1), np.zeros([t.labels.size, 1])),
  crossEntropy: (o, t) => l.crossEntropy(np.exp(logs(o)), share(t)),
  diceLoss: (o, t) => l.diceLoss(np.square(np.tanh(o)), t.targets),
  // Between two examples that are one, the points are known, whatever the key.
  gradientPenalty: (o) =>
    l.gradientPenalty((v) => np.sum(np.square(v), { axis: 1 }), o.mul(0.1), o.mul(0.1), random.key(0)),
  hingeGan: played(l.hingeGan),
  hingeLoss: (o, t) => l.hingeLoss(first(o), t.signs),
  huberLoss: (o, t) => l.huberLoss(o, t.targets),
  klDivergence: (o, t) => l.klDivergence(logs(o), share(t)),
  klDivergenceWithLogTargets: (o, t) => l.klDivergenceWithLogTargets(logs(o), np.log(share(t))),
  l2Loss: (o, t) => l.l2Loss(o, t.targets),
  leastSquaresGan: played(l.leastSquaresGan),
  logCosh: (o, t) => l.logCosh(o, t.targets),
  meanAbsoluteError: (o, t) => l.meanAbsoluteError(o, t.targets),
  meanSquaredError: (o, t) => l.meanSquaredError(o, t.targets),
  minimaxGan: played(l.minimaxGan),
  multiclassHingeLoss: (o, t) => l.multiclassHingeLoss(o, t.labels),
  multiclassPerceptronLoss: (o, t) => l.multiclassPerceptronLoss(o, t.labels),
  nonSaturatingGan: played(l.nonSaturatingGan),
  perceptronLoss: (o, t) => l.perceptronLoss(first(o), t.signs),
  polyLossCrossEntropy: (o, t) => l.polyLossCrossEntropy(o, share(t)),
  reduction: (o, t) => l.reduction(l.l2Loss(o, t.targets), 'mean', { where: np.expandDims(t.mask, 1) }),
  safeSoftmaxCrossEntropy: (o, t) => l.safeSoftmaxCrossEntropy(o, share(t)),
  sigmoidBinaryCrossEntropy: (o, t) => l.sigmoidBinaryCrossEntropy(o, t.targets),
  sigmoidFocalLoss: (o, t) => l.sigmoidFocalLoss(o, t.targets),
  smoothL1: (o, t) => l.smoothL1(o, t.targets),
  softmaxCrossEntropy: (o, t) => l.softmaxCrossEntropy(o, l.smoothLabels(share(t), 0.1)),
  softmaxCrossEntropyWithIntegerLabels: (o, t) => l.softmaxCrossEntropyWithIntegerLabels(o, t.labels),
  squaredError: (o, t) => l.squaredError(o, t.targets),
  tripletMarginLoss: (o, t) => l.tripletMarginLoss(o, t.targets, o.mul(0.5)),
  wassersteinGan: played(l.wassersteinGan),
}
/** Other forms of them. */
const forms: Readonly<Record<string, Case>> = {
  'PyTorch cross entropy': (o, t) =>
    l.softmaxCrossEntropyWithIntegerLabels(o, t.labels, {
      labelSmoothing: 0.1,
      ignoreIndex: 1,
      classWeights: [1, 2, 3],
      reduction: 'mean',
    }),
}
/** What the law does not hold for, and why. */
const notOfExamples = {
  infoNce: 'The negatives of an example are the others of its batch.',
  ntxent: 'The negatives of an example are the others of its batch.',
  smoothLabels: 'No loss: it makes labels.',
  sumAndWeight: 'No loss: it tells what one is made of.',
} as const

/** Functions that give one number of a batch, of which no one knows what it is made of. */
const opaque: Readonly<Record<string, Case>> = {
  'mean by hand': (o, t) => np.mean(np.square(o.sub(t.targets))),
  'masked mean by hand': (o, t) => {
    const shares = t.mask.astype('float32')
    return np.sum(np.square(first(o)).mul(shares)).div(np.sum(shares).add(1e-6))
  },
  'root of a mean': (o, t) => np.sqrt(np.mean(np.square(o.sub(t.targets)))),
  'twice a masked mean': (o, t) => l.reduction(np.square(first(o)), 'mean', { where: t.mask }).mul(2),
  'mean with where': (o, t) => np.mean(np.square(first(o)), { where: t.mask }),
}

const plain: Readonly<Record<Exclude<keyof typeof metrics, NotOfBatches>, Case>> = {
  accuracy: (o, t) => metrics.accuracy(o, t.labels),
  auc: (o, t) => metrics.auc(first(o), t.sorted),
  f1Score: (o, t) => metrics.f1Score(first(o).gt(1), t.sorted),
  meanAbsoluteError: (o, t) => metrics.meanAbsoluteError(o, t.targets),
  meanSquaredError: (o, t) => metrics.meanSquaredError(o, t.targets),
  perplexity: (o, t) => metrics.perplexity(np.abs(first(o)), t.mask.astype('float32')),
  precision: (o, t) => metrics.precision(first(o).gt(0), t.sorted),
  r2Score: (o, t) => metrics.r2Score(o, t.targets),
  recall: (o, t) => metrics.recall(first(o).gt(0), t.sorted),
  topKAccuracy: (o, t) => metrics.topKAccuracy(o, t.labels, { k: 2 }),
}
/** Metrics of texts, whose words are no tensors, beside what is no metric of numbers. */
const ofTexts = [
  'bleu',
  'characterErrorRate',
  'chrF',
  'editDistance',
  'editDistances',
  'wordErrorRate',
  'words',
] as const
type NotOfBatches = 'confusionMatrix' | 'reduceBatches' | 'streaming' | 'sums' | 'together' | (typeof ofTexts)[number]

/** A streaming metric of what these functions make of outputs and targets. */
const of = <A extends [Tensor, Tensor?], S>(
  metric: metrics.Metric<A, S>,
  batch: (o: Tensor, t: Truth) => Parameters<typeof metric.measure>,
): StreamingMeasure<Tensor, Truth> => ({ ...metric, measure: (o, t) => metric.measure(...batch(o, t)) })

const s = metrics.streaming
const streaming: Readonly<
  Record<
    Exclude<
      keyof typeof s,
      'bleu' | 'characterErrorRate' | 'chrF' | 'classScores' | 'confusionMatrix' | 'wordErrorRate'
    >,
    StreamingMeasure<Tensor, Truth>
  >
> = {
  accuracy: of(s.accuracy(), (o, t) => [o, t.labels]),
  auc: of(s.auc({ bins: 5000 }), (o, t) => [first(o), t.sorted]),
  bitsPerByte: {
    ...s.bitsPerByte(),
    measure: (o, t) => s.bitsPerByte().measure(np.abs(first(o)), t.mask.astype('int32').add(1)),
  },
  bitsPerDimension: of(s.bitsPerDimension(3), (o) => [np.square(first(o))]),
  diceScore: of(s.diceScore(classes), (o, t) => [guesses(o), t.labels]),
  f1Score: of(s.f1Score(), (o, t) => [first(o).gt(1), t.sorted]),
  mean: of(s.mean(), (o, t) => [first(o), t.mask.astype('float32')]),
  meanIou: of(s.meanIou(classes), (o, t) => [guesses(o), t.labels]),
  perplexity: of(s.perplexity(), (o, t) => [np.abs(first(o)), t.mask.astype('float32')]),
  perplexityPerByte: {
    ...s.perplexityPerByte(),
    measure: (o, t) => s.perplexityPerByte().measure(np.abs(first(o)), t.mask.astype('int32').add(1)),
  },
  precision: of(s.precision(), (o, t) => [first(o).gt(0), t.sorted]),
  r2Score: of(s.r2Score(), (o, t) => [o, t.targets]),
  recall: of(s.recall(), (o, t) => [first(o).gt(0), t.sorted]),
  topKAccuracy: of(s.topKAccuracy({ k: 2 }), (o, t) => [o, t.labels]),
}

const start = init(layer, [4], random.key(3))
const examples = { x, y: truth }
const outputs = layer.apply(start.params, start.state, x, { mode: 'eval' })[0]
const named = (prefix: string, all: Readonly<Record<string, unknown>>): Measures<Tensor, Truth> =>
  Object.fromEntries(Object.entries(all).map(([name, f]) => [`${prefix} ${name}`, f])) as Measures<Tensor, Truth>
const addingUp = {
  ...named('loss', byExample),
  ...named('form', forms),
  ...named('metric', plain),
  ...named('streaming', streaming),
}
const all = { ...addingUp, ...named('own', opaque) }
const loss = byExample.reduction

/** What each measure says of all examples at once. */
const wholes = Object.entries(all).map(([name, f]): readonly [string, number] => {
  const value = typeof f === 'function' ? np.mean(f(outputs, truth)) : f.result(f.measure(outputs, truth) as never)
  return [name, value.item()]
})
const sizes = fc.integer({ min: 1, max: count })

describe('the law', () => {
  it('is about every loss and every metric', () => {
    expect([...Object.keys(byExample), ...Object.keys(notOfExamples)].sort()).toEqual(Object.keys(losses).sort())
    const beside = [...ofTexts, 'confusionMatrix', 'reduceBatches', 'streaming', 'sums', 'together']
    expect([...Object.keys(plain), ...beside].sort()).toEqual(Object.keys(metrics).sort())
    const noNumbers = ['bleu', 'characterErrorRate', 'chrF', 'classScores', 'confusionMatrix', 'wordErrorRate']
    expect([...Object.keys(streaming), ...noNumbers].sort()).toEqual(Object.keys(s).sort())
  })

  it('does not hold where the negatives are the batch', () => {
    const contrast: Readonly<Record<string, Case>> = {
      infoNce: (o, t) => l.infoNce(o, t.targets),
      ntxent: (o, t) => l.ntxent(o, t.labels),
    }
    for (const loss of Object.values(contrast)) {
      const [whole, parts] = [count, 8].map((batchSize) => evaluate(layer, start, examples, { loss, batchSize }).loss)
      expect(Math.abs((whole as number) - (parts as number))).toBeGreaterThan(0.01)
    }
  })
})

describe('evaluate', () => {
  it('gives what all examples at once give, for every batch size', () => {
    fc.assert(
      fc.property(sizes, (batchSize) => {
        const found = evaluate(layer, start, examples, { loss, metrics: all, batchSize })
        for (const [name, value] of wholes) expect([name, found[name]]).toEqual([name, expect.closeTo(value, 5)])
      }),
      { numRuns: 4, examples: [[7], [count]] },
    )
  })

  it('gives one loss for every batch size, whatever kind it is of', () => {
    for (const one of [byExample.l2Loss, byExample.reduction, opaque['root of a mean'] as Case]) {
      const [whole, parts] = [count, 5].map(
        (batchSize) => evaluate(layer, start, examples, { loss: one, batchSize }).loss,
      )
      expect(parts).toBeCloseTo(whole as number, 5)
    }
  })

  it('says so if a metric ends in no number', () => {
    const matrix = of(s.confusionMatrix(classes), (_, t) => [t.labels, t.labels])
    expect(() => evaluate(layer, start, examples, { loss, metrics: { matrix } })).toThrow(
      'The metric matrix gives int32[3,3], and a history holds numbers',
    )
  })
})

describe('fit', () => {
  const options = { loss, train: examples, epochs: 1, key: random.key(5) }

  it('tells in its history what all examples at once give, for every batch size and accumulation', async () => {
    for (const [batchSize, accumulate] of [
      [4, 1],
      [23, 1],
      [3, 2],
      [5, 3],
    ] as const) {
      const still = { ...options, optimizer: sgd(0), metrics: addingUp, batchSize, accumulate }
      const { history } = await fit(layer, start, still)
      for (const [name, value] of wholes.filter(([name]) => name in addingUp)) {
        // In a history the area is that of the streaming metric.
        const digits = name.endsWith('auc') ? 2 : 5
        expect([batchSize, name, history[0]?.train[name]]).toEqual([batchSize, name, expect.closeTo(value, digits)])
      }
    }
  })

  it('tells the mean of a number of which nothing is known over batches, each by its number of examples', async () => {
    const rootOfMean = opaque['root of a mean'] as Case
    const own = { ...options, optimizer: sgd(0), metrics: { rootOfMean }, batchSize: 8, shuffle: false }
    const parts = [0, 8, 16].map((from) => {
      const to = Math.min(from + 8, count)
      const rows = tree.map((v: Tensor) => v.slice({ start: from, stop: to }), truth) as Truth
      return { share: (to - from) / count, value: rootOfMean(outputs.slice({ start: from, stop: to }), rows).item() }
    })
    const { history } = await fit(layer, start, own)
    const expected = parts.reduce((sum, { share, value }) => sum + share * value, 0)
    expect(history[0]?.train.rootOfMean).toBeCloseTo(expected, 5)
    const equal = parts.reduce((sum, { value }) => sum + value / parts.length, 0)
    expect(Math.abs(equal - expected)).toBeGreaterThan(1e-4)
  })

  const losses: Readonly<Record<string, Case>> = {
    ...byExample,
    ...forms,
    ...opaque,
    f1: (o, t) => l.reduction(o, 'mean', { weights: np.expandDims(t.signs.add(1.5), 1) }),
  }
  it.each(Object.keys(losses))('accumulates the gradient of all examples at once: %s', async (name) => {
    const one = { ...options, loss: losses[name] as Case, optimizer: sgd(0.1), shuffle: false, epochs: 1 }
    const whole = await fit(layer, start, { ...one, batchSize: count })
    const parts = await fit(layer, start, { ...one, batchSize: 5, accumulate: 5 })
    const [a, b] = [whole, parts].map(({ params }) => [...params.kernel.data(), ...params.bias.data()]) as [
      number[],
      number[],
    ]
    a.forEach((value, i) => {
      expect(b[i]).toBeCloseTo(value, 5)
    })
    expect(parts.history[0]?.train.loss).toBeCloseTo(whole.history[0]?.train.loss as number, 5)
  })

  it('goes on in the middle of an epoch with the counts of its first steps', async () => {
    const own = { ...options, optimizer: sgd(0.1), metrics: addingUp, batchSize: 4, stepsPerCall: 1 }
    const stop = {
      name: 'stop',
      init: null,
      reduce: (_: null, e: { _tag: string; step: number }) =>
        [null, e._tag === 'Stepped' && e.step === 3 ? [{ _tag: 'Stop' as const, reason: 'enough' }] : []] as const,
    }
    const unbroken = await fit(layer, start, own)
    const broken = await fit(layer, start, { ...own, callbacks: [stop] })
    expect(tree.leaves(broken.session).length).toBeGreaterThan(0)
    const resumed = await fit(layer, broken.session, own)
    expect(resumed.history.map(({ train }) => train)).toEqual(unbroken.history.map(({ train }) => train))
  })
})
