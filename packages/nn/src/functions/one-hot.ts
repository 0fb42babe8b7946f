/** Classes as vectors. */
import { type DType, np, RangeError } from '@puregrad/core'
import { type WithArgument, withArgument } from '../dual.js'

export interface OneHotOptions {
  /** 'float32' unless said. */
  readonly dtype?: DType
  /** Where the new axis goes: last unless said. */
  readonly axis?: number
}

/**
 * 1 at the position of each class and 0 elsewhere, along a new axis; classes outside 0 … numClasses − 1 give zeros only.
 * @throws RangeError unless numClasses is a whole number and x takes the new axis
 * @example oneHot(np.array([1, 0], { dtype: 'int32' }), 3).toArray() // [[0, 1, 0], [1, 0, 0]]
 */
export const oneHot: WithArgument<number, OneHotOptions> = withArgument(
  'oneHot',
  ['dtype', 'axis'],
  (n) => typeof n === 'number',
  (x, numClasses, { dtype = 'float32', axis = -1 }) => {
    if (!Number.isInteger(numClasses) || numClasses < 0) {
      throw new RangeError(`oneHot: ${numClasses} is no number of classes; it has to be a whole number ≥ 0.`)
    }
    const at = axis < 0 ? axis + x.ndim + 1 : axis
    if (at < 0 || at > x.ndim) throw new RangeError(`oneHot: the result has ${x.ndim + 1} axes and none ${axis}.`)
    const classes = np.arange(numClasses).astype(x.dtype)
    const shape = Array.from({ length: x.ndim + 1 }, (_, i) => (i === at ? numClasses : 1))
    return np.expandDims(x, at).eq(classes.reshape(shape)).astype(dtype)
  },
)
