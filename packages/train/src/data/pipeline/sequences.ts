/** Sequences of different lengths in one batch: padded to the longest, or sorted into buckets so that little is padding. */
import {
  checkOptions,
  type MapLeaves,
  np,
  operation,
  RangeError,
  ShapeError,
  Tensor,
  type Tensors,
  tree,
} from '@puregrad/core'
import { checkCount, checkPosition, type Source, stackTrees } from './source.js'
import { type BatchOptions, batches } from './transform.js'

/** Sequences with a common length, and how long each was. */
export interface Padded<T> {
  /** [batch, length, …] for every leaf. */
  readonly values: Tensors<T>
  /** int32 [batch] for every leaf. */
  readonly lengths: MapLeaves<T, Tensor>
}

const sequence = (operation: string, leaf: unknown): Tensor => {
  const x = leaf instanceof Tensor ? leaf : np.array(leaf as number)
  if (x.ndim > 0) return x
  throw new ShapeError(`${operation}: a scalar has no length. Put what is no sequence into a batch of its own.`)
}

/**
 * A sequence with `value` behind it, up to `length` along the first axis.
 * @throws ShapeError if it is longer
 * @example padTo(np.array([1, 2]), 4).toArray() // [1, 2, 0, 0]
 */
export const padTo = (x: Tensor, length: number, value = 0): Tensor => {
  const held = sequence('padTo', x).shape[0] as number
  if (held > length)
    throw new ShapeError(`padTo: ${x.dtype}[${x.shape}] is longer than ${length}. Cut it, or pad to ${held}.`)
  if (held === length) return x
  return np.pad(x, [[0, length - held], ...x.shape.slice(1).map((): [number, number] => [0, 0])], {
    constantValues: value,
  })
}

export interface PadOptions {
  /** What fills the room: 0 unless said. */
  readonly value?: number
  /** Lengths are rounded up to a multiple of this, so that fewer shapes are compiled: 1 unless said. */
  readonly multiple?: number
}

/** Elements as one padded batch; `lengthFor` turns the longest length of a leaf into that of the batch. */
const padded = <T>(
  operation: string,
  elements: readonly T[],
  value: number,
  lengthFor: (longest: number) => number,
): Padded<T> => {
  const structure = tree.structure(elements[0])
  const rows = elements.map((element) =>
    tree.leaves(element as never).map((leaf: unknown) => sequence(operation, leaf)),
  )
  const lengths = Array.from({ length: structure.leafCount }, (_, i) => rows.map((row) => row[i]?.shape[0] ?? 0))
  const targets = lengths.map((column) => lengthFor(Math.max(...column)))
  const equal = rows.map(
    (row) =>
      tree.unflatten(
        structure,
        row.map((x, i) => padTo(x, targets[i] as number, value)),
      ) as T,
  )
  return {
    values: stackTrees(operation, equal),
    lengths: tree.unflatten(
      structure,
      lengths.map((column) => np.array(Int32Array.from(column))),
    ) as MapLeaves<T, Tensor>,
  }
}

/**
 * Sequences stacked `size` at a time, each padded to the longest of its batch.
 * @example
 * const source = data.fromItems([np.array([1]), np.array([2, 3])])
 * pipe(source, padBatch(2)).at(0).values.toArray() // [[1, 0], [2, 3]]
 */
export const padBatch = operation(
  'data.padBatch',
  { at: 1, numbers: ['size'], names: ['value', 'multiple', 'dropRemainder'] },
  (size: number, { value = 0, multiple = 1, ...options }: PadOptions & BatchOptions = {}) =>
    <T>(source: Source<T>): Source<Padded<T>> => {
      checkCount('padBatch', 'multiple', multiple, 1)
      const { count, positionsOf } = batches('padBatch', source.length, size, options)
      return {
        length: count,
        at: (position, epoch = 0) => {
          const elements = positionsOf(position).map((i) => source.at(i, epoch))
          return padded('padBatch', elements, value, (longest) => Math.ceil(longest / multiple) * multiple)
        },
      }
    },
)

/** Sequences with a common length, and where each has values. */
export interface Masked<T> extends Padded<T> {
  /** bool [batch, length] for every leaf: true where there is a value, false where the room is filled. */
  readonly masks: MapLeaves<T, Tensor>
}

/**
 * Padded sequences with masks of what is no padding: what attention and losses leave out.
 * @example
 * const source = data.fromItems([np.array([1]), np.array([2, 3])])
 * pipe(source, padBatch(2), data.map(withMasks)).at(0).masks.toArray() // [[true, false], [true, true]]
 */
export const withMasks = <T>({ values, lengths }: Padded<T>): Masked<T> => ({
  values,
  lengths,
  masks: tree.map(
    (x, length) =>
      np.arange((x as unknown as Tensor).shape[1] as number).lt(np.expandDims(length as unknown as Tensor, 1)),
    values,
    lengths as never,
  ) as MapLeaves<T, Tensor>,
})

export interface BucketOptions<T> extends BatchOptions {
  /** How long an element is; the longest of its leaves unless said. */
  readonly lengthOf?: (element: T) => number
  /** The greatest length of each bucket, rising. A batch is padded to it, so there are as many shapes as buckets. */
  readonly boundaries: readonly number[]
  /** Elements per batch, for all buckets or for each. */
  readonly size?: number | readonly number[]
  /** In place of `size`: positions of a batch, padding among them, so that batches of short elements have more of them. */
  readonly positions?: number
  /** What fills the room: 0 unless said. */
  readonly value?: number
  /** What to do with elements beyond the last boundary: 'throw' unless said. */
  readonly longer?: 'throw' | 'drop'
}

const longestLeaf = (element: unknown): number =>
  Math.max(
    0,
    ...tree.leaves(element as never).map((leaf: unknown) => sequence('bucketByLength', leaf).shape[0] as number),
  )

const checkBoundaries = (boundaries: readonly number[]): void => {
  boundaries.forEach((boundary, i) => {
    checkCount('bucketByLength', `boundary ${i}`, boundary, 1)
    if (i > 0 && boundary <= (boundaries[i - 1] as number)) {
      throw new RangeError(
        `bucketByLength: the boundaries ${boundaries.join(', ')} have to rise. Sort them, each once.`,
      )
    }
  })
}

/**
 * Batches of sequences of similar length, each padded to the boundary of its bucket. A batch appears when its bucket is full,
 * what is left over at the end of the epoch, so the order of the source (`shuffle` before it) decides that of the batches.
 * @throws RangeError for a source without end; ShapeError for an element beyond the last boundary
 * @example
 * const source = data.fromItems([np.ones([3]), np.ones([9]), np.ones([4])])
 * const buckets = pipe(source, bucketByLength({ boundaries: [4, 16], size: 2 }))
 * buckets.at(0).values.shape // [2, 4]
 */
export function bucketByLength(
  options: Omit<BucketOptions<unknown>, 'lengthOf'>,
): <T>(source: Source<T>) => Source<Padded<T>>
export function bucketByLength<T>(options: BucketOptions<T>): (source: Source<T>) => Source<Padded<T>>
export function bucketByLength<T>(options: BucketOptions<T>): (source: Source<T>) => Source<Padded<T>> {
  checkOptions('data.bucketByLength', options, [
    'boundaries',
    'size',
    'positions',
    'value',
    'longer',
    'dropRemainder',
    'lengthOf',
  ])
  return (source) => {
    const {
      lengthOf = longestLeaf,
      boundaries,
      size,
      positions,
      value = 0,
      longer = 'throw',
      dropRemainder = false,
    } = options
    checkBoundaries(boundaries)
    const sizes = boundaries.map((boundary, bucket) =>
      positions !== undefined
        ? Math.floor(positions / boundary)
        : typeof size === 'number'
          ? size
          : (size?.[bucket] ?? 0),
    )
    if ((size === undefined) === (positions === undefined))
      throw new RangeError('bucketByLength: give either size, elements of a batch, or positions, and not both.')
    for (const each of sizes) checkCount('bucketByLength', 'the size', each, 1)
    if (!Number.isFinite(source.length))
      throw new RangeError('bucketByLength: the source never ends. Put it before repeat.')
    const bucketOf = (epoch: number, position: number): number => {
      const length = lengthOf(source.at(position, epoch))
      const bucket = boundaries.findIndex((boundary) => length <= boundary)
      if (bucket >= 0 || longer === 'drop') return bucket
      throw new ShapeError(
        `bucketByLength: element ${position} has length ${length}, beyond the last boundary ${boundaries.at(-1)}. Add a boundary, or take longer: 'drop'.`,
      )
    }
    type Plan = readonly { readonly bucket: number; readonly positions: readonly number[] }[]
    const planOf = (epoch: number): Plan => {
      const open: number[][] = boundaries.map(() => [])
      const plan: { bucket: number; positions: readonly number[] }[] = []
      for (let position = 0; position < source.length; position++) {
        const bucket = bucketOf(epoch, position)
        if (bucket < 0) continue
        const positions = open[bucket] as number[]
        positions.push(position)
        if (positions.length < (sizes[bucket] as number)) continue
        plan.push({ bucket, positions })
        open[bucket] = []
      }
      const rest = open
        .map((positions, bucket) => ({ bucket, positions }))
        .filter(({ positions }) => positions.length > 0)
      return dropRemainder ? plan : [...plan, ...rest]
    }
    // Remembered, not state: the plan of an epoch is always the same. An order changes no bucket, so each has as many batches.
    const plans = new Map<number, Plan>([[0, planOf(0)]])
    const length = (plans.get(0) as Plan).length
    const remembered = (epoch: number): Plan => {
      const known = plans.get(epoch)
      if (known !== undefined) return known
      if (plans.size > 1) plans.clear()
      const plan = planOf(epoch)
      plans.set(epoch, plan)
      return plan
    }
    return {
      length,
      at: (position, epoch = 0) => {
        checkPosition('bucketByLength', length, position)
        const { bucket, positions } = remembered(epoch)[position] as Plan[number]
        const elements = positions.map((i) => source.at(i, epoch))
        return padded('bucketByLength', elements, value, () => boundaries[bucket] as number)
      },
    }
  }
}
