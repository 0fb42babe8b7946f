import { jit, np, pipe, type Tensor } from '@puregrad/core'
import { describe, expect, it } from 'vitest'
import { expectNear, f64, i32 } from '../../test/near.js'
import { accuracy, auc, f1Score, precision, recall, topKAccuracy } from './classification.js'
import { confusionMatrix } from './confusion-matrix.js'

const scores = f64([
  [0.1, 0.7, 0.2],
  [0.5, 0.2, 0.3],
  [0.3, 0.3, 0.4],
  [0.9, 0.06, 0.04],
])
const labels = i32([1, 2, 2, 1])

describe('metrics of classes', () => {
  it('accuracy is the part that is right, jitted or not', () => {
    expectNear(accuracy(scores, labels), 0.5, 0)
    expectNear(jit((s: Tensor, l: Tensor) => accuracy(s, l))(scores, labels), 0.5, 0)
    expectNear(pipe(scores, accuracy(labels)), 0.5, 0)
  })
  it('topKAccuracy grows with k to 1', () => {
    const found = [1, 2, 3].map((k) => topKAccuracy(scores, labels, { k }).item())
    expect(found).toEqual([0.5, 1, 1])
  })
  it('topKAccuracy asks for no more than there is', () => {
    expect(() => topKAccuracy(scores, labels)).toThrow('k is 5 and has to be a whole number from 1 to the 3 classes')
  })
  it('confusionMatrix counts labels by row and guesses by column', () => {
    expect(confusionMatrix(i32([1, 0, 2, 0]), labels, 3).toArray()).toEqual([
      [0, 0, 0],
      [1, 1, 0],
      [1, 0, 1],
    ])
  })
  it('precision, recall and their harmonic mean', () => {
    const [guess, truth] = [np.array([true, true, true, false]), np.array([true, false, false, true])]
    expectNear(precision(guess, truth), 1 / 3, 1e-7)
    expectNear(recall(guess, truth), 1 / 2, 0)
    expectNear(f1Score(guess, truth), 0.4, 1e-7)
  })
  it('are 0, not NaN, where nothing was guessed or there', () => {
    const none = np.array([false, false])
    for (const metric of [precision, recall, f1Score]) expectNear(metric(none, none), 0, 0)
  })
  it('tell one-hot labels apart', () => {
    expect(() => accuracy(scores, scores)).toThrow('Of one-hot labels take np.argmax')
    expect(() => confusionMatrix(scores, labels, 3)).toThrow('of logits take np.argmax')
  })
  it('auc is the part of pairs in the right order, ties counting half', () => {
    const [x, y] = [
      [0.1, 0.4, 0.4, 0.8, 0.4, 0.2],
      [0, 0, 1, 1, 1, 1],
    ]
    let [wins, pairs] = [0, 0]
    for (const [i, a] of x.entries()) {
      for (const [j, b] of x.entries()) {
        if (y[i] !== 1 || y[j] !== 0) continue
        pairs++
        wins += a > b ? 1 : a === b ? 0.5 : 0
      }
    }
    expectNear(auc(f64(x), i32(y)), wins / pairs, 1e-7)
    expectNear(jit((s: Tensor, l: Tensor) => auc(s, l))(f64(x), i32(y)), wins / pairs, 1e-7)
    expect(auc(f64(x), i32([1, 1, 1, 1, 1, 1])).item()).toBeNaN()
    expect(() => auc(scores, labels)).toThrow('vectors of one length')
  })
  it('NaN is never right', () => {
    const nan = Number.NaN
    const broken = f64([
      [nan, 0.2, 0.9],
      [nan, nan, nan],
      [0.1, nan, 0.2],
      [0, 0, 1],
    ])
    const truth = i32([0, 1, 2, 2])
    expectNear(accuracy(broken, truth), 1 / 4, 0)
    for (const k of [1, 3]) expectNear(topKAccuracy(broken, truth, { k }), k === 1 ? 1 / 4 : 2 / 4, 0)
    expect(confusionMatrix(f64([nan, 0, 1]), f64([0, nan, 1]), 2).toArray()).toEqual([
      [0, 0],
      [0, 1],
    ])
    const [guess, both] = [f64([nan, nan, 1, 0]), f64([1, 0, 1, 0])]
    expectNear(precision(guess, both), 1 / 2, 0)
    expectNear(recall(guess, both), 1 / 2, 0)
    expectNear(f1Score(guess, both), 1 / 2, 0)
  })
  it('auc loses every pair with NaN', () => {
    const [x, y] = [f64([Number.NaN, 0.3, 0.2, 0.9, Number.NaN]), i32([1, 1, 0, 1, 0])]
    // Of six pairs, 0.3 and 0.9 win one each, against 0.2.
    expectNear(auc(x, y), 2 / 6, 1e-7)
  })
})
