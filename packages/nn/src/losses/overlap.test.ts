import { np } from '@puregrad/core'
import { checkGrads } from '@puregrad/core/testing'
import { describe, expect, it } from 'vitest'
import { sample } from '../../test/check-layer.js'
import { expectNear, f64 } from '../../test/near.js'
import { sigmoid } from '../index.js'
import { diceLoss } from './overlap.js'

const masks = f64([
  [1, 1, 0, 0],
  [0, 0, 0, 0],
])

describe('diceLoss', () => {
  it('is 0 for the truth, nearly 1 for its opposite', () => {
    expectNear(diceLoss(masks, masks), [0, 0], 0)
    expectNear(diceLoss(np.subtract(1, masks), masks, { smooth: 0 }), [1, 1], 0)
    expectNear(diceLoss(f64([[0.5, 1, 0.5, 0]]), f64([[1, 1, 0, 0]])), [1 - (2 * 1.5 + 1) / (2 + 2 + 1)], 1e-15)
  })
  it('takes the axes of the region', () => {
    const volume = sigmoid(sample(1, [2, 3, 3, 2]))
    const truth = volume.gt(0.5).astype('float64')
    const perClass = diceLoss(volume, truth, { axis: [1, 2] })
    expect(perClass.shape).toEqual([2, 2])
    const [one] = [diceLoss(volume.slice(0, {}, {}, 1), truth.slice(0, {}, {}, 1), { axis: [0, 1] })]
    expectNear(perClass.slice(0, 1), one, 1e-14)
  })
  it('has the right gradients', () => checkGrads((p) => diceLoss(p, masks), [sigmoid(sample(2, [2, 4]))]))
  it('takes equal shapes', () => {
    expect(() => diceLoss(masks, f64([1, 0]))).toThrow('Of classes take nn.oneHot')
  })
})
