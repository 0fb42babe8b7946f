import { type DType, lax, type Tensor } from '@puregrad/core'
import type { Sample } from '../sample.js'
import { booleans, floats, integers, singles } from '../values.js'

const convert = (x: Tensor, from: DType, to: DType): Sample => ({
  name: `${from} to ${to}`,
  args: [x],
  run: ([y]) => lax.convertElementType(y as Tensor, to),
  ...(from === 'float64' && to === 'float32' ? { differentiable: [false] } : {}),
})

const sources: readonly (readonly [DType, Tensor])[] = [
  ['float64', floats([2, 3], 0.1, 5)],
  ['float32', singles([4], 0.1, 5)],
  ['int32', integers([4], -5, 5)],
  ['uint32', integers([4], 0, 5, 'uint32')],
  ['uint8', integers([4], 0, 5, 'uint8')],
  ['bool', booleans([4])],
]

export const samples: Readonly<Record<string, readonly Sample[]>> = {
  convertElementType: [
    ...sources.flatMap(([from, x]) => sources.filter(([to]) => to !== from).map(([to]) => convert(x, from, to))),
    {
      name: 'there and back',
      args: [singles([3])],
      run: ([x]) => lax.convertElementType(lax.convertElementType(x as Tensor, 'float64'), 'float32'),
    },
    { name: 'to weak', args: [floats([3])], run: ([x]) => lax.convertElementType(x as Tensor, 'float64', true) },
  ],
  bitcastConvertType: [
    { args: [singles([2, 3])], run: ([x]) => lax.bitcastConvertType(x as Tensor, 'uint32'), differentiable: [false] },
    {
      name: 'int32 to float32',
      args: [integers([4], 0, 99)],
      run: ([x]) => lax.bitcastConvertType(x as Tensor, 'float32'),
    },
    {
      name: 'wider',
      args: [integers([3, 4], 0, 99, 'uint8')],
      run: ([x]) => lax.bitcastConvertType(x as Tensor, 'int32'),
    },
    {
      name: 'narrower',
      args: [floats([2])],
      run: ([x]) => lax.bitcastConvertType(x as Tensor, 'uint32'),
      differentiable: [false],
    },
  ],
}
