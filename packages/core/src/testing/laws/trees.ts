/** What mapping over trees keeps, for leaves of any kind and functions of your own. */

import type { Arbitrary, IPropertyWithHooks } from 'fast-check'
import fc from '#fast-check'
import { map } from '../../tree/map.js'
import { flatten, type Leaf, type LeafOf, unflatten } from '../../tree/structure.js'
import { LawError } from '../failures.js'

const sameLeaves = (a: unknown, b: unknown): boolean => {
  const [[as, s], [bs, t]] = [flatten(a), flatten(b)]
  return s.equals(t) && as.every((x, i) => Object.is(x, bs[i]))
}

const demand = (title: string, holds: boolean): void => {
  if (!holds) throw new LawError(title, 'the trees differ')
}

/** Laws of `tree.map`: that of the identity, and of two functions in a row. */
export const functor = Object.freeze({
  identity: <T>(trees: Arbitrary<T>): IPropertyWithHooks<[T]> =>
    fc.property(trees, (t) =>
      demand(
        'map id = id',
        sameLeaves(
          map((x) => x, t),
          t,
        ),
      ),
    ),
  composition: <T>(
    trees: Arbitrary<T>,
    f: (leaf: LeafOf<T>) => Leaf,
    g: (leaf: Leaf) => Leaf,
  ): IPropertyWithHooks<[T]> =>
    fc.property(trees, (t) => {
      const once = map(((x: LeafOf<T>) => g(f(x))) as never, t)
      const twice = map(g as never, map(f as never, t) as never)
      demand('map (g ∘ f) = map g ∘ map f', sameLeaves(once, twice))
    }),
})

/**
 * Taking a tree apart and building it again gives it back.
 * @example fc.assert(laws.flattening(trees(fc.integer())))
 */
export const flattening = <T>(trees: Arbitrary<T>): IPropertyWithHooks<[T]> =>
  fc.property(trees, (t) => {
    const [leaves, structure] = flatten(t)
    demand('unflatten ∘ flatten = id', sameLeaves(unflatten(structure, leaves), t))
  })
