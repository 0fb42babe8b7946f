import { readFileSync } from 'node:fs'
import { np, random } from '@puregrad/core'
import { describe, expect, it } from 'vitest'
import { expectNear } from '../../test/near.js'
import {
  avgPool,
  convTranspose2d,
  init,
  maxPool,
  maxPool2d,
  torchOutputSize,
  torchTransposeOutputSize,
  torchTransposePadding,
} from '../index.js'

interface Golden {
  readonly pools: readonly {
    readonly n: number
    readonly k: number
    readonly s: number
    readonly p: number
    readonly ceil: boolean
    readonly x: never
    readonly max: never
    readonly mean: readonly [never, never]
  }[]
  readonly transposes: readonly Readonly<Record<'n' | 'k' | 's' | 'p' | 'op' | 'd' | 'size', number>>[]
}
const { pools, transposes } = JSON.parse(
  readFileSync(new URL('../../test/fixtures/torch-windows.json', import.meta.url), 'utf8'),
) as Golden

describe("PyTorch's windows", () => {
  it('have to fit', () => expect(() => torchOutputSize(7, { kernelSize: 9 })).toThrow(/window of 9.* not fit into 7/))

  it.each(pools)('pool $n by $k, stride $s, padding $p, ceil $ceil', ({ n, k, s, p, ceil, x, max, mean }) => {
    const [input, window] = [np.array(x), [k, k]]
    const options = { strides: [s, s], padding: p, ceilMode: ceil }
    expectNear(maxPool(input, window, options), np.array(max), 1e-6)
    expectNear(avgPool(input, window, options), np.array(mean[0]), 1e-6)
    expectNear(avgPool(input, window, { ...options, countIncludePad: false }), np.array(mean[1]), 1e-6)
    const size = torchOutputSize(n, { kernelSize: k, stride: s, padding: p, ceilMode: ceil })
    const layer = maxPool2d(k, { strides: s, padding: p, ceilMode: ceil })
    expect(layer.plan([n, n, 1])).toMatchObject({ right: { out: [size, size, 1] } })
    expect(layer.apply(null, null, input, { mode: 'eval' })[0].shape).toEqual([1, size, size, 1])
  })

  it.each(transposes)(
    'transposed $n by $k, stride $s, padding $p + $op, dilation $d',
    ({ n, k, s, p, op, d, size }) => {
      const along = torchTransposePadding({ kernelSize: k, stride: s, padding: p, outputPadding: op, dilation: d })
      const layer = convTranspose2d(1, { kernelSize: k, strides: s, dilation: d, padding: [along, along] })
      const { params } = init(layer, [n, n, 1], random.key(0))
      const x = np.ones([1, n, n, 1])
      const [y] = layer.apply(params, null, x, { mode: 'eval' })
      expect(y.shape).toEqual([1, size, size, 1])
      const given = { kernelSize: k, stride: s, padding: p, dilation: d }
      expect(torchTransposeOutputSize(n, { ...given, outputPadding: op })).toBe(size)
      const plain = convTranspose2d(1, { kernelSize: k, strides: s, dilation: d, padding: p })
      const without = torchTransposeOutputSize(n, given)
      expectNear(
        plain.apply(params, null, x, { mode: 'eval' })[0],
        y.slice({}, { stop: without }, { stop: without }),
        0,
      )
    },
  )
})
