import { grad, jit, lax, np, random, type Tensor } from '@puregrad/core'
import { checkGrads } from '@puregrad/core/testing'
import { describe, expect, it } from 'vitest'
import { expectNear, f64 } from '../../test/near.js'
import { getScaledDotGeneralConfig, scaledDotGeneral, scaledMatmul } from './scaled-dot.js'

const mxfp8 = getScaledDotGeneralConfig('mxfp8')
const nvfp4 = getScaledDotGeneralConfig('nvfp4')

/** What becomes of numbers: a sixth of their product with 6 times the identity, which both formats hold. */
const through = (rows: readonly number[], config: typeof mxfp8): number[] => {
  const n = config.blockSize
  const x = np
    .array([...rows, ...Array.from({ length: n - rows.length }, () => 0)], { dtype: 'float64' })
    .reshape([1, n])
  const identity = np.eye(n, n, { dtype: 'float64' }).mul(6)
  const y = scaledDotGeneral(
    x,
    identity,
    [
      [[1], [0]],
      [[], []],
    ],
    {
      preferredElementType: 'float64',
      configs: [config, { ...config, globalScale: 1 }],
    },
  )
  return (y.div(6).toArray() as number[][])[0]?.slice(0, rows.length) as number[]
}

describe('scaledDotGeneral', () => {
  it('mxfp8 keeps three bits of fraction, and scales by powers of two', () => {
    // The largest, 448, has scale 1; between 16 and 32 numbers of E4M3 are 2 apart, halves go to even.
    expect(through([448, 17, 19, 16.9, -21, 0], mxfp8)).toEqual([448, 16, 20, 16, -20, 0])
    // 449 needs scale 2, so that everything is twice as coarse.
    expect(through([449, 34, 38, 35], mxfp8)).toEqual([448, 32, 40, 36])
    expect(through([448, 2 ** -9, 2 ** -11, 3 * 2 ** -10], mxfp8)).toEqual([448, 2 ** -9, 0, 2 ** -8])
  })
  it('nvfp4 keeps one bit of fraction, and scales by E4M3', () => {
    expect(through([6, 5, 3.4, 2.5, 1.8, 0.7, 0.25, -0.3], nvfp4)).toEqual([6, 4, 3, 2, 2, 0.5, 0, -0.5])
    // 7 / 6 becomes 1.125, the nearest E4M3, and 7 the largest number times that.
    expect(through([7, 3.375], nvfp4)).toEqual([6.75, 3.375])
    expect(through([0, 0], nvfp4)).toEqual([0, 0])
    expect(through([6 / 1024, 3 / 1024], { ...nvfp4, globalScale: 1 / 1024 })).toEqual([6 / 1024, 3 / 1024])
  })
  const [x, y] = [1, 2].map((seed) => random.normal(random.key(seed), [3, 64], { dtype: 'float64' })) as [
    Tensor,
    Tensor,
  ]
  const numbers = [
    [[1], [1]],
    [[], []],
  ] as const
  const options = { preferredElementType: 'float64', configs: [mxfp8, mxfp8] } as const
  it('without configs is dotGeneral, with them it is close', () => {
    const exact = x.matmul(y.T)
    expectNear(scaledDotGeneral(x, y, numbers, { preferredElementType: 'float64' }), exact, 1e-13)
    const found = scaledDotGeneral(x, y, numbers, options)
    // Relative errors of 2⁻⁴ at most on both sides of 64 products.
    const bound = np
      .abs(x)
      .matmul(np.abs(y).T)
      .mul(2.1 / 16)
    expect(np.all(np.abs(found.sub(exact)).lt(bound)).item()).toBeTruthy()
    expect(np.max(np.abs(found.sub(exact))).item()).toBeGreaterThan(1e-3)
    expectNear(jit((a: Tensor, b: Tensor) => scaledDotGeneral(a, b, numbers, options))(x, y), found, 1e-13)
  })
  it('has the gradients of the product of rounded numbers', () => {
    const identity = np.eye(64, 64, { dtype: 'float64' })
    const roundedY = scaledDotGeneral(
      y,
      identity,
      [
        [[1], [0]],
        [[], []],
      ],
      options,
    )
    const slope = grad((a: Tensor) => np.sum(scaledDotGeneral(a, y, numbers, options)))(x)
    expectNear(slope, np.broadcastTo(np.sum(roundedY, { axis: 0 }), [3, 64]), 1e-13)
  })
  it('sums over any axis, with batches', () => {
    const [a, b] = [x.reshape([1, 3, 64]), y.reshape([1, 3, 64]).transpose([0, 2, 1])]
    const found = scaledDotGeneral(
      a,
      b,
      [
        [[2], [1]],
        [[0], [0]],
      ],
      options,
    )
    expectNear(found.slice(0), scaledDotGeneral(x, y, numbers, options), 1e-13)
    expect(found.shape).toEqual(lax.batchMatmul(a, b).shape)
  })
  it('names what does not fit', () => {
    expect(() => scaledDotGeneral(x.slice({}, { stop: 40 }), y.slice({}, { stop: 40 }), numbers, options)).toThrow(
      'no multiple of the block size 32',
    )
  })
})

describe('scaledMatmul', () => {
  const [x, y] = [
    f64([[[1, 2, 3, 4]]]),
    f64([
      [
        [1, 1, 1, 1],
        [1, 0, 0, -1],
      ],
    ]),
  ]
  const [p, q] = [
    f64([[[2, 10]]]),
    f64([
      [
        [1, 1],
        [3, 5],
      ],
    ]),
  ]
  it('multiplies numbers times the scales of their blocks', () => {
    expectNear(scaledMatmul(x, y, p, q, { preferredElementType: 'float64' }), [[[76, 6 - 200]]], 1e-13)
  })
  it('has the right gradients', () =>
    checkGrads((...args) => scaledMatmul(...args, { preferredElementType: 'float64' }), [x, y, p, q], { order: 1 }))
  it('names what does not fit', () => expect(() => scaledMatmul(x, y, q, p)).toThrow('with blocks that divide k'))
})
