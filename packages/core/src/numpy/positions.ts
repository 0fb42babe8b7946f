/** Where extrema and other elements are. */
import { argmax as argmaxP, argmin as argminP } from '../primitives/reduction.js'
import { reshape } from '../primitives/shape.js'
import { canonicalAxis } from '../shape.js'
import { type Tensor, type TensorLike, toTensor } from '../tensor.js'
import { type DualOptions, dualOptions } from './dual.js'
import { keepAxes } from './reduced-axes.js'

export interface ArgOptions {
  /** The axis to search; all elements in row-major order by default. */
  readonly axis?: number | null
  readonly keepdims?: boolean
}

const position =
  (name: string, find: (x: Tensor, axis: number) => Tensor) =>
  (x: TensorLike, { axis, keepdims }: ArgOptions): Tensor => {
    const tensor = toTensor(x)
    if (axis === undefined || axis === null) {
      const found = find(reshape(tensor, [tensor.size]), 0)
      return keepdims
        ? reshape(
            found,
            tensor.sizes.map(() => 1),
          )
        : found
    }
    const along = canonicalAxis(name, axis, tensor.ndim)
    return keepAxes(find(tensor, along), tensor.sizes, [along], keepdims)
  }

/**
 * The int32 index of the first largest element along an axis, or among all in row-major order. NaN counts as the largest.
 * @throws ShapeError for an empty axis, RangeError for an axis outside x
 * @example np.argmax(np.array([[1, 5], [7, 4]]), { axis: 1 }).toArray() // [1, 0]
 */
export const argmax: DualOptions<ArgOptions> = dualOptions('argmax', ['axis', 'keepdims'], position('argmax', argmaxP))

/**
 * The int32 index of the first smallest element along an axis, or among all in row-major order. NaN counts as the smallest.
 * @throws ShapeError for an empty axis, RangeError for an axis outside x
 * @example np.argmin(np.array([[1, 5], [7, 4]]), { axis: 1 }).toArray() // [0, 1]
 */
export const argmin: DualOptions<ArgOptions> = dualOptions('argmin', ['axis', 'keepdims'], position('argmin', argminP))
