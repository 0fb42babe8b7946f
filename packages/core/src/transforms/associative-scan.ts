/** `associativeScan`: all prefixes of an associative operation, in logarithmic depth. */

import { ShapeError } from '../errors.js'
import { operation } from '../operation.js'
import { concatenate } from '../primitives/concatenate.js'
import { reshape } from '../primitives/shape.js'
import { rev, sliceAxis } from '../primitives/slice.js'
import { showType } from '../print.js'
import { canonicalAxis } from '../shape.js'
import type { Tensor } from '../tensor.js'
import { flattenTensors } from '../tree/flat-function.js'
import { type Tensors, unflatten } from '../tree/structure.js'

export interface AssociativeScanOptions {
  readonly axis?: number
  readonly reverse?: boolean
}

/**
 * The running results of an associative operation along an axis: x₀, f(x₀, x₁), f(f(x₀, x₁), x₂), … `f` takes and returns trees
 * of slices with any number of elements along the axis, and is called about log₂ n times on whole slices.
 * @throws ShapeError if the leaves differ in length
 * @example associativeScan((a: Tensor, b: Tensor) => a.add(b), np.array([1, 2, 3, 4])).toArray() // [1, 3, 6, 10]
 */
export const associativeScan = operation(
  'associativeScan',
  { at: 2, names: ['axis', 'reverse'] },
  <T>(f: (a: T, b: T) => T, xs: T, options: AssociativeScanOptions = {}): Tensors<T> => {
    const [leaves, structure] = flattenTensors(xs)
    const axes = leaves.map((x) => canonicalAxis('associativeScan', options.axis ?? 0, x.sizes.length))
    const length = (x: Tensor, i: number): number => x.sizes[axes[i] as number] as number
    const n = leaves[0] === undefined ? 0 : length(leaves[0], 0)
    leaves.forEach((x, i) => {
      if (length(x, i) !== n)
        throw new ShapeError(`associativeScan: ${showType(x)} has ${length(x, i)} elements along the axis, not ${n}.`)
    })
    const flip = (list: readonly Tensor[]): readonly Tensor[] =>
      options.reverse ? list.map((x, i) => rev(x, [axes[i] as number])) : list
    const combine = (a: readonly Tensor[], b: readonly Tensor[]): readonly Tensor[] =>
      flattenTensors(f(unflatten(structure, a) as T, unflatten(structure, b) as T))[0]
    const part = (list: readonly Tensor[], start: number, stop: number, step = 1): readonly Tensor[] =>
      list.map((x, i) => sliceAxis(x, axes[i] as number, start, stop, step))
    const join = (a: readonly Tensor[], b: readonly Tensor[]): readonly Tensor[] =>
      a.map((x, i) => concatenate([x, b[i] as Tensor], axes[i] as number))

    const prefixes = (list: readonly Tensor[], count: number): readonly Tensor[] => {
      if (count < 2) return list
      const pairs = combine(part(list, 0, count - 1, 2), part(list, 1, count, 2))
      const half = Math.floor(count / 2)
      const odd = prefixes(pairs, half)
      const first = part(list, 0, 1)
      if (count === 2) return join(first, odd)
      const known = count % 2 === 0 ? part(odd, 0, half - 1) : odd
      const even = join(first, combine(known, part(list, 2, count, 2)))
      return even.map((e, i) => interleave(e, odd[i] as Tensor, axes[i] as number))
    }
    return unflatten(structure, flip(prefixes(flip(leaves), n))) as Tensors<T>
  },
)

/** e₀, o₀, e₁, o₁, … where there are as many odd elements as even ones, or one less. */
const interleave = (even: Tensor, odd: Tensor, axis: number): Tensor => {
  const [n, m] = [even.sizes[axis] as number, odd.sizes[axis] as number]
  const apart = (x: Tensor): Tensor => reshape(x, [...x.sizes.slice(0, axis + 1), 1, ...x.sizes.slice(axis + 1)])
  const zipped = concatenate([apart(sliceAxis(even, axis, 0, m)), apart(odd)], axis + 1)
  const woven = reshape(zipped, [...even.sizes.slice(0, axis), 2 * m, ...even.sizes.slice(axis + 1)])
  return n === m ? woven : concatenate([woven, sliceAxis(even, axis, m, n)], axis)
}
