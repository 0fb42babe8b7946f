/** What a loop reads of a source: elements of equal shapes together, so that they run as one compiled loop. */
import { np, type Tensor, tree } from '@puregrad/core'
import type { Source } from '../data/index.js'
import { askedAhead, chained, type Eventually, isPromise, together } from '../data/pipeline/eventually.js'
import type { Position } from '../session.js'

/** A source that goes through epochs of so many elements, over and over: the element at a place of an epoch. */
export const placeIn = (
  { length }: Source<unknown>,
  perEpoch: number,
  { epoch, step }: Position,
): readonly [position: number, epoch: number] => {
  const taken = (epoch - 1) * perEpoch + step
  return Number.isFinite(length) ? [taken % length, Math.floor(taken / length)] : [taken, 0]
}

/** Structure, types and shapes: what a program is compiled for. */
export const formOf = (x: unknown): string => {
  const leaves = tree.leaves(x as Tensor) as readonly (Tensor | number | boolean)[]
  const shapes = leaves.map((leaf) => (typeof leaf === 'object' ? `${leaf.dtype}[${leaf.shape}]` : typeof leaf))
  return `${tree.structure(x as Tensor)} ${shapes.join()}`
}

/** Reads elements from a place on: at least one, at most so many, all of one form. */
export type Stream<T> = (at: Position, most: number) => Eventually<readonly T[]>

/** How long an epoch is, and how many there are. */
export interface Epochs {
  readonly perEpoch: number
  readonly epochs: number
}

/** The place so many steps behind another, which may lie in the next epoch; undefined behind the last one. */
export const placeBehind = (
  { epoch, step }: Position,
  steps: number,
  { perEpoch, epochs }: Epochs,
): Position | undefined => {
  const behind = step + steps
  if (behind < perEpoch) return { epoch, step: behind }
  return epoch < epochs && behind - perEpoch < perEpoch ? { epoch: epoch + 1, step: behind - perEpoch } : undefined
}

/**
 * The elements of a source in epochs of `perEpoch`. What was read ahead to see its form is kept for the next reading; promises
 * are asked for ahead, those of the next epoch too, so that what they do overlaps with the steps.
 */
export const streamOf = <T>(source: Source<Eventually<T>>, course: Epochs, form: (x: T) => string): Stream<T> => {
  const { perEpoch } = course
  const ahead = new Map<string, Eventually<T>>()
  const nameOf = ({ epoch, step }: Position): string => `${epoch} ${step}`
  const read = (at: Position): Eventually<T> => {
    const known = ahead.get(nameOf(at))
    if (known !== undefined) return known
    const element = source.at(...placeIn(source, perEpoch, at))
    // Its turn may never come; then nobody else would catch it.
    if (isPromise(element)) element.catch(() => undefined)
    ahead.set(nameOf(at), element)
    return element
  }
  return (at, most) => {
    const count = Math.min(most, perEpoch - at.step)
    const places = Array.from({ length: count }, (_, i) => ({ epoch: at.epoch, step: at.step + i }))
    const reading = together(places.map(read))
    if (isPromise(reading)) {
      for (let i = 0; i < count; i++) {
        const place = placeBehind(at, count + i, course)
        if (place !== undefined) askedAhead(() => read(place))
      }
    }
    return chained(reading, (elements) => {
      const [first] = elements as readonly [T, ...T[]]
      const like = form(first)
      const other = elements.findIndex((element) => form(element) !== like)
      const taken = other < 0 ? elements : elements.slice(0, other)
      for (let i = 0; i < taken.length; i++) ahead.delete(nameOf({ epoch: at.epoch, step: at.step + i }))
      return taken
    })
  }
}

/** Elements of one form as one tree with a leading axis. */
export const stacked = <T>(elements: readonly T[]): T => {
  const rows = elements.map((element) => tree.leaves(element as Tensor) as readonly (Tensor | number)[])
  const columns = (rows[0] ?? []).map((_, i) => np.stack(rows.map((row) => np.asarray(row[i] as Tensor))))
  return tree.unflatten(tree.structure(elements[0] as Tensor), columns) as T
}
