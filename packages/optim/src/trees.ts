/** Arithmetic over parameter trees, which every transformation is written with. */
import { np, type Tensor, tree } from '@puregrad/core'
import type { Moments } from './transformation.js'

type Leaf = Tensor

/** `f` over corresponding leaves of trees of one structure; the result has the type of the first. */
export const mapTree = <P>(f: (leaf: Leaf, ...rest: Leaf[]) => Leaf, first: P, ...rest: readonly unknown[]): P =>
  tree.map(f as never, first, ...rest) as P

export const zerosLike = (params: unknown): Moments => mapTree((x) => np.zerosLike(x), params as Moments)

/**
 * Parameters plus updates, each in its parameter's dtype.
 * @example applyUpdates({ w: np.array([1, 2]) }, { w: np.array([0.5, 0]) }).w.toArray() // [1.5, 2]
 */
export const applyUpdates = <P>(params: P, updates: P): P =>
  mapTree((p, u) => np.add(p, u).astype(p.dtype), params, updates)

/** The Euclidean norm of all leaves together. @example globalNorm({ a: np.array([3]), b: np.array([4]) }).item() // 5 */
export const globalNorm = (updates: unknown): Tensor =>
  np.sqrt(
    (tree.leaves(updates) as unknown as readonly Tensor[])
      .map((x) => np.sum(np.square(x)))
      .reduce((a, b) => a.add(b), np.array(0)),
  )
