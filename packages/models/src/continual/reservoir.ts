/** A memory of fixed size in which every example of a stream is as likely as any other: reservoir sampling. */
import { np, operation, RangeError, random, ShapeError, type Tensor, tree } from '@puregrad/core'
import type { Key } from '@puregrad/nn'
import { mapTree } from './trees.js'

/** What is kept of a stream: a pytree, which goes through jit and scan with the rest of a training's state. */
export interface Reservoir<T> {
  /** A tree of [capacity, …], of which the first `seen` rows are filled, or all of them. */
  readonly examples: T
  /** How many examples went by: an int32 scalar. */
  readonly seen: Tensor
}

const leavesOf = (x: unknown): readonly Tensor[] => tree.leaves(x) as readonly Tensor[]

const rowsOf = (name: string, what: string, batch: unknown): number => {
  const leaves = leavesOf(batch)
  const [rows] = leaves.map(({ shape }) => shape[0])
  if (rows !== undefined && leaves.every(({ shape }) => shape[0] === rows)) return rows
  throw new ShapeError(
    `${name}: ${what} is ${leaves.map(({ dtype, shape }) => `${dtype}[${shape}]`).join(', ')} and needs one first axis, that of the examples.`,
  )
}

/**
 * A reservoir that has seen nothing.
 * @param like a batch of what is to be kept, a tree of [n, …] whose values do not matter
 * @throws RangeError unless the capacity is 1 or more; ShapeError for trees without a common first axis
 * @example
 * const memory = reservoir.empty({ x: np.zeros([8, 3]), y: np.zeros([8], { dtype: 'int32' }) }, 100)
 * memory.examples.x.shape // [100, 3]
 */
export const empty = operation('reservoir.empty', {}, <T>(like: T, capacity: number): Reservoir<T> => {
  if (!Number.isInteger(capacity) || capacity < 1)
    throw new RangeError(`reservoir.empty: capacity is ${capacity}, and has to be a whole number from 1 up.`)
  rowsOf('reservoir.empty', 'the batch', like)
  return {
    examples: mapTree((x) => np.zeros([capacity, ...x.shape.slice(1)], { dtype: x.dtype }), like),
    seen: np.array(0, { dtype: 'int32' }),
  }
})

/**
 * The reservoir after a batch went by: example number i takes a place of its own while there is one, and after that one of those
 * of the others with probability capacity / i, so that at any time each of the stream is kept with equal probability. Vitter 1985,
 * Algorithm R.
 * @param batch a tree of [n, …] like the examples
 * @throws TreeError for another structure, ShapeError for other shapes
 * @example
 * const memory = reservoir.add(reservoir.empty(np.zeros([1]), 3), np.arange(1, 11), random.key(0))
 * memory.seen.item() // 10
 * memory.examples.shape // [3]
 */
export const add = operation(
  'reservoir.add',
  {},
  <T>({ examples, seen }: Reservoir<T>, batch: T, key: Key): Reservoir<T> => {
    const rows = rowsOf('reservoir.add', 'the batch', batch)
    const capacity = rowsOf('reservoir.add', 'the reservoir', examples)
    const own = leavesOf(examples)
    leavesOf(batch).forEach((x, i) => {
      const [given, kept] = [x.shape.slice(1), own[i]?.shape.slice(1) ?? []]
      if (String(given) !== String(kept))
        throw new ShapeError(`reservoir.add: an example has [${given}] where those of the reservoir have [${kept}].`)
    })
    const order = np.arange(rows, { dtype: 'int32' })
    const number = order.add(seen)
    const drawn = random.randint(key, [rows], 0, number.add(1))
    const place = np.where(number.lt(capacity), number, drawn)
    // Of those that come to one place the last stays; a place beyond the end is none.
    const last = np.full([capacity], -1, { dtype: 'int32' }).at(place).max(order, { mode: 'drop' })
    const isNew = last.ge(0)
    const kept = (old: Tensor, x: Tensor): Tensor => {
      const taken = np.take(x, np.maximum(last, 0), { axis: 0 })
      return np.where(isNew.reshape([capacity, ...old.shape.slice(1).map(() => 1)]), taken.astype(old.dtype), old)
    }
    return { examples: mapTree(kept, examples, batch), seen: seen.add(rows) }
  },
)

/**
 * A batch of what is kept, each drawn with equal probability, with replacement. A reservoir that has seen nothing gives zeros: add
 * first, then sample.
 * @param count how many  @returns a tree of [count, …]
 * @throws RangeError unless the count is 1 or more
 * @example
 * const memory = reservoir.add(reservoir.empty(np.zeros([1]), 3), np.array([5, 7]), random.key(0))
 * reservoir.sample(memory, 4, random.key(1)).shape // [4]
 */
export const sample = operation(
  'reservoir.sample',
  {},
  <T>({ examples, seen }: Reservoir<T>, count: number, key: Key): T => {
    if (!Number.isInteger(count) || count < 1)
      throw new RangeError(`reservoir.sample: the count is ${count}, and has to be a whole number from 1 up.`)
    const filled = np.minimum(seen, rowsOf('reservoir.sample', 'the reservoir', examples))
    const chosen = random.randint(key, [count], 0, filled)
    return mapTree((x) => np.take(x, chosen, { axis: 0 }), examples)
  },
)
