import { np } from '@puregrad/core'
import { expect, it } from 'vitest'
import { weighted } from './weighting.js'

it('a label that is no class has no weight: NaN, and never that of the last class', () => {
  const labels = np.array([0, -1, 2, 3], { dtype: 'int32' })
  expect(weighted(np.ones([4]), labels, undefined, [1, 2, 3]).toArray()).toEqual([1, Number.NaN, 3, Number.NaN])
})
