/** Arithmetic over parameter trees, which every transformation is written with. */
import { type DType, np, type Tensor, type TensorLike, tree } from '@puregrad/core'

type Update = (leaf: Tensor, ...rest: Tensor[]) => Tensor

/** `f` over corresponding leaves of trees of one structure; the result has the type of the first. */
export const mapTree = <P>(f: Update, first: P, ...rest: readonly unknown[]): P =>
  tree.map(f, first, ...(rest as readonly P[]))

/** A tree like `params`, as a state's type has it: `f` of every leaf, numbers taken as tensors. */
export const momentsOf = <M>(f: (leaf: Tensor) => Tensor, params: unknown): M =>
  tree.map((leaf: TensorLike) => f(typeof leaf === 'object' ? leaf : np.array(leaf)), params as never) as M

/** Leaf by leaf of `onTrue` or of `onFalse`, in the dtype of the latter. */
export const whereTree = <P>(condition: Tensor, onTrue: unknown, onFalse: P): P =>
  mapTree((no, yes) => np.where(condition, yes.astype(no.dtype), no), onFalse, onTrue)

/** The dtype in which numbers about these parameters are kept: float64 if any of them is. */
export const widestOf = (params: unknown): DType =>
  (tree.leaves(params) as readonly TensorLike[]).some((x) => typeof x === 'object' && x.dtype === 'float64')
    ? 'float64'
    : 'float32'

/**
 * Parameters plus updates, each in its parameter's dtype.
 * @throws TreeError if their structures differ
 * @example applyUpdates({ w: np.array([1, 2]) }, { w: np.array([0.5, 0]) }).w.toArray() // [1.5, 2]
 */
export const applyUpdates = <P>(params: P, updates: P): P =>
  mapTree((p, u) => np.add(p, u).astype(p.dtype), params, updates)
