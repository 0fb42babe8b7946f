import { np, ShapeError } from '@puregrad/core'
import { describe, expect, it } from 'vitest'
import { checkLayer, evaluate, message, sample } from '../../test/check-layer.js'
import { expectNear, f64 } from '../../test/near.js'
import { crop, pad, upSample, upSampling1d, upSampling2d, upSampling3d } from '../index.js'

describe('up-sampling', () => {
  it('nearest repeats elements', () => {
    const x = f64([
      [
        [[1], [2]],
        [[3], [4]],
      ],
    ])
    expectNear(
      upSampling2d([2, 1]).apply(null, null, x, evaluate)[0].reshape([4, 2]),
      [
        [1, 2],
        [1, 2],
        [3, 4],
        [3, 4],
      ],
      0,
    )
  })
  it('bilinear holds the ends and draws lines between centres', () => {
    const row = upSample(f64([[[0], [4], [2]]]), [2], { method: 'linear' })
    expectNear(row.reshape([-1]), [0, 1, 3, 3.5, 2.5, 2], 1e-15)
    // A plane stays a plane, away from the edges.
    const plane = np.array(
      [0, 1, 2, 3].map((i) => [0, 1, 2, 3].map((j) => 2 * i + 3 * j)),
      { dtype: 'float64' },
    )
    const found = upSample(plane.reshape([1, 4, 4, 1]), [3, 3], { method: 'bilinear' }).reshape([12, 12])
    for (const i of [1, 4, 7, 10])
      for (const j of [1, 5, 10]) {
        expect(found.slice(i, j).item()).toBeCloseTo(2 * ((i + 0.5) / 3 - 0.5) + 3 * ((j + 0.5) / 3 - 0.5), 12)
      }
  })
  it('of one element repeats it', () =>
    expectNear(upSample(f64([[[5]]]), [3], { method: 'linear' }).reshape([-1]), [5, 5, 5], 0))
  it('plan, jit and gradients', () => {
    checkLayer(upSampling1d(3), [4, 2])
    checkLayer(upSampling2d([2, 3], { method: 'bilinear' }), [3, 2, 2])
    checkLayer(upSampling3d(2), [1, 2, 2, 1])
  })
  it('takes whole factors', () => {
    expect(() => upSampling2d(1.5)).toThrow('the factor [1.5,1.5]')
    expect(() => upSample(f64([[[1]]]), [2, 2])).toThrow(ShapeError)
  })
})

describe('pad and crop', () => {
  it('crop takes away what pad has put there', () => {
    const x = sample(1, [2, 3, 4, 2])
    const widths = [
      [1, 2],
      [0, 3],
    ] as const
    for (const mode of ['constant', 'edge'] as const) {
      const [padded] = pad(widths, { mode, value: 7 }).apply(null, null, x, evaluate)
      expect(padded.shape).toEqual([2, 6, 7, 2])
      expectNear(crop(widths).apply(null, null, padded, evaluate)[0], x, 0)
      expect(padded.slice(0, 0, 0, 0).item()).toBe(mode === 'constant' ? 7 : x.slice(0, 0, 0, 0).item())
    }
  })
  it('plan, jit and gradients', () => {
    checkLayer(pad(1, { mode: 'reflect' }), [3, 4, 2])
    checkLayer(pad([[2, 0]]), [3, 2])
    checkLayer(crop([[1, 1]]), [4, 2])
  })
  it('name what does not fit', () => {
    expect(message(pad([[1, 1]]), [4, 4, 1])).toContain('as many pairs as there are axes')
    expect(message(pad(-1), [4, 4, 1])).toContain('whole widths ≥ 0')
    expect(message(crop(2), [4, 4, 1])).toContain('leaves nothing of [4,4,1]')
    expect(() => pad([[1, 1]]).apply(null, null, np.ones([1, 4, 4, 1]), evaluate)).toThrow('pad: takes')
  })
})
