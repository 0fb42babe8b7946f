/** Norms of any size: what is made of them has finite values and derivatives at 0, at tiny and at huge numbers. */
import { grad, np, type Tensor } from '@puregrad/core'
import { describe, expect, it } from 'vitest'
import {
  adaptiveGradClip,
  clipByBlockRms,
  clipByGlobalNorm,
  type GradientTransformation,
  globalNorm,
  normalize,
  sam,
  scaleByParamBlockRms,
  scaleByTrustRatio,
  sgd,
} from './index.js'

const direction = [0.6, 0.8]
const vector = (size: number): { readonly w: Tensor } => ({ w: np.array(direction).mul(size) })
const close = (x: Tensor, wanted: readonly number[]): void =>
  wanted.forEach((value, i) => {
    expect(Math.abs((x.data()[i] as number) - value)).toBeLessThanOrEqual(1e-6 * Math.abs(value))
  })

describe('globalNorm', () => {
  it.each([0, 3e-30, 1, 3e30, 2e38])('of size %d', (size) => {
    expect(globalNorm(vector(size)).item() / (size || 1)).toBeCloseTo(size === 0 ? 0 : 1, 4)
    close(grad((p: { w: Tensor }) => globalNorm(p))(vector(size)).w, size === 0 ? [0, 0] : direction.map(Math.fround))
  })
  it('in float64, and of leaves of both dtypes', () => {
    const large = np.array([3e200, 4e200], { dtype: 'float64' })
    expect(globalNorm([large, np.ones([2])]).item()).toBeCloseTo(5e200, -190)
    expect(globalNorm([np.array([3e-200, 4e-200], { dtype: 'float64' }), np.zeros([2])]).item() / 5e-200).toBeCloseTo(1)
  })
})

const apply = <S>(t: GradientTransformation<S>, grads: { readonly w: Tensor }, params = vector(1)): Tensor =>
  t.update(grads, t.init(params), params)[0].w

describe('transformations', () => {
  const all: Readonly<Record<string, GradientTransformation<unknown>>> = {
    normalize: normalize() as GradientTransformation<unknown>,
    clipByGlobalNorm: clipByGlobalNorm(1) as GradientTransformation<unknown>,
    clipByBlockRms: clipByBlockRms(1) as GradientTransformation<unknown>,
    adaptiveGradClip: adaptiveGradClip(0.1) as GradientTransformation<unknown>,
    scaleByTrustRatio: scaleByTrustRatio() as GradientTransformation<unknown>,
    scaleByParamBlockRms: scaleByParamBlockRms() as GradientTransformation<unknown>,
    sam: sam(sgd(0.1), normalize()) as GradientTransformation<unknown>,
  }
  it.each(Object.entries(all))('%s is finite, in its derivatives too', (name, t) => {
    for (const size of [0, 3e-30, 1, 3e30]) {
      for (const scale of [0, 3e-30, 1, 3e30]) {
        const y = apply(t, vector(size), vector(scale))
        // Results, or ratios of norms, that float32 does not reach.
        const isBeyond =
          (name === 'scaleByParamBlockRms' && size * scale > 1e38) ||
          (name === 'scaleByTrustRatio' && size > 0 && scale / size > 1e20)
        if (isBeyond) continue
        expect(np.all(np.isfinite(y)).item()).toBe(true)
        const slope = grad((g: { w: Tensor }) => np.sum(apply(t, g, vector(scale))))(vector(size)).w
        expect(np.any(np.isnan(slope)).item()).toBe(false)
      }
    }
  })
  it.each([3e-30, 1, 3e30])('size %d has a direction', (size) => {
    close(apply(normalize(), vector(size)), direction)
    close(
      apply(clipByGlobalNorm(size / 2), vector(size)),
      direction.map((x) => (x * size) / 2),
    )
    close(
      apply(scaleByTrustRatio(), vector(size), vector(2)),
      direction.map((x) => x * 2),
    )
  })
})
