import { grad, jit, np, pipe, random, type Tensor, vmap } from '@puregrad/core'
import { checkGrads } from '@puregrad/core/testing'
import { describe, expect, it } from 'vitest'
import { expectNear, f64, i32 } from '../../test/near.js'
import { oneHot } from '../functions/one-hot.js'
import { sigmoid } from '../functions/sigmoids.js'
import { softmax } from '../functions/softmax.js'
import {
  binaryCrossEntropy,
  crossEntropy,
  polyLossCrossEntropy,
  safeSoftmaxCrossEntropy,
  sigmoidBinaryCrossEntropy,
  sigmoidFocalLoss,
  smoothLabels,
  softmaxCrossEntropy,
  softmaxCrossEntropyWithIntegerLabels,
} from './classification.js'

const logits = random.normal(random.key(0), [4, 5], { dtype: 'float64' }).mul(3)
const labels = i32([0, 4, 2, 2])
const truth = oneHot(labels, 5, { dtype: 'float64' })
const total =
  (f: (x: Tensor) => Tensor) =>
  (x: Tensor): Tensor =>
    np.sum(f(x))

describe('softmaxCrossEntropyWithIntegerLabels', () => {
  it('is softmaxCrossEntropy of one-hot labels, value and gradient', () => {
    expectNear(softmaxCrossEntropyWithIntegerLabels(logits, labels), softmaxCrossEntropy(logits, truth), 1e-14)
    const slope = grad(total((x) => softmaxCrossEntropyWithIntegerLabels(x, labels)))(logits)
    expectNear(slope, softmax(logits).sub(truth), 1e-14)
    expectNear(jit(grad(total((x) => softmaxCrossEntropyWithIntegerLabels(x, labels))))(logits), slope, 1e-14)
  })
  it('takes classes along any axis and labels of any integer dtype', () => {
    expectNear(
      softmaxCrossEntropyWithIntegerLabels(logits.T, labels, { axis: 0 }),
      softmaxCrossEntropyWithIntegerLabels(logits, labels),
      1e-14,
    )
    expectNear(
      softmaxCrossEntropyWithIntegerLabels(logits, labels.astype('uint8')),
      softmaxCrossEntropyWithIntegerLabels(logits, labels),
      0,
    )
  })
  it('stays finite for huge logits, and for −∞ at other classes', () => {
    expectNear(
      softmaxCrossEntropyWithIntegerLabels(
        f64([
          [1e4, 0],
          [0, Number.NEGATIVE_INFINITY],
        ]),
        i32([1, 0]),
      ),
      [1e4, 0],
      1e-14,
    )
  })
  it('gives NaN for labels that are no class, which move nothing', () => {
    const strange = i32([-5, -1, 2, 5])
    const found = softmaxCrossEntropyWithIntegerLabels(logits, strange)
    expect(Array.from(found.data(), Number.isNaN)).toEqual([true, true, false, true])
    const slope = grad(total((x) => softmaxCrossEntropyWithIntegerLabels(x, strange)))(logits)
    for (const row of [0, 1, 3]) expectNear(slope.slice(row), [0, 0, 0, 0, 0], 0)
  })
  it('ignoreIndex: a loss of 0, whatever the logits', () => {
    const x = np.where(np.expandDims(i32([0, 1, 0, 0]), 1).eq(1), Number.NaN, logits)
    const loss = (z: Tensor): Tensor => softmaxCrossEntropyWithIntegerLabels(z, i32([0, -1, 2, 2]), { ignoreIndex: -1 })
    const plain = softmaxCrossEntropyWithIntegerLabels(logits, labels)
    expectNear(loss(x), np.where(i32([1, 0, 1, 1]).eq(1), plain, 0), 1e-14)
    expect(np.all(np.isfinite(grad(total(loss))(x))).item()).toBe(true)
  })
  it('vmap over examples = the batch', () => {
    const each = vmap((x: Tensor, y: Tensor) => softmaxCrossEntropyWithIntegerLabels(x, y))(logits, labels)
    expectNear(each, softmaxCrossEntropyWithIntegerLabels(logits, labels), 1e-14)
  })
  it('leaves out classes that do not count', () => {
    const where = np.array([true, true, true, false, true])
    const kept = logits.slice({}, np.array([0, 1, 2, 4], { dtype: 'int32' }))
    expectNear(
      softmaxCrossEntropyWithIntegerLabels(logits, labels, { where }),
      softmaxCrossEntropyWithIntegerLabels(kept, i32([0, 3, 2, 2])),
      1e-14,
    )
  })
  it('tells one-hot labels and wrong batches apart', () => {
    expect(() => softmaxCrossEntropyWithIntegerLabels(logits, truth)).toThrow(
      'For probabilities take softmaxCrossEntropy',
    )
    expect(() => softmaxCrossEntropyWithIntegerLabels(logits, truth.astype('int32'))).toThrow(
      'For one-hot labels take softmaxCrossEntropy',
    )
    expect(() => softmaxCrossEntropyWithIntegerLabels(logits, i32([1]))).toThrow('Check the batch axes')
    expect(() => softmaxCrossEntropyWithIntegerLabels(logits, f64([0, 1, 2, 3]))).toThrow("labels.astype('int32')")
  })
  it('works in a pipe', () => {
    expectNear(
      pipe(logits, softmaxCrossEntropyWithIntegerLabels(labels), np.mean),
      np.mean(softmaxCrossEntropyWithIntegerLabels(logits, labels)),
      0,
    )
  })
})

describe('softmaxCrossEntropy', () => {
  it('of uniform labels is the mean loss of all classes', () => {
    const uniform = np.full([4, 5], 0.2, { dtype: 'float64' })
    const each = [0, 1, 2, 3, 4].map((c) => softmaxCrossEntropyWithIntegerLabels(logits, i32([c, c, c, c])))
    expectNear(softmaxCrossEntropy(logits, uniform), np.mean(np.stack(each), { axis: 0 }), 1e-13)
  })
  it('leaves out classes that do not count, also in the gradient of the labels', () => {
    const where = np.array([true, true, true, false, true])
    const slope = grad(total((y) => softmaxCrossEntropy(logits, y, { where })))(truth)
    expect(Array.from(slope.data()).every(Number.isFinite)).toBe(true)
    expectNear(slope.slice({}, 3), [0, 0, 0, 0], 0)
  })
  it('safe: a class of probability 0 adds nothing', () => {
    const x = f64([[1, Number.NEGATIVE_INFINITY]])
    expect(
      softmaxCrossEntropy(x, f64([[1, 0]]))
        .slice(0)
        .item(),
    ).toBeNaN()
    expectNear(safeSoftmaxCrossEntropy(x, f64([[1, 0]])), [0], 0)
    expectNear(safeSoftmaxCrossEntropy(logits, truth), softmaxCrossEntropy(logits, truth), 1e-14)
  })
})

describe('binary cross entropies', () => {
  it('is the softmax of two classes, one of them 0', () => {
    const x = f64([-3, 0.5, 2])
    const y = f64([0, 1, 0.25])
    const pair = np.stack([x, np.zerosLike(x)], { axis: -1 })
    expectNear(
      sigmoidBinaryCrossEntropy(x, y),
      softmaxCrossEntropy(pair, np.stack([y, np.subtract(1, y)], { axis: -1 })),
      1e-14,
    )
  })
  it('does not overflow', () => expectNear(sigmoidBinaryCrossEntropy(f64([1e4, -1e4]), f64([0, 1])), [1e4, 1e4], 1e-14))
  it('focal: gamma 0 is plain, easy examples weigh less', () => {
    const [x, y] = [f64([-3, 0.5, 2]), f64([0, 1, 0])]
    expectNear(sigmoidFocalLoss(x, y, { gamma: 0 }), sigmoidBinaryCrossEntropy(x, y), 1e-14)
    const p = 1 / (1 + Math.exp(2))
    expectNear(sigmoidFocalLoss(x, y, { alpha: 0.25 }).slice(2), 0.75 * -Math.log(p) * (1 - p) ** 2, 1e-13)
  })
})

describe('labels and polynomials', () => {
  it('polyLoss adds epsilon · (1 − p of the truth)', () => {
    const missed = np.subtract(1, np.sum(softmax(logits).mul(truth), { axis: -1 }))
    expectNear(
      polyLossCrossEntropy(logits, truth, { epsilon: 3 }),
      softmaxCrossEntropy(logits, truth).add(missed.mul(3)),
      1e-14,
    )
  })
  it('smooth labels still sum to 1', () => {
    expectNear(smoothLabels(truth, 0.1).slice(0), [0.92, 0.02, 0.02, 0.02, 0.02], 1e-14)
    expectNear(pipe(truth, smoothLabels(0.1)), smoothLabels(truth, 0.1), 0)
  })
})

describe('losses of probabilities', () => {
  it('crossEntropy of a softmax is softmaxCrossEntropy', () => {
    expectNear(crossEntropy(softmax(logits), truth), softmaxCrossEntropy(logits, truth), 1e-12)
    const where = np.array([true, true, true, false, true])
    expectNear(
      crossEntropy(softmax(logits, { where }), truth, { where }),
      softmaxCrossEntropy(logits, truth, { where }),
      1e-12,
    )
    checkGrads((p) => crossEntropy(p, truth), [softmax(logits)], { eps: 1e-5, rtol: 1e-4 })
  })
  it('binaryCrossEntropy of a sigmoid is sigmoidBinaryCrossEntropy', () => {
    const [x, y] = [f64([-3, 0.5, 2]), f64([0, 1, 0.25])]
    expectNear(binaryCrossEntropy(sigmoid(x), y), sigmoidBinaryCrossEntropy(x, y), 1e-13)
    checkGrads((p) => binaryCrossEntropy(p, y), [sigmoid(x)])
  })
  it('stay finite at 0 and 1', () => {
    expectNear(crossEntropy(f64([[1, 0]]), f64([[0, 1]])), [-Math.log(1e-7)], 1e-14)
    expectNear(binaryCrossEntropy(f64([0, 1]), f64([1, 0])), [-Math.log(1e-7), -Math.log(1e-7)], 1e-8)
  })
})
