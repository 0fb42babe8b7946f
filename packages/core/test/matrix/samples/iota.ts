import { lax, type Tensor } from '@puregrad/core'
import type { Sample } from '../sample.js'
import { floats } from '../values.js'

export const samples: Readonly<Record<string, readonly Sample[]>> = {
  iota: [
    { args: [floats([4])], run: ([x]) => lax.mul(x as Tensor, lax.iota('float64', 4)) },
    {
      name: 'axis 0',
      args: [floats([2, 3])],
      run: ([x]) => lax.mul(x as Tensor, lax.broadcastedIota('float64', [2, 3], 0)),
    },
    {
      name: 'axis 1',
      args: [floats([2, 3])],
      run: ([x]) => lax.mul(x as Tensor, lax.broadcastedIota('float64', [2, 3], 1)),
    },
    {
      name: 'of every dtype',
      args: [],
      run: () => (['float32', 'int32', 'uint32', 'uint8'] as const).map((dtype) => lax.iota(dtype, 3)),
    },
  ],
}
