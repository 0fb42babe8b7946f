import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import type { LabelledImages } from '../labelled-images.js'
import { strokeDigits } from './stroke-digits.js'

const digest = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')

/** Softmax regression by stochastic gradient descent: the best a linear model does, nearly. Returns its test accuracy. */
const linearAccuracy = (train: LabelledImages, test: LabelledImages, epochs: number): number => {
  const [count, height, width] = train.shape
  const inputs = height * width
  const weights = new Float64Array(10 * (inputs + 1))
  const logits = (images: Uint8Array, i: number): Float64Array =>
    Float64Array.from({ length: 10 }, (_, digit) => {
      const row = digit * (inputs + 1)
      let total = weights[row + inputs] ?? 0
      for (let k = 0; k < inputs; k++) total += (weights[row + k] ?? 0) * ((images[i * inputs + k] ?? 0) / 255)
      return total
    })
  for (let step = 0; step < epochs * count; step++) {
    const i = step % count
    const scores = logits(train.images, i)
    const top = Math.max(...scores)
    const powers = scores.map((score) => Math.exp(score - top))
    const total = powers.reduce((a, b) => a + b)
    for (let digit = 0; digit < 10; digit++) {
      const slope =
        (0.02 / (1 + (4 * step) / (epochs * count))) *
        ((powers[digit] ?? 0) / total - (train.labels[i] === digit ? 1 : 0))
      const row = digit * (inputs + 1)
      for (let k = 0; k < inputs; k++)
        weights[row + k] = (weights[row + k] ?? 0) - slope * ((train.images[i * inputs + k] ?? 0) / 255)
      weights[row + inputs] = (weights[row + inputs] ?? 0) - slope
    }
  }
  const hits = [...test.labels].filter((label, i) => {
    const scores = logits(test.images, i)
    return scores.indexOf(Math.max(...scores)) === label
  })
  return hits.length / test.labels.length
}

describe('strokeDigits', () => {
  it('is 10,000 images to train on and 2,000 to test on, each digit equally often', () => {
    const { train, test } = strokeDigits()
    expect(train.shape).toEqual([10_000, 28, 28])
    expect(test.shape).toEqual([2_000, 28, 28])
    expect(train.images).toHaveLength(10_000 * 784)
    for (const { labels, shape } of [train, test])
      for (let digit = 0; digit < 10; digit++)
        expect(labels.filter((label) => label === digit)).toHaveLength(shape[0] / 10)
  })

  it('draws the same bytes on every machine', () => {
    const { train, test } = strokeDigits({ seed: 0, train: 50, test: 50 })
    expect(digest(train.images)).toBe('2fd25af6c18ee0d20abf20f257c086f631927bafa09c576c6c3718ee5cd864f3')
    expect(digest(test.images)).toBe('20dfe91940d2bcef6b508cf3661857a32ae5719474d83f0dcb3c2b83c630e627')
  })

  it('gives the beginning of the same data when asked for fewer', () => {
    const [few, many] = [strokeDigits({ train: 13, test: 7 }), strokeDigits({ train: 40, test: 20 })]
    expect(few.train.labels).toEqual(many.train.labels.slice(0, 13))
    expect(few.train.images).toEqual(many.train.images.slice(0, 13 * 784))
    expect(few.test.images).toEqual(many.test.images.slice(0, 7 * 784))
  })

  it('differs by seed, and tests on nothing it trains on', () => {
    const [a, b] = [strokeDigits({ seed: 1, train: 100, test: 100 }), strokeDigits({ seed: 2, train: 100, test: 100 })]
    const digests = [a.train, a.test, b.train, b.test].flatMap(({ images }) =>
      Array.from({ length: 100 }, (_, i) => digest(images.subarray(i * 784, (i + 1) * 784))),
    )
    expect(new Set(digests).size).toBe(400)
  })

  it('leaves the ink inside the picture: white on black, with a dark rim', () => {
    const { images, shape } = strokeDigits({ train: 500, test: 0 }).train
    const mean = (keep: (row: number, column: number) => boolean): number => {
      const kept = [...images].filter((_, i) => keep(Math.floor(i / 28) % 28, i % 28))
      return kept.reduce((a, b) => a + b, 0) / kept.length
    }
    expect(shape[0]).toBe(500)
    expect(mean((row, column) => row === 0 || row === 27 || column === 0 || column === 27)).toBeLessThan(12)
    expect(mean((row, column) => row > 9 && row < 18 && column > 9 && column < 18)).toBeGreaterThan(50)
  })

  it('is blank paper and clean strokes when the hand has no noise', () => {
    const { images } = strokeDigits({ train: 20, test: 0, handwriting: { grain: 0 } }).train
    expect(images.filter((grey) => grey === 0).length / images.length).toBeGreaterThan(0.6)
  })

  it('is too hard for a linear model, yet not noise to it', () => {
    const { train, test } = strokeDigits({ train: 5_000, test: 1_000 })
    const accuracy = linearAccuracy(train, test, 4)
    expect(accuracy).toBeLessThan(0.9)
    expect(accuracy).toBeGreaterThan(0.6)
  })
})
