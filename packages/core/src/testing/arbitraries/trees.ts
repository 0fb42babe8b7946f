/** Arbitrary pytrees. */

import type { Arbitrary } from 'fast-check'
import fc from '#fast-check'
import type { Tree } from '../../tree/instances.js'

export interface TreeConstraints {
  /** How deeply arrays and records nest at most. Default 3. */
  readonly maxDepth?: number
  /** The most children of one node. Default 3. */
  readonly maxChildren?: number
}

/**
 * Trees with leaves from `leaf`: arrays, records and null, nested, empty ones included.
 * @example fc.sample(trees(fc.integer()), 5).length // 5
 */
export const trees = <A>(
  leaf: Arbitrary<A>,
  { maxDepth = 3, maxChildren = 3 }: TreeConstraints = {},
): Arbitrary<Tree<A>> => {
  const keys = fc.constantFrom('bias', 'kernel', 'scale', 'w', 'b', '0', 'a.b')
  const grow = (depth: number): Arbitrary<Tree<A>> => {
    if (depth === 0) return leaf
    const child = grow(depth - 1)
    return fc.oneof(
      { arbitrary: leaf, weight: 2 },
      { arbitrary: fc.constant(null), weight: 1 },
      { arbitrary: fc.array(child, { maxLength: maxChildren }), weight: 2 },
      { arbitrary: fc.dictionary(keys, child, { maxKeys: maxChildren, noNullPrototype: true }), weight: 2 },
    )
  }
  return grow(maxDepth)
}
