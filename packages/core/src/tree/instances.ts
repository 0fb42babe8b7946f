/** fp-ts instances for trees with leaves of one type. */

import type { HKT, Kind, Kind2, URIS, URIS2 } from 'fp-ts/HKT.js'
import type { Applicative, Applicative1, Applicative2, Applicative2C } from 'fp-ts/lib/Applicative.js'
import type { Functor1 } from 'fp-ts/lib/Functor.js'
import { takeApart, unflatten } from './structure.js'

/** The name that fp-ts knows trees by. */
export const URI = 'puregrad/Tree'
export type URI = typeof URI

/** A tree whose leaves are `A`. */
export type Tree<A> = A | null | readonly Tree<A>[] | { readonly [key: string]: Tree<A> }

declare module 'fp-ts/HKT.js' {
  interface URItoKind<A> {
    readonly 'puregrad/Tree': Tree<A>
  }
}

/** `map` as fp-ts has it. Laws: identity and composition. */
export const Functor: Functor1<URI> = Object.freeze<Functor1<URI>>({
  URI,
  map: (tree, f) => {
    const [leaves, structure] = takeApart(tree)
    return unflatten(
      structure,
      (leaves as unknown[]).map((x) => f(x as never)),
    ) as never
  },
})

/** Runs an effect for each leaf, in order, and collects a tree of the results. */
export interface TreeTraversable extends Functor1<URI> {
  traverse<F extends URIS2>(
    F: Applicative2<F>,
  ): <A, B, E>(tree: Tree<A>, f: (a: A) => Kind2<F, E, B>) => Kind2<F, E, Tree<B>>
  traverse<F extends URIS2, E>(
    F: Applicative2C<F, E>,
  ): <A, B>(tree: Tree<A>, f: (a: A) => Kind2<F, E, B>) => Kind2<F, E, Tree<B>>
  traverse<F extends URIS>(F: Applicative1<F>): <A, B>(tree: Tree<A>, f: (a: A) => Kind<F, B>) => Kind<F, Tree<B>>
  traverse<F>(F: Applicative<F>): <A, B>(tree: Tree<A>, f: (a: A) => HKT<F, B>) => HKT<F, Tree<B>>
}

/**
 * `traverse` as fp-ts has it. Laws: identity, naturality, composition.
 * @example
 * const positive = (x: number) => (x > 0 ? E.right(x) : E.left(`${x} is not positive`))
 * tree.Traversable.traverse(E.Applicative)({ a: [1, 2], b: 3 }, positive) // right({ a: [1, 2], b: 3 })
 * tree.Traversable.traverse(E.Applicative)({ a: [1, -2], b: 3 }, positive) // left('-2 is not positive')
 */
export const Traversable: TreeTraversable = Object.freeze({
  ...Functor,
  traverse:
    <F>(F: Applicative<F>) =>
    <A, B>(tree: Tree<A>, f: (a: A) => HKT<F, B>): HKT<F, Tree<B>> => {
      const [leaves, structure] = takeApart(tree)
      const collected = (leaves as unknown as readonly A[]).reduce<HKT<F, readonly B[]>>(
        (list, leaf) =>
          F.ap(
            F.map(list, (bs) => (b: B) => [...bs, b]),
            f(leaf),
          ),
        F.of([]),
      )
      return F.map(collected, (bs) => unflatten(structure, bs) as Tree<B>)
    },
})
