/** Functions over the leaves of trees. */
import { TreeError } from '../errors.js'
import type { Tensor } from '../tensor.js'
import {
  checkSameStructure,
  flatten,
  type Leaf,
  type LeafOf,
  leafPaths,
  type MapLeaves,
  type Path,
  type Structure,
  takeApart,
  unflatten,
  type WithNumbers,
} from './structure.js'

/** The leaves of each of several trees. */
type LeavesOf<Rest extends readonly unknown[]> = { [K in keyof Rest]: LeafOf<Rest[K]> }

/** Trees of the structure of T, whatever their leaves. */
type Alike<T, Rest extends readonly unknown[]> = { [K in keyof Rest]: Rest[K] extends T ? unknown : MapLeaves<T, Leaf> }

/**
 * `f` applied to each leaf, or to corresponding leaves of several trees. Functor: `map(x => x, t)` equals t, and mapping twice is
 * mapping the composition.
 * @throws TreeError naming the first path where structures differ
 * @example
 * const params = { w: np.array([1, 2]), b: np.array(3) }
 * const grads = { w: np.array([10, 0]), b: np.array(-10) }
 * tree.map((w, g) => w.sub(g.mul(0.1)), params, grads) // { w: [0, 2], b: 4 }
 */
export function map<T>(
  f: (leaf: LeafOf<T>, ...rest: LeafOf<T>[]) => LeafOf<T>,
  tree: T & WithNumbers<T>,
  ...rest: readonly NoInfer<T>[]
): T
export function map<T, R, const Rest extends readonly unknown[]>(
  f: (leaf: LeafOf<T>, ...rest: LeavesOf<Rest>) => R,
  tree: T & WithNumbers<T>,
  ...rest: Rest & Alike<T, Rest>
): MapLeaves<T, R>
export function map<T>(f: (leaf: Tensor, ...rest: Tensor[]) => Tensor, tree: T, ...rest: readonly NoInfer<T>[]): T
export function map<T, R, const Rest extends readonly unknown[]>(
  f: (leaf: Tensor, ...rest: LeavesOf<Rest>) => R,
  tree: T,
  ...rest: Rest & Alike<T, Rest>
): MapLeaves<T, R>
export function map(f: (...leaves: never[]) => unknown, tree: unknown, ...rest: readonly unknown[]): unknown {
  return mapWithPath((_, ...leaves) => (f as (...l: unknown[]) => unknown)(...leaves), tree, ...rest)
}

/**
 * As `map`, with the path of the leaf as first argument.
 * @throws TreeError naming the first path where structures differ
 * @example tree.mapWithPath((path, x) => `${path.join('.')} = ${x}`, { w: [1, 2] }) // { w: ['w.0 = 1', 'w.1 = 2'] }
 */
export function mapWithPath<T, R>(
  f: (path: Path, leaf: LeafOf<T>, ...rest: LeafOf<T>[]) => R,
  tree: T,
  ...rest: readonly unknown[]
): MapLeaves<T, R> {
  const [leaves, structure] = takeApart(tree)
  const others = rest.map((t) => {
    checkSameStructure('tree.map', tree, t)
    return takeApart(t)[0]
  })
  const paths = leafPaths(tree)
  const results = leaves.map((leaf, i) =>
    (f as (path: Path, ...l: unknown[]) => unknown)(paths[i] as Path, leaf, ...others.map((o) => o[i])),
  )
  return unflatten(structure, results) as MapLeaves<T, R>
}

/** The leaves of a tree, in the order of its sorted keys. @example tree.leaves({ b: 2, a: [1] }) // [1, 2] */
export const leaves = <T>(tree: T): readonly LeafOf<T>[] => takeApart(tree)[0] as unknown as readonly LeafOf<T>[]

/** The structure of a tree; equal ones print alike. @example String(tree.structure({ w: 1, b: [2, 3] })) // {b: [*, *], w: *} */
export const structure = (tree: unknown): Structure => flatten(tree)[1]

/**
 * Folds the leaves from the left.
 * @example tree.reduce((n, x) => n + x.size, 0, { w: np.ones([2, 3]), b: np.zeros([3]) }) // 9
 */
export const reduce = <T, R>(f: (accumulator: R, leaf: LeafOf<T>) => R, initial: R, tree: T): R =>
  leaves(tree).reduce(f, initial)

/**
 * `true` if the predicate holds for every leaf; by default, if every leaf is truthy.
 * @example tree.all({ w: [1, 2], b: 3 }, (x) => x > 0) // true
 */
export const all = <T>(tree: T, predicate: (leaf: LeafOf<T>) => boolean = Boolean): boolean =>
  leaves(tree).every(predicate)

/**
 * Turns a tree of trees inside out: `outer` of `inner`s becomes an inner of outers.
 * @throws TreeError if a subtree is not shaped like `inner`
 * @example tree.transpose([0, 0], { a: 0, b: 0 }, [{ a: 1, b: 2 }, { a: 3, b: 4 }]) // { a: [1, 3], b: [2, 4] }
 */
export const transpose = <O, I>(outer: O, inner: I, tree: MapLeaves<O, I>): MapLeaves<I, O> => {
  const [outerStructure, innerStructure] = [structure(outer), structure(inner)]
  const [all] = takeApart(tree)
  const [m, n] = [outerStructure.leafCount, innerStructure.leafCount]
  if (all.length !== m * n) {
    throw new TreeError(
      `tree.transpose: ${m} × ${n} leaves expected and ${all.length} found: the tree is not outer of inner.`,
    )
  }
  const turned = Array.from({ length: n }, (_, i) =>
    unflatten(
      outerStructure,
      Array.from({ length: m }, (_, o) => all[o * n + i]),
    ),
  )
  return unflatten(innerStructure, turned) as MapLeaves<I, O>
}
