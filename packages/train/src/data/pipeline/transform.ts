/** Other elements out of elements. Every function gives a function of a source, for `pipe`. */
import { operation, random, ShapeError } from '@puregrad/core'
import { together } from './eventually.js'
import { checkCount, checkPosition, gathered, type Source, type Stacked } from './source.js'

/**
 * f of every element. It has to be pure: it may be called again for the same element.
 * @example pipe(data.fromItems([1, 2]), map((n) => 10 * n)).at(1) // 20
 */
export const map =
  <T, U>(f: (element: T) => U) =>
  (source: Source<T>): Source<U> => ({
    length: source.length,
    at: (position, epoch = 0) => f(source.at(position, epoch)),
  })

/**
 * f of every element with a key of its own, another one in every epoch: for random crops, flips and noise.
 * @example
 * const noisy = augment(random.key(0), (x: Tensor, key) => x.add(random.normal(key, x.shape)))
 * pipe(data.fromArrays(np.zeros([10, 3])), noisy).at(7).shape // [3]
 */
export const augment =
  <T, U>(key: random.Key, f: (element: T, key: random.Key) => U) =>
  (source: Source<T>): Source<U> => ({
    length: source.length,
    at: (position, epoch = 0) => f(source.at(position, epoch), random.foldIn(random.foldIn(key, epoch), position)),
  })

/** The type of the elements of a source. */
export type ElementOf<S> = S extends Source<infer T> ? T : never

/**
 * Elements of several sources side by side, as tuples.
 * @throws ShapeError if some source ends before another
 * @example zip(data.fromItems([1, 2]), data.fromItems(['a', 'b'])).at(1) // [2, 'b']
 */
export const zip = <const S extends readonly Source<unknown>[]>(
  ...sources: S
): Source<{ readonly [K in keyof S]: ElementOf<S[K]> }> => {
  type Row = { readonly [K in keyof S]: ElementOf<S[K]> }
  const lengths = sources.map(({ length }) => length)
  const [length = 0] = lengths
  if (lengths.some((other) => other !== length)) {
    throw new ShapeError(`zip: the sources have ${lengths.join(', ')} elements. Cut the longer ones with take.`)
  }
  return {
    length,
    at: (position, epoch = 0) => {
      checkPosition('zip', length, position)
      return sources.map((source) => source.at(position, epoch)) as unknown as Row
    },
    gather: (positions, epoch) =>
      together<unknown>(sources.map((source) => gathered('zip', source, positions, epoch))) as Stacked<Row>,
  }
}

export interface BatchOptions {
  /** Leaves out the last batch of an epoch if it is not full, so that all have one shape: false unless said. */
  readonly dropRemainder?: boolean
}

/** How many batches there are, and the positions of each. */
export const batches = (
  operation: string,
  length: number,
  size: number,
  { dropRemainder = false }: BatchOptions,
): { readonly count: number; readonly positionsOf: (batch: number) => readonly number[] } => {
  checkCount(operation, 'the size', size, 1)
  const count = dropRemainder ? Math.floor(length / size) : Math.ceil(length / size)
  return {
    count,
    positionsOf: (batch) => {
      checkPosition(operation, count, batch)
      return Array.from({ length: Math.min(size, length - batch * size) }, (_, i) => batch * size + i)
    },
  }
}

/**
 * Elements stacked along a new first axis, `size` at a time; of promises, such as images that are decoded, a promise of each batch.
 * @throws ShapeError if elements differ in shape; `padBatch` takes those
 * @example pipe(data.fromArrays(np.ones([100, 3])), batch(32)).at(3).shape // [4, 3]
 */
export const batch = operation(
  'data.batch',
  { at: 1, numbers: ['size'], names: ['dropRemainder'] },
  (size: number, options: BatchOptions = {}) =>
    <T>(source: Source<T>): Source<Stacked<T>> => {
      const { count, positionsOf } = batches('batch', source.length, size, options)
      return { length: count, at: (position, epoch = 0) => gathered('batch', source, positionsOf(position), epoch) }
    },
)
