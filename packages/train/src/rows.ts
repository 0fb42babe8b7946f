/** Examples as plain arrays, so that a batch costs no more than a copy of its rows. */
import { type DType, np, ShapeError, type Tensor, tree } from '@puregrad/core'

/** Examples to learn from or to judge by: the first axis of every tensor counts them. */
export interface Examples<I = Tensor, T = Tensor> {
  /** What the model takes. */
  readonly x: I
  /** What it should make of it. */
  readonly y: T
  /** How much the loss of each example counts: 1 unless said. The mean still divides by the number of examples. */
  readonly weights?: Tensor
}

type Numbers = ReturnType<Tensor['data']>

/** The rows of one tensor. */
interface Column {
  readonly data: Numbers
  readonly dtype: DType
  readonly shape: readonly number[]
  readonly size: number
}

/** The rows of a tree of tensors whose first axes agree. */
export interface Rows<X> {
  readonly count: number
  /** The rows at these positions, in their order, as a tree of tensors that begin with `leading` in place of the count. */
  readonly take: (positions: ArrayLike<number>, leading: readonly number[]) => X
  /** The rows from `start` up to, but not including, `stop`. */
  readonly slice: (start: number, stop: number) => X
}

const show = (path: tree.Path, { dtype, shape }: Tensor): string =>
  `${tree.showPath(path, 'examples')} ${dtype}[${shape}]`

const countOf = (operation: string, examples: unknown): number => {
  const leaves = tree.leaves(examples) as readonly Tensor[]
  const paths = tree.leafPaths(examples)
  const described = (i: number): string => show(paths[i] as tree.Path, leaves[i] as Tensor)
  leaves.forEach(({ shape }, i) => {
    if (shape.length === 0)
      throw new ShapeError(`${operation}: ${described(i)} has no axis of examples. Give it one: x.reshape([1]).`)
    if (shape[0] !== leaves[0]?.shape[0]) {
      throw new ShapeError(
        `${operation}: ${described(0)} and ${described(i)} are not equally many. Were both cut to the same number?`,
      )
    }
  })
  const count = leaves[0]?.shape[0]
  if (count === undefined || count === 0) throw new ShapeError(`${operation}: there are no examples.`)
  return count
}

/** @throws ShapeError naming the operation if there are no examples, or not as many in one tensor as in another */
export const rowsOf = <X>(operation: string, examples: X): Rows<X> => {
  const count = countOf(operation, examples)
  const columns = (tree.leaves(examples) as readonly Tensor[]).map((x): Column => {
    const shape = x.shape.slice(1)
    return { data: x.data(), dtype: x.dtype, shape, size: shape.reduce((product, n) => product * n, 1) }
  })
  const structure = tree.structure(examples)
  const assemble = (leading: readonly number[], numbersOf: (column: Column) => Numbers): X =>
    tree.unflatten(
      structure,
      columns.map((column) =>
        np.array(numbersOf(column), { dtype: column.dtype }).reshape([...leading, ...column.shape]),
      ),
    ) as X
  return {
    count,
    take: (positions, leading) =>
      assemble(leading, ({ data, size }) => {
        const taken = new (data.constructor as new (length: number) => Numbers)(positions.length * size)
        for (let i = 0; i < positions.length; i++) {
          const from = (positions[i] as number) * size
          taken.set(data.subarray(from, from + size), i * size)
        }
        return taken
      }),
    slice: (start, stop) => assemble([stop - start], ({ data, size }) => data.subarray(start * size, stop * size)),
  }
}
