import { jit, np } from '@puregrad/core'
import { softmax } from '@puregrad/nn'
import { describe, expect, it } from 'vitest'
import { golden } from '../../test/golden.js'
import { noise } from '../../test/noise.js'
import { inceptionScore } from './inception-score.js'

const { measures } = golden<{ readonly measures: { readonly inception: Readonly<Record<string, [number, number]>> } }>(
  'generative',
)
const probabilities = softmax(noise(600, [30, 4]).astype('float64').mul(3))

describe('inceptionScore', () => {
  it.each(Object.entries(measures.inception))(
    'in %s parts is that of the definition in NumPy',
    (splits, [mean, std]) => {
      const found = inceptionScore(probabilities, { splits: Number(splits) })
      expect(found.mean.item()).toBeCloseTo(mean, 6)
      expect(found.std.item()).toBeCloseTo(std, 6)
    },
  )
  it('is from 1, when all look alike, to the number of classes, when each is surely another', () => {
    expect(inceptionScore(np.full([6, 3], 1 / 3)).mean.item()).toBeCloseTo(1, 7)
    expect(jit((p: typeof probabilities) => inceptionScore(p).mean)(np.eye(5)).item()).toBeCloseTo(5, 6)
  })
  it('says what is wrong', () => {
    expect(() => inceptionScore(np.ones([3]))).toThrow('probabilities are [count, classes], not float32[3]')
    expect(() => inceptionScore(np.ones([3, 2]), { splits: 4 })).toThrow('splits is 4')
  })
})
