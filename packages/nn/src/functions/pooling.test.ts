import { grad, np, pipe, type Tensor, vmap } from '@puregrad/core'
import { describe, expect, it } from 'vitest'
import { expectNear, f64 } from '../../test/near.js'
import { avgPool, maxPool, minPool } from './pooling.js'

/** A 4×4 image of 0 … 15. */
const image = np.arange(16).astype('float64').reshape([1, 4, 4, 1])
const flat = (x: Tensor): Tensor => x.reshape([-1])

describe('pooling', () => {
  it('maxPool takes the largest of each window', () => {
    expectNear(flat(maxPool(image, [2, 2], { strides: [2, 2] })), [5, 7, 13, 15])
  })
  it('minPool takes the smallest', () => expectNear(flat(minPool(image, [2, 2], { strides: [2, 2] })), [0, 2, 8, 10]))
  it('avgPool takes the mean', () => {
    expectNear(flat(avgPool(image, [2, 2], { strides: [2, 2] })), [2.5, 4.5, 10.5, 12.5])
  })
  it('windows move by 1 and nothing is padded unless told', () =>
    expect(maxPool(image, [2, 2]).shape).toEqual([1, 3, 3, 1]))
  it('SAME keeps the size; padding never wins', () => {
    const y = maxPool(image.sub(100), [3, 3], { padding: 'SAME' })
    expect(y.shape).toEqual([1, 4, 4, 1])
    expect(np.max(y).item()).toBe(-85)
  })
  it('avgPool counts padding, or not', () => {
    const corner = (include: boolean): number =>
      avgPool(np.ones([1, 2, 2, 1]), [2, 2], {
        padding: [
          [1, 0],
          [1, 0],
        ],
        countIncludePad: include,
      })
        .slice(0, 0, 0, 0)
        .item()
    expect(corner(true)).toBe(0.25)
    expect(corner(false)).toBe(1)
  })
  it('the gradient of maxPool goes to the maximum, that of avgPool everywhere alike', () => {
    const ofMax = grad((x: Tensor) => np.sum(maxPool(x, [2, 2], { strides: [2, 2] })))(image)
    expectNear(flat(ofMax), [0, 0, 0, 0, 0, 1, 0, 1, 0, 0, 0, 0, 0, 1, 0, 1])
    const ofMean = grad((x: Tensor) => np.sum(avgPool(x, [2, 2], { strides: [2, 2] })))(image)
    expectNear(ofMean, np.full([1, 4, 4, 1], 0.25))
  })
  it('of ties the first gets the gradient', () => {
    const x = f64([[[[1], [1]]]])
    expectNear(flat(grad((v: Tensor) => np.sum(maxPool(v, [1, 2])))(x)), [1, 0])
  })
  it('pools sequences and volumes', () => {
    expect(maxPool(np.ones([2, 6, 3]), [2], { strides: [2] }).shape).toEqual([2, 3, 3])
    expect(avgPool(np.ones([2, 4, 4, 4, 3]), [2, 2, 2]).shape).toEqual([2, 3, 3, 3, 3])
  })
  it('vmap maxPool = maxPool of each', () => {
    const images = np.stack([image, image.neg()])
    const each = vmap((x: Tensor) => maxPool(x, [2, 2]))(images)
    expectNear(each.slice(1), maxPool(image.neg(), [2, 2]))
  })
  it('works in a pipe', () => expectNear(pipe(image, maxPool([2, 2])), maxPool(image, [2, 2])))
  it('says which axes a window slides over', () => {
    expect(() => maxPool(np.ones([4, 4]), [2, 2])).toThrow(
      'maxPool: a window [2,2] slides over [batch, …2 axes, channels]',
    )
    expect(() => avgPool(image, [2, 2], { strides: [2] })).toThrow('need one number per pooled axis')
  })
})
