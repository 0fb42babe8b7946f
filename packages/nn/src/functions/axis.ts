/** Axes from either end. */
import { RangeError, type Tensor } from '@puregrad/core'

/** @throws RangeError unless x has such an axis */
export const axisOf = (operation: string, axis: number, x: Tensor): number => {
  const at = axis < 0 ? axis + x.ndim : axis
  if (Number.isInteger(at) && at >= 0 && at < x.ndim) return at
  throw new RangeError(
    `${operation}: ${x.dtype}[${x.shape}] has ${x.ndim} axes and no axis ${axis}. Count from 0, or from −1 backwards.`,
  )
}
