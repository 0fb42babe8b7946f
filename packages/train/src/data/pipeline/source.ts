/** A data set as a function: the element at a position of an epoch, always the same one. Nothing here has a state. */
import { isRecord, np, RangeError, ShapeError, type Tensor, type Tensors, tree } from '@puregrad/core'
import { rowsOf } from '../../rows.js'
import { chained, together } from './eventually.js'

/**
 * Elements by position. What is random, such as an order, is decided by a key, the epoch and the position alone: so the place
 * where an iteration stands is one number, and it can go on from there at any time.
 */
export interface Source<T> {
  /** How many elements an epoch has: `Infinity` if it never ends. */
  readonly length: number
  /** The element at a position from 0 to `length` − 1; the epoch is 0 unless said. */
  readonly at: (position: number, epoch?: number) => T
  /** The elements at these positions as one tree of tensors with a leading axis, where that is cheaper than one by one. */
  readonly gather?: (positions: readonly number[], epoch: number) => Stacked<T>
}

/** Elements as one tree of tensors with a leading axis: of promises a promise. */
export type Stacked<T> = [T] extends [Promise<infer X>] ? Promise<Tensors<X>> : Tensors<T>

/** @throws RangeError unless there is an element at this position */
export const checkPosition = (operation: string, length: number, position: number): void => {
  if (Number.isInteger(position) && position >= 0 && position < length) return
  throw new RangeError(
    `${operation}: position ${position} is outside a source of ${length} elements. Positions begin at 0.`,
  )
}

/** @throws RangeError unless this is a whole number from `least` up */
export const checkCount = (operation: string, what: string, value: number, least: number): void => {
  if (Number.isInteger(value) && value >= least) return
  throw new RangeError(`${operation}: ${what} is ${value}; it has to be a whole number from ${least} up.`)
}

/**
 * The elements of a list.
 * @example fromItems(['a', 'b']).at(1) // 'b'
 */
export const fromItems = <T>(items: readonly T[]): Source<T> => {
  const kept = [...items]
  return {
    length: kept.length,
    at: (position) => {
      checkPosition('fromItems', kept.length, position)
      return kept[position] as T
    },
  }
}

/**
 * Elements that a pure function of the position and the epoch makes: for data that are computed, and for steps that need a
 * number, or nothing. Without end unless a length is given.
 * @example generate((position) => np.array(position), 100).at(7).item() // 7
 */
export const generate = <T>(
  f: (position: number, epoch: number) => T,
  length: number = Number.POSITIVE_INFINITY,
): Source<T> => {
  if (length !== Number.POSITIVE_INFINITY) checkCount('generate', 'the length', length, 0)
  return {
    length,
    at: (position, epoch = 0) => {
      checkPosition('generate', length, position)
      return f(position, epoch)
    },
  }
}

/**
 * Whether something is a source.
 * @example isSource(data.fromItems(['a'])) // true
 */
export const isSource = (x: unknown): x is Source<unknown> =>
  isRecord(x) && !Array.isArray(x) && typeof x.at === 'function' && typeof x.length === 'number'

/**
 * The rows of tensors whose first axes agree.
 * @param arrays a tree of tensors, such as `{ x: images, y: labels }`
 * @throws ShapeError if their first axes do not agree
 * @example fromArrays({ x: np.ones([60, 28, 28]), y: np.zeros([60]) }).at(0).x.shape // [28, 28]
 */
export const fromArrays = <T>(arrays: T): Source<T> => {
  const rows = rowsOf('fromArrays', arrays)
  return {
    length: rows.count,
    at: (position) => {
      checkPosition('fromArrays', rows.count, position)
      return rows.take([position], [])
    },
    gather: (positions) => {
      for (const position of positions) checkPosition('fromArrays', rows.count, position)
      return rows.take(positions, [positions.length]) as unknown as Stacked<T>
    },
  }
}

const joined = <T>(
  operation: string,
  trees: readonly T[],
  join: (leaves: Tensor[]) => Tensor,
  cure: string,
): Tensors<T> => {
  const [first] = trees
  const structure = tree.structure(first)
  const columns = trees.map((element) => {
    if (!tree.structure(element).equals(structure)) {
      throw new ShapeError(`${operation}: elements ${structure} and ${tree.structure(element)} differ in structure.`)
    }
    return (tree.leaves(element as never) as readonly (Tensor | number | boolean)[]).map((leaf) =>
      typeof leaf === 'object' ? leaf : np.array(leaf),
    )
  })
  const leaves = Array.from({ length: structure.leafCount }, (_, i) => {
    const column = columns.map((row) => row[i] as Tensor)
    const odd = column.find((x) => String(x.shape) !== String(column[0]?.shape) || x.dtype !== column[0]?.dtype)
    if (odd !== undefined && cure !== '') {
      const [a] = column as [Tensor]
      throw new ShapeError(
        `${operation}: ${a.dtype}[${a.shape}] and ${odd.dtype}[${odd.shape}] cannot be stacked. ${cure}`,
      )
    }
    return join(column)
  })
  return tree.unflatten(structure, leaves) as Tensors<T>
}

/** Trees of equal shapes as one, with a new leading axis. */
export const stackTrees = <T>(operation: string, trees: readonly T[]): Tensors<T> =>
  joined(
    operation,
    trees,
    (leaves) => np.stack(leaves),
    'For sequences of different lengths there are padBatch and bucketByLength.',
  )

/** Trees with leading axes as one, one after the other; of promises a promise. */
export const concatTrees = <T>(operation: string, trees: readonly T[]): T =>
  (trees.length === 1
    ? trees[0]
    : chained<readonly unknown[], unknown>(together<unknown>(trees), (all) =>
        joined(operation, all, (leaves) => np.concatenate(leaves), ''),
      )) as T

/** The elements at these positions, stacked, in the cheapest way that the source has; of promises a promise. */
export const gathered = <T>(
  operation: string,
  source: Source<T>,
  positions: readonly number[],
  epoch: number,
): Stacked<T> =>
  source.gather?.(positions, epoch) ??
  (chained<readonly unknown[], unknown>(
    together<unknown>(positions.map((position) => source.at(position, epoch))),
    (elements) => stackTrees(operation, elements),
  ) as Stacked<T>)
