/**
 * What a number over a batch is made of, so that the numbers of several batches add up to that of all of them. A mean knows its
 * weight and a ratio its counts; the plain function gives the number, and whoever goes on with other batches asks for the rest.
 */
import type { Tensor } from '@puregrad/core'

/** A mean of numerators over weights: `weight` is their sum. */
export interface MadeOfMean {
  readonly _tag: 'Mean'
  readonly weight: number | Tensor
}

/** What a total says, whichever batches went into it. */
export interface MadeOfTotal {
  readonly _tag: 'Total'
  readonly monoid: { readonly empty: unknown; readonly concat: (a: never, b: never) => unknown }
  readonly result: (total: never) => Tensor
  /** Counted when asked for, so that the plain function costs what it did. */
  readonly total: () => unknown
  /** Whether the total says exactly what the plain function says of all batches together. */
  readonly isExact: boolean
}

export type MadeOf = MadeOfMean | MadeOfTotal

// By the tensor itself, as long as that lives; `pipe(mean, np.multiply(2))` is another number, of which nothing is known.
const remembered = new WeakMap<Tensor, MadeOf>()

/**
 * The same tensor, of which is now known what it is made of: how a metric of one's own adds up over the batches of `fit` and `evaluate`.
 * @example
 * const peak = (x: Tensor) => withMadeOf(np.max(x), {
 *   _tag: 'Total',
 *   monoid: { empty: np.array(-Infinity), concat: (a: Tensor, b: Tensor) => np.maximum(a, b) },
 *   result: (total: Tensor) => total,
 *   total: () => np.max(x),
 *   isExact: true,
 * })
 * madeOf(peak(np.array([1, 5, 2])))?._tag // 'Total'
 */
export const withMadeOf = (value: Tensor, madeOf: MadeOf): Tensor => {
  remembered.set(value, madeOf)
  return value
}

/**
 * What a number over a batch is made of, if the function of `losses` or `metrics` that gave it said so.
 * @param value what that function gave, itself: nothing is known of what is computed from it
 * @example
 * const masked = losses.reduction(np.array([1, 3]), 'mean', { where: np.array([true, false]) })
 * const parts = madeOf(masked)
 * parts?._tag === 'Mean' && np.asarray(parts.weight).item() // 1
 */
export const madeOf = (value: Tensor): MadeOf | undefined => remembered.get(value)
