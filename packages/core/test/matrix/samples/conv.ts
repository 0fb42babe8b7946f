import { lax, type Tensor } from '@puregrad/core'
import type { Sample } from '../sample.js'
import { floats, singles } from '../values.js'

type Options = NonNullable<Parameters<typeof lax.convGeneralDilated>[4]>
type Padding = Parameters<typeof lax.convGeneralDilated>[3]

const conv = (
  name: string,
  x: Tensor,
  w: Tensor,
  strides: readonly number[],
  padding: Padding,
  options: Options,
): Sample => ({
  name,
  args: [x, w],
  run: ([a, b]) => lax.convGeneralDilated(a as Tensor, b as Tensor, strides, padding, options),
})
const nhwc = { dimensionNumbers: ['NHWC', 'HWIO', 'NHWC'] } as const
const nwc = { dimensionNumbers: ['NWC', 'WIO', 'NWC'] } as const
const kernel = (shape: readonly number[]): Tensor => floats(shape, -1, 1, 2)

export const samples: Readonly<Record<string, readonly Sample[]>> = {
  convGeneralDilated: [
    conv('SAME', floats([2, 4, 3, 2]), kernel([3, 3, 2, 2]), [1, 1], 'SAME', nhwc),
    conv('strides, VALID', floats([1, 5, 4, 2]), kernel([3, 2, 2, 2]), [2, 1], 'VALID', nhwc),
    conv('channels first', floats([1, 2, 3, 3]), kernel([2, 2, 2, 2]), [1, 1], 'SAME', {}),
    conv('dilated', floats([1, 4, 2]), kernel([2, 2, 2]), [2], [[2, 1]], {
      ...nwc,
      lhsDilation: [2],
      rhsDilation: [2],
    }),
    conv('negative padding', floats([1, 5, 1]), kernel([2, 1, 2]), [1], [[-1, 1]], nwc),
    conv('feature groups', floats([2, 3, 4]), kernel([2, 2, 4]), [1], 'SAME', { ...nwc, featureGroupCount: 2 }),
    conv('batch groups', floats([4, 3, 2]), kernel([2, 2, 4]), [1], 'VALID', { ...nwc, batchGroupCount: 2 }),
    conv('float32', singles([1, 4, 4, 1]), singles([2, 2, 1, 2], -1, 1, 2), [1, 1], 'VALID', nhwc),
    {
      name: 'transposed',
      args: [floats([1, 3, 2]), kernel([2, 2, 2])],
      run: ([x, w]) => lax.convTranspose(x as Tensor, w as Tensor, [2], 'SAME'),
    },
    {
      name: 'patches',
      args: [floats([1, 2, 4, 3])],
      run: ([x]) => lax.convGeneralDilatedPatches(x as Tensor, [2, 2], [1, 1], 'VALID'),
    },
  ],
}
