/** Functions applied along axes. */

import { oneOrMore } from '../checks.js'
import { ShapeError } from '../errors.js'
import { named } from '../operation.js'
import { reshape, transpose } from '../primitives/shape.js'
import { canonicalAxis, range } from '../shape.js'
import { type Tensor, type TensorLike, toTensor } from '../tensor.js'
import { vmap } from '../transforms/vmap.js'

/**
 * A function of vectors applied to every slice along an axis; the axes of its results take that axis' place.
 * @throws RangeError for an axis outside x
 * @example np.applyAlongAxis((v) => v.sum(), 1, np.array([[1, 2], [3, 4]])).toArray() // [3, 7]
 */
export const applyAlongAxis = named(
  'applyAlongAxis',
  (f: (vector: Tensor) => Tensor, axis: number, x: TensorLike): Tensor => {
    const tensor = toTensor(x)
    const along = canonicalAxis('applyAlongAxis', axis, tensor.ndim)
    const others = range(tensor.ndim).filter((a) => a !== along)
    if (others.length === 0) return f(tensor)
    const shape = others.map((a) => tensor.sizes[a] as number)
    const rows = reshape(transpose(tensor, [...others, along]), [
      shape.reduce((a, b) => a * b, 1),
      tensor.sizes[along] as number,
    ])
    const results = vmap(f)(rows)
    const inner = results.sizes.slice(1)
    const full = reshape(results, [...shape, ...inner])
    const lead = shape.length
    return transpose(full, [...range(along), ...range(inner.length, lead), ...range(lead - along, along)])
  },
)

/**
 * A function of a tensor and an axis applied for one axis after another; results that lost the axis get it back with size 1.
 * @throws ShapeError if a result has neither the rank of its operand nor one less
 * @example np.applyOverAxes((t, axis) => t.sum({ axis }), np.ones([2, 3]), [0, 1]).toArray() // [[6]]
 */
export const applyOverAxes = named(
  'applyOverAxes',
  (f: (x: Tensor, axis: number) => Tensor, x: TensorLike, axes: number | readonly number[]): Tensor =>
    oneOrMore('applyOverAxes', 'axes', axes).reduce<Tensor>((y, axis) => {
      const at = canonicalAxis('applyOverAxes', axis, y.ndim)
      const result = f(y, at)
      if (result.ndim === y.ndim) return result
      if (result.ndim === y.ndim - 1)
        return reshape(result, [...result.sizes.slice(0, at), 1, ...result.sizes.slice(at)])
      throw new ShapeError(
        `applyOverAxes: the function made rank ${result.ndim} of rank ${y.ndim}; it may keep the rank or drop the axis.`,
      )
    }, toTensor(x)),
)
