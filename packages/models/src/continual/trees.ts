/** Arithmetic over trees like the parameters. */
import { np, ShapeError, type Tensor, TreeError, tree } from '@puregrad/core'

/** `f` over corresponding leaves of trees of one structure; the result has the type of the first. */
export const mapTree = <P>(f: (leaf: Tensor, ...rest: Tensor[]) => Tensor, first: P, ...rest: readonly unknown[]): P =>
  tree.map(f, first, ...(rest as readonly P[]))

/** Σ over all elements of both trees of x · y. */
export const dot = (x: unknown, y: unknown): Tensor =>
  tree.reduce(
    (sum: Tensor, part) => sum.add(part as Tensor),
    np.array(0),
    mapTree((a, b) => np.sum(a.mul(b)), x, y),
  )

const shapes = (x: unknown): readonly string[] => (tree.leaves(x) as readonly Tensor[]).map(({ shape }) => `[${shape}]`)

/** @throws TreeError for a tree of another structure than the parameters, ShapeError for a leaf of another shape */
export const checkLike = (name: string, what: string, x: unknown, params: unknown): void => {
  const [theirs, own] = [String(tree.structure(x)), String(tree.structure(params))]
  if (theirs !== own)
    throw new TreeError(
      `${name}: ${what} is a tree ${theirs}, and the parameters are ${own}. Was it made of another network? A head that came later needs its leaves there, too.`,
    )
  const [given, wanted] = [shapes(x), shapes(params)]
  const at = given.findIndex((shape, i) => shape !== wanted[i])
  if (at >= 0)
    throw new ShapeError(
      `${name}: ${what} has ${given[at]} where the parameters have ${wanted[at]}. Was it made of another network?`,
    )
}
