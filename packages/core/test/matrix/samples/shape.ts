import { lax, np, type Tensor } from '@puregrad/core'
import type { Sample } from '../sample.js'
import { booleans, floats, integers, singles } from '../values.js'

/** np's functions, so that the samples do not depend on which of them are views. */
const reshaped = (from: readonly number[], to: readonly number[]): Sample => ({
  name: `[${from.join()}] to [${to.join()}]`,
  args: [floats(from)],
  run: ([x]) => np.reshape(x as Tensor, to),
})

const turned = (shape: readonly number[], axes: readonly number[]): Sample => ({
  name: `[${shape.join()}] by ${axes.join()}`,
  args: [floats(shape)],
  run: ([x]) => lax.transpose(x as Tensor, axes),
})

const spread = (from: readonly number[], to: readonly number[], axes: readonly number[]): Sample => ({
  name: `[${from.join()}] to [${to.join()}] at ${axes.join()}`,
  args: [floats(from)],
  run: ([x]) => lax.broadcastInDim(x as Tensor, to, axes),
})

export const samples: Readonly<Record<string, readonly Sample[]>> = {
  reshape: [
    reshaped([2, 3], [3, 2]),
    reshaped([6], [1, 2, 3]),
    reshaped([1], []),
    reshaped([0, 2], [4, 0]),
    { name: 'of a transpose', args: [floats([2, 3])], run: ([x]) => np.reshape(np.transpose(x as Tensor), [6]) },
    {
      name: 'of a broadcast',
      args: [floats([3])],
      run: ([x]) => np.reshape(lax.broadcastInDim(x as Tensor, [2, 3], [1]), [3, 2]),
    },
    { name: 'float32', args: [singles([4])], run: ([x]) => np.reshape(x as Tensor, [2, 2]) },
    { name: 'bool', args: [booleans([4])], run: ([x]) => np.reshape(x as Tensor, [2, 2]) },
  ],
  transpose: [
    turned([2, 3], [1, 0]),
    turned([2, 3, 4], [2, 0, 1]),
    turned([2, 1, 3, 2], [3, 1, 0, 2]),
    turned([2, 0, 3], [1, 2, 0]),
    {
      name: 'twice',
      args: [floats([2, 3, 4])],
      run: ([x]) => lax.transpose(lax.sin(lax.transpose(x as Tensor, [2, 0, 1])), [2, 0, 1]),
    },
    { name: 'float32', args: [singles([2, 3])], run: ([x]) => lax.transpose(x as Tensor, [1, 0]) },
    { name: 'int32', args: [integers([2, 3])], run: ([x]) => lax.transpose(x as Tensor, [1, 0]) },
  ],
  broadcastInDim: [
    spread([3], [2, 3], [1]),
    spread([3], [3, 2], [0]),
    spread([], [2, 2], []),
    spread([2, 1], [2, 4], [0, 1]),
    spread([1, 3], [2, 5, 3], [0, 2]),
    spread([2], [2, 0], [0]),
    {
      name: 'used',
      args: [floats([3]), floats([2, 3])],
      run: ([x, y]) => lax.mul(lax.broadcastInDim(x as Tensor, [2, 3], [1]), y as Tensor),
    },
    { name: 'float32', args: [singles([2])], run: ([x]) => lax.broadcastInDim(x as Tensor, [2, 3], [0]) },
    { name: 'bool', args: [booleans([2])], run: ([x]) => lax.broadcastInDim(x as Tensor, [2, 3], [0]) },
  ],
}
