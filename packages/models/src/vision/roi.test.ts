import { grad, jit, np, type Tensor, vmap } from '@puregrad/core'
import { checkGrads } from '@puregrad/core/testing'
import { describe, expect, it } from 'vitest'
import { expectNear, golden, type Numbers } from '../../test/golden.js'
import { roiAlign, roiPool } from './roi.js'

interface Golden {
  readonly features: Numbers
  readonly rois: Numbers
  readonly aligned: readonly {
    readonly scale: number
    readonly ratio: number
    readonly aligned: boolean
    readonly out: Numbers
    readonly cotangent: Numbers
    readonly gradient: Numbers
  }[]
  readonly pooled: readonly { readonly scale: number; readonly out: Numbers }[]
}
const found = golden<Golden>('operations')
const tensor = (x: Numbers): Tensor => np.array(x as never)
const [features, rois] = [tensor(found.features), tensor(found.rois)]

describe('roiAlign', () => {
  it.each(found.aligned)(
    "has torchvision's numbers and gradient: scale $scale, ratio $ratio, aligned $aligned",
    ({ scale, ratio, aligned, out, cotangent, gradient }) => {
      const f = (x: Tensor): Tensor => roiAlign(x, rois, [2, 3], { spatialScale: scale, samplingRatio: ratio, aligned })
      expectNear(f(features), out)
      expectNear(grad((x: Tensor) => f(x).mul(tensor(cotangent)).sum())(features), gradient)
      expect(np.allclose(jit(f)(features), f(features), { rtol: 1e-6 }).item()).toBe(true)
    },
  )

  it('has derivatives in the boxes, too, and batches', () => {
    const options = { samplingRatio: 2, aligned: true }
    const inside = np.array(
      [
        [1.3, 1.1, 5.9, 4.4],
        [0.7, 2.2, 6.1, 5.3],
      ],
      { dtype: 'float64' },
    )
    checkGrads((x: Tensor, r: Tensor) => roiAlign(x, r, [2, 2], options), [features.astype('float64'), inside])
    const batch = vmap((x: Tensor) => roiAlign(x, rois, [2, 2], options))(np.stack([features, features.mul(2)]))
    expect(np.allclose(batch.at(1).get(), batch.at(0).get().mul(2)).item()).toBe(true)
  })

  it('says what it needs', () => {
    expect(() => roiAlign(np.ones([1, 8, 8, 3]), rois, [2, 2])).toThrow(/vmap/)
    expect(() => roiAlign(features, rois, [0, 2])).toThrow(/the size is \[0,2\]/)
    expect(() => roiAlign(features, rois, [2, 2], { samplingRatio: 0.5 })).toThrow(/samplingRatio is 0\.5/)
  })
})

describe('roiPool', () => {
  it.each(found.pooled)("has torchvision's numbers: scale $scale", ({ scale, out }) =>
    expectNear(roiPool(features, rois.slice({ stop: 5 }), [2, 3], { spatialScale: scale }), out),
  )
})
