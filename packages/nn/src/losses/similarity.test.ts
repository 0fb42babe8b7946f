import { np, random, type Tensor } from '@puregrad/core'
import { checkGrads } from '@puregrad/core/testing'
import { describe, expect, it } from 'vitest'
import { expectNear, f64, i32 } from '../../test/near.js'
import { softmaxCrossEntropyWithIntegerLabels } from './classification.js'
import { cosineDistance, cosineSimilarity, infoNce, ntxent } from './similarity.js'

describe('cosine', () => {
  it('of a right angle is 0, of the same direction 1, of opposite ones −1', () => {
    expectNear(
      cosineSimilarity(
        f64([
          [1, 0],
          [2, 2],
          [1, 1],
        ]),
        f64([
          [0, 3],
          [1, 1],
          [-2, -2],
        ]),
      ),
      [0, 1, -1],
      1e-15,
    )
  })
  it('distance is 1 − similarity', () => {
    const [a, b] = [
      f64([
        [1, 2],
        [3, -4],
      ]),
      f64([
        [0.5, 1],
        [1, 1],
      ]),
    ]
    expectNear(cosineDistance(a, b), np.subtract(1, cosineSimilarity(a, b)), 0)
  })
  it('a vector of zeros gives NaN, or 0 with an epsilon', () => {
    expect(cosineSimilarity(f64([0, 0]), f64([1, 0])).item()).toBeNaN()
    expectNear(cosineSimilarity(f64([0, 0]), f64([1, 0]), { epsilon: 1e-8 }), 0, 0)
  })
  it('takes any axis and leaves out what does not count', () => {
    const [a, b] = [
      f64([
        [1, 2, 9],
        [3, -4, 9],
      ]),
      f64([
        [0.5, 1, -9],
        [1, 1, 0],
      ]),
    ]
    expectNear(cosineSimilarity(a.T, b.T, { axis: 0 }), cosineSimilarity(a, b), 1e-15)
    const kept = cosineSimilarity(a.slice({}, { stop: 2 }), b.slice({}, { stop: 2 }))
    expectNear(cosineSimilarity(a, b, { where: np.array([true, true, false]) }), kept, 1e-15)
  })
})

describe('ntxent', () => {
  const embeddings = random.normal(random.key(3), [4, 3], { dtype: 'float64' })
  const labels = [0, 1, 0, 0]
  it('is the mean over pairs of −log of their share', () => {
    const rows = embeddings.toArray() as number[][]
    const norm = (x: number[]): number => Math.hypot(...x)
    const score = (i: number, j: number): number => {
      const [a, b] = [rows[i] as number[], rows[j] as number[]]
      return Math.exp(a.reduce((sum, x, k) => sum + x * (b[k] as number), 0) / norm(a) / norm(b) / 0.5)
    }
    const losses: number[] = []
    for (let i = 0; i < 4; i++) {
      for (let j = 0; j < 4; j++) {
        if (i === j || labels[i] !== labels[j]) continue
        const others = [0, 1, 2, 3].filter((k) => labels[k] !== labels[i]).reduce((sum, k) => sum + score(i, k), 0)
        losses.push(-Math.log(score(i, j) / (score(i, j) + others)))
      }
    }
    expectNear(
      ntxent(embeddings, i32(labels), { temperature: 0.5 }),
      losses.reduce((a, b) => a + b) / losses.length,
      1e-12,
    )
  })
})

describe('infoNce', () => {
  const [queries, keys] = [4, 5].map((seed) => random.normal(random.key(seed), [4, 3], { dtype: 'float64' })) as [
    Tensor,
    Tensor,
  ]
  it('is the cross entropy of finding the own key by cosine', () => {
    const unit = (x: Tensor): Tensor => x.div(np.sqrt(np.sum(np.square(x), { axis: 1, keepdims: true })))
    const scores = np.matmul(unit(queries), unit(keys).T).div(0.2)
    expectNear(
      infoNce(queries, keys, { temperature: 0.2 }),
      softmaxCrossEntropyWithIntegerLabels(scores, i32([0, 1, 2, 3])),
      1e-13,
    )
  })
  it('has the right gradients', () => checkGrads(infoNce, [queries, keys]))
  it('takes a key for each query', () => {
    expect(() => infoNce(queries, keys.slice({ stop: 3 }))).toThrow('a key for each query')
  })
})
