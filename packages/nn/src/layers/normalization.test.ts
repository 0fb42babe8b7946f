import { np } from '@puregrad/core'
import { describe, expect, it } from 'vitest'
import { checkLayer, message } from '../../test/check-layer.js'
import { expectNear } from '../../test/near.js'
import { groupNorm, instanceNorm } from '../index.js'

describe('instanceNorm', () => {
  it('gives each channel of each example mean 0 and variance 1', () => {
    const { y } = checkLayer(instanceNorm({ epsilon: 0 }), [4, 5, 3])
    expectNear(np.mean(y, { axis: [1, 2] }), np.zeros([2, 3]), 1e-12)
    expectNear(np.var(y, { axis: [1, 2] }), np.ones([2, 3]), 1e-12)
  })
  it('is groupNorm with a group for every channel', () => {
    const { y } = checkLayer(instanceNorm(), [4, 3])
    expectNear(y, checkLayer(groupNorm({ groups: 3 }), [4, 3]).y, 1e-12)
  })
  it('needs axes between batch and channels', () => expect(message(instanceNorm(), [3])).toContain('Take layerNorm'))
})
