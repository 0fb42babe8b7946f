/** Which elements, and in which order. Every function gives a function of a source, for `pipe`. */
import { RangeError, random } from '@puregrad/core'
import { checkCount, checkPosition, concatTrees, gathered, type Source } from './source.js'

/** The same elements at other positions of the same epoch. */
const moved = <T>(
  operation: string,
  source: Source<T>,
  length: number,
  move: (position: number, epoch: number) => number,
): Source<T> => {
  const to = (position: number, epoch: number): number => {
    checkPosition(operation, length, position)
    return move(position, epoch)
  }
  return {
    length,
    at: (position, epoch = 0) => source.at(to(position, epoch), epoch),
    gather: (positions, epoch) =>
      gathered(
        operation,
        source,
        positions.map((position) => to(position, epoch)),
        epoch,
      ),
  }
}

/**
 * The first `count` elements, or all if there are fewer.
 * @example pipe(data.fromItems([1, 2, 3]), take(2)).length // 2
 */
export const take =
  (count: number) =>
  <T>(source: Source<T>): Source<T> => {
    checkCount('take', 'the count', count, 0)
    return moved('take', source, Math.min(count, source.length), (position) => position)
  }

/**
 * All but the first `count` elements: with `take`, what divides a set in two.
 * @example pipe(data.fromItems([1, 2, 3]), skip(2)).at(0) // 3
 */
export const skip =
  (count: number) =>
  <T>(source: Source<T>): Source<T> => {
    checkCount('skip', 'the count', count, 0)
    return moved('skip', source, Math.max(0, source.length - count), (position) => position + count)
  }

/**
 * All elements in an order that the key and the epoch decide: the same for the same key, another in every epoch of `repeat`.
 * @throws RangeError for a source that never ends
 * @example pipe(data.fromItems(['a', 'b', 'c']), shuffle(random.key(0)), repeat(2)).length // 6
 */
export const shuffle =
  (key: random.Key) =>
  <T>(source: Source<T>): Source<T> => {
    const { length } = source
    if (!Number.isFinite(length)) {
      throw new RangeError('shuffle: a source without end has no order to change. Put shuffle before repeat.')
    }
    // Remembered, not state: the order of an epoch is always the same.
    const orders = new Map<number, ArrayLike<number>>()
    const orderOf = (epoch: number): ArrayLike<number> => {
      const known = orders.get(epoch)
      if (known !== undefined) return known
      if (orders.size > 1) orders.clear()
      const order = random.permutation(random.foldIn(key, epoch), length).data()
      orders.set(epoch, order)
      return order
    }
    return moved('shuffle', source, length, (position, epoch) => orderOf(epoch)[position] as number)
  }

/**
 * The source over and over, `times` times or without end. What comes before it sees a new epoch at every turn.
 * @throws RangeError for a source that is empty or never ends
 * @example pipe(data.fromItems([1, 2]), repeat()).at(1001) // 2
 */
export const repeat =
  (times: number = Number.POSITIVE_INFINITY) =>
  <T>(source: Source<T>): Source<T> => {
    const { length } = source
    if (times !== Number.POSITIVE_INFINITY) checkCount('repeat', 'times', times, 0)
    if (!Number.isFinite(length))
      throw new RangeError('repeat: the source never ends, so it cannot be repeated. Use one repeat.')
    if (length === 0 && times > 0) throw new RangeError('repeat: the source is empty. Check what it was made of.')
    const total = times === 0 ? 0 : length * times
    const turnOf = (position: number, epoch: number): number => {
      checkPosition('repeat', total, position)
      return (epoch === 0 ? 0 : epoch * times) + Math.floor(position / length)
    }
    return {
      length: total,
      at: (position, epoch = 0) => source.at(position % length, turnOf(position, epoch)),
      gather: (positions, epoch) => {
        const runs: { readonly turn: number; readonly positions: number[] }[] = []
        for (const position of positions) {
          const turn = turnOf(position, epoch)
          if (runs.at(-1)?.turn !== turn) runs.push({ turn, positions: [] })
          runs.at(-1)?.positions.push(position % length)
        }
        return concatTrees(
          'repeat',
          runs.map((run) => gathered('repeat', source, run.positions, run.turn)),
        )
      },
    }
  }
