/** Options that count something. */
import { RangeError } from '@puregrad/core'

/** @throws RangeError unless all are whole numbers ≥ 1 */
export const checkSizes = (name: string, sizes: Readonly<Record<string, number>>): void => {
  for (const [size, n] of Object.entries(sizes))
    if (!Number.isInteger(n) || n < 1)
      throw new RangeError(`${name}: ${size} is ${n}, and has to be a whole number from 1 up.`)
}
