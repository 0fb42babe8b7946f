import { np, random, ShapeError } from '@puregrad/core'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { expectNear } from '../../test/near.js'
import { conv1d, conv2d, convTranspose2d, init, maxPool, maxPool2d, type Padding } from '../index.js'

/** What plain JavaScript may write. */
const wrong = (padding: unknown): Padding => padding as Padding

describe('padding', () => {
  it('is one number, one for each axis, or pairs: the same', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 2 }), fc.integer({ min: 0, max: 2 }), (a, b) => {
        const x = random.normal(random.key(1), [1, 5, 6, 2])
        const run = (padding: Padding): readonly unknown[] => {
          const layer = conv2d(2, { kernelSize: 3, padding })
          const { params } = init(layer, [5, 6, 2], random.key(0))
          return [layer.apply(params, null, x, { mode: 'eval' })[0], maxPool(x, [3, 3], { padding })]
        }
        const pairs = run([
          [a, a],
          [b, b],
        ]) as readonly (typeof x)[]
        for (const other of [run([a, b]), ...(a === b ? [run(a)] : [])])
          for (const [i, y] of (other as readonly (typeof x)[]).entries()) expectNear(y, pairs[i] as typeof x, 0)
      }),
      { numRuns: 9 },
    )
  })

  it.each([
    [
      () => conv2d(3, { kernelSize: 3, padding: [[1, 1]] }),
      /^conv2d\(3\): the padding is \[\[1, 1\]\].* 2 axes\. .*\[1,1\]/,
    ],
    [() => conv2d(3, { kernelSize: 3, padding: wrong('same') }), /^conv2d\(3\): .*Did you mean 'SAME'\?/],
    [() => conv1d(3, { kernelSize: 3, padding: 1.5 }), /^conv1d\(3\): the padding is 1\.5, .* one axis/],
    [() => convTranspose2d(3, { kernelSize: 3, padding: wrong([1, [1, 1]]) }), /^convTranspose2d\(3\): the padding/],
    [() => maxPool2d(3, { padding: wrong(null) }), /^maxPool2d\(\[3,3\]\): the padding is null/],
    [() => maxPool(np.ones([1, 4, 4, 1]), [2, 2], { padding: [1, 1, 1] }), /^maxPool: the padding is \[1, 1, 1\]/],
  ])('%s', (f, message) => {
    expect(f).toThrow(ShapeError)
    expect(f).toThrow(message)
  })
})
