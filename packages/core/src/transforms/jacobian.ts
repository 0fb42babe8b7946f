/** Whole derivatives: Jacobians by columns or by rows, Hessians, Hessian-vector products. */

import { allocate } from '../dtype.js'
import { operation } from '../operation.js'
import { moveBatchAxis } from '../primitives/batching.js'
import { reshape, transpose } from '../primitives/shape.js'
import { range, sizeOf } from '../shape.js'
import { ConcreteTensor, type Tensor } from '../tensor.js'
import { batchFlat } from '../trace/batch.js'
import { linearizeFlat } from '../trace/linearize.js'
import { instantiate } from '../trace/transpose.js'
import { flatFunction, flattenTensors } from '../tree/flat-function.js'
import { type MapLeaves, type Structure, type Tensors, unflatten } from '../tree/structure.js'
import { type Argnums, checkArgnums, checkDifferentiable } from './arguments.js'
import { grad } from './grad.js'
import { jvp } from './jvp.js'

export interface JacobianOptions<N extends Argnums = Argnums> {
  /** Which arguments to differentiate; a list gives a tuple. Default 0. */
  readonly argnums?: N
}

/** A Jacobian: the tree of the result, and in place of each leaf the tree of the argument. */
export type Jacobian<R, A extends readonly unknown[], N extends Argnums> = MapLeaves<
  R,
  N extends readonly number[]
    ? { -readonly [K in keyof N]: MapLeaves<A[N[K] & keyof A], Tensor> }
    : MapLeaves<A[N & keyof A], Tensor>
>

interface Setup {
  readonly leaves: readonly Tensor[]
  readonly call: (inputs: readonly Tensor[]) => readonly Tensor[]
  readonly outputs: () => Structure
  /** The tree of one output leaf: derivatives by every chosen argument. */
  readonly arrange: (derivatives: readonly Tensor[]) => unknown
}

const setUp = (
  transform: string,
  f: (...args: never[]) => unknown,
  argnums: Argnums,
  args: readonly unknown[],
): Setup => {
  const chosen = checkArgnums(transform, argnums, args.length)
  for (const n of chosen) checkDifferentiable(transform, args[n], n)
  const [leaves, structure] = flattenTensors(chosen.map((n) => args[n]))
  const flat = flatFunction((...given: unknown[]) => {
    const full = [...args]
    chosen.forEach((n, i) => {
      full[n] = given[i]
    })
    return (f as (...a: unknown[]) => unknown)(...full)
  }, structure)
  return {
    leaves,
    call: flat.call,
    outputs: flat.outputStructure,
    arrange: (derivatives) => {
      const tree = unflatten(structure, derivatives) as readonly unknown[]
      return typeof argnums === 'number' ? tree[0] : tree
    },
  }
}

/** The unit vectors of all leaves together: for each leaf a batch of `total` tensors of its shape. */
const unitVectors = (leaves: readonly Tensor[]): { readonly total: number; readonly batches: readonly Tensor[] } => {
  const sizes = leaves.map((x) => sizeOf(x.sizes))
  const total = sizes.reduce((a, b) => a + b, 0)
  let start = 0
  const batches = leaves.map((x, k) => {
    const size = sizes[k] as number
    const data = allocate(x.dtype, total * size)
    for (let i = 0; i < size; i++) data[(start + i) * size + i] = 1
    start += size
    return new ConcreteTensor([total, ...x.sizes], x.dtype, data)
  })
  return { total, batches }
}

/** `batch` [total, …] cut along axis 0 into one piece per leaf, each with that leaf's shape in front. */
const cut = (batch: Tensor, leaves: readonly Tensor[]): readonly Tensor[] => {
  let start = 0
  return leaves.map((x) => {
    const size = sizeOf(x.sizes)
    const piece = batch.slice({ start, stop: start + size })
    start += size
    return reshape(piece, [...x.sizes, ...batch.sizes.slice(1)])
  })
}

const frontToBack = (x: Tensor, count: number): Tensor =>
  transpose(x, [...range(x.sizes.length - count, count), ...range(count)])

/**
 * The Jacobian by columns, forward mode: one directional derivative per element of the argument, all in one batch. Best for
 * tall Jacobians. The derivative of an output of shape S by an argument of shape P has shape [...S, ...P].
 * @example jacfwd((x: Tensor) => x.mul(x))(np.array([1, 2])).toArray() // [[2, 0], [0, 4]]
 */
export const jacfwd = operation(
  'jacfwd',
  { at: 1, names: ['argnums'] },
  <A extends readonly unknown[], R, const N extends Argnums = 0>(
    f: (...args: A) => R,
    options: JacobianOptions<N> = {},
  ) =>
    (...args: A): Jacobian<R, A, N> => {
      const { leaves, call, outputs, arrange } = setUp('jacfwd', f as never, options.argnums ?? 0, args)
      const { pushforward, outputs: values } = linearizeFlat(call, leaves)
      const { total, batches } = unitVectors(leaves)
      const [columns, axes] = batchFlat(
        pushforward,
        batches,
        batches.map(() => 0),
        { size: total, name: null },
      )
      const perOutput = values.map((_, k) => {
        const batch = moveBatchAxis(columns[k] as Tensor, axes[k] ?? null, 0, total)
        return arrange(cut(batch, leaves).map((piece, i) => frontToBack(piece, (leaves[i] as Tensor).sizes.length)))
      })
      return unflatten(outputs(), perOutput) as Jacobian<R, A, N>
    },
)

/**
 * The Jacobian by rows, reverse mode: one pullback per element of the result, all in one batch. Best for wide Jacobians.
 * @example jacrev((x: Tensor) => x.mul(x))(np.array([1, 2])).toArray() // [[2, 0], [0, 4]]
 */
export const jacrev = operation(
  'jacrev',
  { at: 1, names: ['argnums'] },
  <A extends readonly unknown[], R, const N extends Argnums = 0>(
    f: (...args: A) => R,
    options: JacobianOptions<N> = {},
  ) =>
    (...args: A): Jacobian<R, A, N> => {
      const { leaves, call, outputs, arrange } = setUp('jacrev', f as never, options.argnums ?? 0, args)
      const { pullback, outputs: values } = linearizeFlat(call, leaves)
      const { total, batches } = unitVectors(values)
      const [rows, axes] = batchFlat(
        (cotangents) => pullback(cotangents).map((c, i) => instantiate(c, leaves[i] as Tensor)),
        batches,
        batches.map(() => 0),
        { size: total, name: null },
      )
      const perLeaf = leaves.map((_, i) => cut(moveBatchAxis(rows[i] as Tensor, axes[i] ?? null, 0, total), values))
      return unflatten(
        outputs(),
        values.map((_, k) => arrange(perLeaf.map((pieces) => pieces[k] as Tensor))),
      ) as Jacobian<R, A, N>
    },
)

/**
 * The matrix of second derivatives of a scalar function, forward over reverse.
 * @example hessian((x: Tensor) => x.mul(x).mul(x).sum())(np.array([1, 2])).toArray() // [[6, 0], [0, 12]]
 */
export const hessian = operation(
  'hessian',
  { at: 1, names: ['argnums'] },
  <A extends readonly unknown[], const N extends Argnums = 0>(
    f: (...args: A) => Tensor,
    options: JacobianOptions<N> = {},
  ): ((...args: A) => Jacobian<Jacobian<Tensor, A, N>, A, N>) => jacfwd(jacrev(f, options), options),
)

/**
 * Hessian-vector product: the derivative of the gradient along `tangents`, without ever building the Hessian.
 * @example hvp((x: Tensor) => x.mul(x).mul(x).sum(), [np.array([1, 2])], [np.array([1, 0])]).toArray() // [6, 0]
 */
export const hvp = <A extends readonly unknown[]>(
  f: (...args: A) => Tensor,
  primals: readonly [...A],
  tangents: { readonly [K in keyof A]: Tensors<A[K]> | A[K] },
): Tensors<A[0]> => jvp(grad(f) as (...args: A) => A[0], primals, tangents)[1] as Tensors<A[0]>
