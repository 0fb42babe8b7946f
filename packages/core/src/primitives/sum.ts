/** Sums along axes. They stand apart from the other reductions because broadcasting is their transpose. */
import { DTypeError } from '../errors.js'
import { range } from '../shape.js'
import type { Tensor } from '../tensor.js'
import type { LinearInput } from './primitive.js'
import { reduction } from './reduce.js'
import { broadcastInDim } from './shape.js'

/** Σ over the given axes, pairwise in floats. @example lax.reduceSum(np.array([[1, 2], [3, 4]]), [0]) // [4, 6] */
export const reduceSum = reduction('reduceSum', {
  check: (name, dtype) => {
    if (dtype === 'bool') {
      throw new DTypeError(
        `${name}: takes numbers, not bool. Convert with x.astype('int32'), or use np.sum, which promotes.`,
      )
    }
  },
  jvp: (dx, _x, _y, axes) => reduceSum(dx, axes),
  transpose: ([ct], [x], { axes }) => {
    const { shape } = (x as LinearInput).abstract
    const kept = range(shape.length).filter((a) => !axes.includes(a))
    return [broadcastInDim(ct as Tensor, shape, kept)]
  },
})
