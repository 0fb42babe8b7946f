/** The gated linear unit. */
import { lax, np, ShapeError } from '@puregrad/core'
import { type WithOptions, withOptions } from '../dual.js'
import { axisOf } from './axis.js'

/**
 * The first half along an axis, each times the sigmoid of its partner in the second; the last axis unless said.
 * @throws ShapeError if the axis is odd
 * @example glu(np.array([1, 2, 0, 0])).toArray() // [0.5, 1]
 */
export const glu: WithOptions<{ readonly axis?: number }> = withOptions('glu', ['axis'], (x, { axis = -1 }) => {
  const along = axisOf('glu', axis, x)
  const size = x.shape[along] as number
  if (size % 2 !== 0) {
    throw new ShapeError(
      `glu: axis ${axis} of ${x.dtype}[${x.shape}] has ${size} elements, which have no halves. Project to an even size.`,
    )
  }
  const [values, gates] = np.split(x, 2, { axis: along })
  return (values as typeof x).mul(lax.logistic(gates as typeof x))
})
