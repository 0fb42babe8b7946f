/** Options that are drawn from a range. */
import { RangeError, random, type Tensor } from '@puregrad/core'

/** From the least to the largest. */
export type Range = readonly [least: number, largest: number]

/** @throws RangeError unless it is a range of finite numbers from `least` to `largest` */
export const checkRange = (
  name: string,
  option: string,
  range: Range,
  least = Number.NEGATIVE_INFINITY,
  largest = Number.POSITIVE_INFINITY,
): Range => {
  const fits =
    Array.isArray(range) && range.length === 2 && range.every((n) => Number.isFinite(n) && n >= least && n <= largest)
  if (fits && range[0] <= range[1]) return range
  const limits = Number.isFinite(largest)
    ? ` between ${least} and ${largest}`
    : Number.isFinite(least)
      ? ` from ${least} up`
      : ''
  throw new RangeError(
    `${name}: ${option} is [${range}], and has to be a range [least, largest] of numbers${limits}, or one number for both sides.`,
  )
}

/** A number evenly from a range; of a range of one it is that one. */
export const drawn = (key: Tensor, [least, largest]: Range): Tensor =>
  random.uniform(key, [], { minval: least, maxval: largest })
