/** What feeds the steps of `fit`: batches out of arrays, out of a source of examples, or as a source made them. */
import { ArgumentError, np, RangeError, type random, ShapeError, type Tensor, tree } from '@puregrad/core'
import type { Source } from './data/index.js'
import { askedAhead, chained, type Eventually, isPromise, together } from './data/pipeline/eventually.js'
import { inOrderOf } from './data/pipeline/select.js'
import { gathered } from './data/pipeline/source.js'
import { type Group, groupAt, type Portions } from './epoch.js'
import { type Epochs, formOf, placeBehind, placeIn, stacked, streamOf } from './loop/stream.js'
import type { Rows } from './rows.js'
import type { DataPlan, Position } from './session.js'

/** Examples, or batches of them, one after the other; some may still be on their way. */
export type ExampleSource<X> = Source<X> | Source<Promise<X>>

/** Reads the batches of steps from a place on, at most so many steps. */
export type Feed<X> = (at: Position, most: number) => Eventually<Portions<X>>

/** Examples at positions of an epoch, counted from 0, as a tree whose first axes are `leading`. */
export interface Takes<X> {
  readonly length: number
  readonly take: (positions: ArrayLike<number>, leading: readonly number[], epoch: number) => Eventually<X>
}

/** Rows of arrays are examples that are all there. */
export const takesOfRows = <X>({ count, take }: Rows<X>): Takes<X> => ({ length: count, take })

const led = <X>(x: X, leading: readonly number[]): X =>
  tree.map((leaf) => leaf.reshape([...leading, ...leaf.shape.slice(1)]), x as Tensor) as X

/** The examples of a source, stacked in the cheapest way it has. */
export const takesOfSource = <X>(operation: string, source: ExampleSource<X>): Takes<X> => ({
  length: source.length,
  take: (positions, leading, epoch) =>
    // A tree of tensors stacked is a tree of tensors of the same structure.
    chained(gathered(operation, source as Source<X>, Array.from(positions), epoch) as Eventually<X>, (x) =>
      led(x, leading),
    ),
})

const range = (from: number, to: number): readonly number[] => Array.from({ length: to - from }, (_, i) => from + i)

/** The order of the examples in an epoch. */
export type OrderOf = (epoch: number) => Int32Array

/** Orders of so many elements that a key of each epoch decides, counted from 0. */
export const ordersBy = (length: number, keyOf: (epoch: number) => random.Key): OrderOf => {
  const positions = inOrderOf(keyOf)({ length, at: (position) => position })
  let last: { readonly epoch: number; readonly order: Int32Array } | undefined
  return (epoch) => {
    if (last?.epoch !== epoch) {
      last = { epoch, order: Int32Array.from({ length }, (_, i) => positions.at(i, epoch)) }
    }
    return last.order
  }
}

/** Batches of so many examples. */
export const feedOfExamples = <X>(
  takes: Takes<X>,
  plan: DataPlan & { readonly batchSize: number },
  orders: OrderOf | undefined,
): Feed<X> => {
  const perEpoch = plan.examples
  /** Where the examples from one up to another of an epoch stand in the source, by turns of it. */
  const runs = (epoch: number, from: number, to: number): readonly { turn: number; positions: ArrayLike<number> }[] => {
    const { length } = takes
    const found: { turn: number; positions: ArrayLike<number> }[] = []
    for (let i = from; i < to; ) {
      const [position, turn] = placeIn({ length } as Source<unknown>, perEpoch, { epoch, step: i })
      const count = Math.min(to - i, length - position)
      const order = orders?.(turn)
      const positions = order?.subarray(position, position + count) ?? range(position, position + count)
      found.push({ turn, positions })
      i += count
    }
    return found
  }
  const read = (epoch: number, from: number, to: number, leading: readonly number[]): Eventually<X> => {
    const parts = runs(epoch, from, to)
    const [only] = parts
    if (only !== undefined && parts.length === 1) return takes.take(only.positions, leading, only.turn)
    return chained(
      together(parts.map(({ positions, turn }) => takes.take(positions, [positions.length], turn))),
      (trees) => led(concatenated(trees), leading),
    )
  }
  return ({ epoch, step }, most) => {
    const group = groupAt(plan, most, step)
    const { start, steps, batches, size, rest } = group
    const end = start + steps * batches * size
    const axes = plan.accumulate === 1 ? [steps, size] : rest === 0 ? [steps, batches, size] : [batches, size]
    return chained(read(epoch, start, end, axes), (taken) =>
      rest === 0
        ? { group, batches: taken }
        : chained(read(epoch, end, end + rest, [rest]), (smaller) => ({ group, batches: taken, rest: smaller })),
    )
  }
}

/**
 * A feed that asks for what comes next when what it was asked for has arrived: promises of examples are kept while the steps run, those
 * of the next epoch too. So no more is in memory than the steps of two calls take.
 */
export const readingAhead = <X>(feed: Feed<X>, course: Epochs): Feed<X> => {
  let ahead: { readonly name: string; readonly portions: Promise<Portions<X>> | undefined } | undefined
  const nameOf = ({ epoch, step }: Position, most: number): string => `${epoch} ${step} ${most}`
  return (at, most) => {
    const known = ahead?.name === nameOf(at, most) ? ahead.portions : undefined
    ahead = undefined
    const reading = known ?? feed(at, most)
    if (!isPromise(reading)) return reading
    return reading.then((portions) => {
      const next = placeBehind(at, portions.group.steps, course)
      if (next !== undefined) ahead = { name: nameOf(next, most), portions: askedAhead(() => feed(next, most)) }
      return portions
    })
  }
}

/** Trees one after the other along their first axes. */
export const concatenated = <X>(trees: readonly X[]): X => {
  const rows = trees.map((x) => tree.leaves(x as Tensor) as readonly Tensor[])
  const columns = (rows[0] ?? []).map((_, i) =>
    np.concatenate(
      rows.map((row) => row[i] as Tensor),
      { axis: 0 },
    ),
  )
  return tree.unflatten(tree.structure(trees[0] as Tensor), columns) as X
}

/** How many examples a batch has. @throws ShapeError if it has no tensors, or they are not equally many */
export const sizeOf = (operation: string, batch: unknown): number => {
  const leaves = tree.leaves(batch as Tensor) as readonly Tensor[]
  const size = leaves[0]?.shape[0]
  const odd = leaves.find(({ shape }) => shape[0] !== size || shape.length === 0)
  if (size !== undefined && size > 0 && odd === undefined) return size
  throw new ShapeError(
    `${operation}: a batch of the source has ${formOf(batch)}. Batches are { x, y } of tensors with as many rows each; ` +
      'a source of single examples needs a batchSize.',
  )
}

/** Checks what a source gives. @throws ArgumentError unless it is { x, y } */
export const checkElement = (operation: string, element: unknown): void => {
  const { x, y } = (element ?? {}) as { readonly x?: unknown; readonly y?: unknown }
  if (x !== undefined && y !== undefined) return
  throw new ArgumentError(
    `${operation}: an element of the source is no { x, y }. Make it one with data.map, as in data.map(({ values }) => ({ x: values, y: … })).`,
  )
}

/** Batches as a source made them, one for a step, or `accumulate` of equal shapes of which the last may be smaller. */
export const feedOfBatches = <X>(
  operation: string,
  source: ExampleSource<X>,
  { examples: perEpoch, accumulate }: DataPlan,
  epochs: number,
): Feed<X> => {
  const form = (batch: X): string => {
    checkElement(operation, batch)
    sizeOf(operation, batch)
    return formOf(batch)
  }
  const stream = streamOf(source as Source<Eventually<X>>, { perEpoch, epochs }, form)
  const groupOf = (first: number, steps: number, batches: number, like: X, rest: number): Group => {
    const size = sizeOf(operation, like)
    return { first, start: first, steps, batches, size, rest }
  }
  if (accumulate === 1) {
    return (at, most) =>
      chained(stream(at, most), (elements) => ({
        group: groupOf(at.step, elements.length, 1, elements[0] as X, 0),
        batches: stacked(elements),
      }))
  }
  return ({ epoch, step }, most) => {
    const from = step * accumulate
    const full = Math.max(1, Math.floor(perEpoch / accumulate) - step)
    const wanted = Math.min(accumulate * Math.min(most, full), perEpoch - from)
    return chained(stream({ epoch, step: from }, wanted), (elements) => {
      const [like] = elements as readonly [X]
      const steps = Math.floor(elements.length / accumulate)
      if (steps > 0) {
        const batches = led(stacked(elements.slice(0, steps * accumulate)), [steps, accumulate])
        return { group: groupOf(step, steps, accumulate, like, 0), batches }
      }
      const count = Math.min(accumulate, perEpoch - from)
      if (elements.length === count) {
        return { group: groupOf(step, 1, count, like, 0), batches: led(stacked(elements), [1, count]) }
      }
      return chained(stream({ epoch, step: from + elements.length }, 1), ([last]) => {
        const rest = sizeOf(operation, last)
        if (elements.length < count - 1) {
          throw new ShapeError(
            `${operation}: batches of ${formOf(like)} and ${formOf(last)} are accumulated in one step, and only the last of it may be smaller. Take accumulate: 1, or batches of equal shapes.`,
          )
        }
        return { group: groupOf(step, 1, elements.length, like, rest), batches: stacked(elements), rest: last as X }
      })
    })
  }
}

/** Batches to look at one after the other, once. */
export interface Looks<X> {
  /** How many there are. */
  readonly count: number
  readonly at: (i: number) => Eventually<X>
}

/** Batches of at most `size` of the rows. */
export const looksOfRows = <X>({ count, slice }: Rows<X>, size: number): Looks<X> => ({
  count: Math.ceil(count / size),
  at: (i) => slice(i * size, Math.min((i + 1) * size, count)),
})

/** Batches of at most `size` examples of a source, or those that it has if the size is null. @throws RangeError for a source without end */
export const looksOfSource = <X>(operation: string, source: ExampleSource<X>, size: number | null): Looks<X> => {
  const { length } = source
  if (!Number.isFinite(length) || length === 0) {
    throw new RangeError(
      `${operation}: the source has ${length} elements, and all are to be looked at. Cut it: pipe(source, data.take(1000)).`,
    )
  }
  if (size === null) return { count: length, at: (i) => source.at(i, 0) }
  const { take } = takesOfSource(operation, source)
  return {
    count: Math.ceil(length / size),
    at: (i) => {
      const positions = range(i * size, Math.min((i + 1) * size, length))
      return take(positions, [positions.length], 0)
    },
  }
}
