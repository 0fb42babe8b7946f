/** Sizes of images that are made by doubling, and told apart by halving. */
import { RangeError } from '@puregrad/core'

/** Images of `size` pixels a side are `base`, from 4 to 7, doubled `doublings` times. */
export interface Doubling {
  readonly base: number
  readonly doublings: number
}

/** @throws RangeError unless the size is 4, 5, 6 or 7 times a power of two from 2 up */
export const doublingOf = (name: string, size: number): Doubling => {
  let [base, doublings] = [size, 0]
  while (base >= 8 && base % 2 === 0) [base, doublings] = [base / 2, doublings + 1]
  if (Number.isInteger(base) && base >= 4 && base < 8 && doublings > 0) return { base, doublings }
  const sizes = [4, 5, 6, 7].flatMap((from) => Array.from({ length: 8 }, (_, i) => from * 2 ** (i + 1)))
  const near = sizes.sort((a, b) => Math.abs(a - size) - Math.abs(b - size) || a - b)[0]
  throw new RangeError(
    `${name}: images of ${size} pixels a side are no 4 to 7 pixels doubled a few times. Crop, pad or resize them to ${near ?? 32}.`,
  )
}

/** @throws RangeError for what is no whole number from 1 up */
export const checkCounts = (name: string, counts: Readonly<Record<string, number>>): void => {
  for (const [option, n] of Object.entries(counts)) {
    if (!Number.isInteger(n) || n < 1)
      throw new RangeError(`${name}: ${option} is ${n}, and has to be a whole number from 1 up.`)
  }
}
