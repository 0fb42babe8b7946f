/** Which elements, and in which order. Every function gives a function of a source, for `pipe`. */
import { operation, RangeError, random, Tensor } from '@puregrad/core'
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

/** All elements in an order that a key of each epoch decides. */
export const inOrderOf =
  (keyOf: (epoch: number) => random.Key) =>
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
      const order = random.permutation(keyOf(epoch), length).data()
      orders.set(epoch, order)
      return order
    }
    return moved('shuffle', source, length, (position, epoch) => orderOf(epoch)[position] as number)
  }

/**
 * All elements in an order that the key and the epoch decide: the same for the same key, another in every epoch of `repeat`.
 * @throws RangeError for a source that never ends
 * @example pipe(data.fromItems(['a', 'b', 'c']), shuffle(random.key(0)), repeat(2)).length // 6
 */
export const shuffle = (key: random.Key): (<T>(source: Source<T>) => Source<T>) =>
  inOrderOf((epoch) => random.foldIn(key, epoch))

export interface WeightedOptions {
  /** Elements of an epoch: as many as the source has unless said; `Infinity` for one that never ends. */
  readonly length?: number
}

/** Sums of weights from the first up to each. @throws RangeError unless they are numbers from 0 up, and not all 0 */
const sumsOf = (weights: ArrayLike<number>): Float64Array => {
  const sums = new Float64Array(weights.length)
  let sum = 0
  for (let i = 0; i < weights.length; i++) {
    const weight = weights[i] as number
    if (!(weight >= 0 && weight < Number.POSITIVE_INFINITY)) {
      throw new RangeError(`weighted: weight ${i} is ${weight}; weights are finite numbers from 0 up.`)
    }
    sum += weight
    sums[i] = sum
  }
  if (!(sum > 0)) throw new RangeError('weighted: all weights are 0, so that there is nothing to draw.')
  return sums
}

/** The first place whose sum is greater than x. */
const placeOf = (sums: Float64Array, x: number): number => {
  let [low, high] = [0, sums.length - 1]
  while (low < high) {
    const middle = (low + high) >> 1
    if ((sums[middle] as number) > x) high = middle
    else low = middle + 1
  }
  return low
}

/** Draws that are made at once: any number gives the same ones only if it never changes. */
const drawnAtOnce = 1024

/**
 * Elements drawn with replacement, each as often as its weight says: for classes of very different sizes, or examples that
 * matter more. The key, the epoch and the position decide a draw, so it is the same whenever it is asked for.
 * @param weights one for each element; they need not add up to 1
 * @throws RangeError for weights that are not as many as the elements, negative, not finite or all 0
 * @example
 * const drawn = pipe(data.fromItems(['rare', 'often']), weighted(random.key(0), [0, 2], { length: Infinity }))
 * drawn.at(123456) // 'often'
 */
export const weighted = operation(
  'data.weighted',
  { at: 2, names: ['length'] },
  (key: random.Key, weights: ArrayLike<number> | Tensor, options: WeightedOptions = {}) =>
    <T>(source: Source<T>): Source<T> => {
      const sums = sumsOf(weights instanceof Tensor ? weights.data() : weights)
      if (sums.length !== source.length) {
        throw new RangeError(
          `weighted: ${sums.length} weights are given for ${source.length} elements. Give one for each.`,
        )
      }
      const { length = source.length } = options
      if (length !== Number.POSITIVE_INFINITY) checkCount('weighted', 'length', length, 0)
      const blocks = new Map<string, ArrayLike<number>>()
      const blockOf = (epoch: number, block: number): ArrayLike<number> => {
        const name = `${epoch} ${block}`
        const known = blocks.get(name)
        if (known !== undefined) return known
        if (blocks.size > 3) blocks.clear()
        // Two numbers make one of 46 bits: 24 would never draw some of many millions.
        const numbers = random.uniform(random.foldIn(random.foldIn(key, epoch), block), [2, drawnAtOnce]).data()
        const draws = Array.from({ length: drawnAtOnce }, (_, i) => {
          const share = (numbers[i] as number) + (numbers[drawnAtOnce + i] as number) * 2 ** -23
          return placeOf(sums, share * (sums.at(-1) as number))
        })
        blocks.set(name, draws)
        return draws
      }
      return moved(
        'weighted',
        source,
        length,
        (position, epoch) => blockOf(epoch, Math.floor(position / drawnAtOnce))[position % drawnAtOnce] as number,
      )
    },
)

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
