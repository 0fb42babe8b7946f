/** What functions of sound take: floats whose last axis is time, and counts. */
import { np, RangeError, ShapeError, type Tensor } from '@puregrad/core'

/** Floats as they are, other numbers as float32. */
export const floating = (x: Tensor): Tensor =>
  x.dtype === 'float32' || x.dtype === 'float64' ? x : x.astype('float32')

/** The sound as floats. @throws ShapeError unless it has an axis of time, and as many samples on it */
export const soundOf = (name: string, x: Tensor, least = 1): Tensor => {
  const time = x.shape.at(-1)
  if (time === undefined || time < least)
    throw new ShapeError(
      `${name}: the sound is ${x.dtype}[${x.shape}], and has to be [… time] of ${least} samples or more. Pad it, or take shorter frames.`,
    )
  return floating(x)
}

/** @throws RangeError unless all are whole numbers from 1 up */
export const checkCounts = (name: string, counts: Readonly<Record<string, number>>): void => {
  for (const [what, n] of Object.entries(counts))
    if (!Number.isInteger(n) || n < 1)
      throw new RangeError(`${name}: ${what} is ${n}, and has to be a whole number from 1 up.`)
}

/** x with widths put before and after along its last axis alone. */
export const padLast = (x: Tensor, before: number, after: number, mode: 'constant' | 'edge' | 'reflect'): Tensor =>
  np.pad(
    x,
    x.shape.map((_, axis) => (axis === x.ndim - 1 ? ([before, after] as const) : ([0, 0] as const))),
    { mode },
  )

/** The numbers of the last axis from start up to stop. */
export const alongLast = (x: Tensor, start: number, stop: number): Tensor => x.slice('...', { start, stop })
