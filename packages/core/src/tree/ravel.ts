/** A tree as one vector, and back. */
import { allocate, promoteTypes } from '../dtype.js'
import { ShapeError } from '../errors.js'
import { concatenate } from '../primitives/concatenate.js'
import { convertElementType } from '../primitives/convert.js'
import { reshape } from '../primitives/shape.js'
import { sliceAxis } from '../primitives/slice.js'
import { showType } from '../print.js'
import { ConcreteTensor, type Tensor } from '../tensor.js'
import { flattenTensors } from './flat-function.js'
import { type Tensors, unflatten } from './structure.js'

/**
 * All leaves of a tree in one vector of their common dtype, and the function that makes a tree of such a vector again.
 * @example
 * const [vector, unravel] = tree.ravel({ w: np.ones([2, 2]), b: np.zeros([2]) })
 * vector.shape // [6]
 */
export const ravel = <T>(tree: T): readonly [Tensor, (vector: Tensor) => Tensors<T>] => {
  const [leaves, structure] = flattenTensors(tree)
  const dtype = leaves.length === 0 ? 'float32' : leaves.map((x) => x.dtype).reduce(promoteTypes)
  const flat = leaves.map((x) => convertElementType(reshape(x, [x.size]), dtype))
  const vector = flat.length === 0 ? new ConcreteTensor([0], dtype, allocate(dtype, 0)) : concatenate(flat, 0)
  const unravel = (v: Tensor): Tensors<T> => {
    if (v.sizes.length !== 1 || v.sizes[0] !== vector.sizes[0]) {
      throw new ShapeError(`unravel: expected ${showType(vector)}, not ${showType(v)}.`)
    }
    let start = 0
    const parts = leaves.map((x) => {
      const piece = sliceAxis(v, 0, start, start + x.size)
      start += x.size
      return convertElementType(reshape(piece, x.sizes), x.dtype)
    })
    return unflatten(structure, parts) as Tensors<T>
  }
  return [vector, unravel]
}
