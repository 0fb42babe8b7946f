/** Windows that taper frames, in the form that spectra want: one period, whose next point would be the first again. */
import { ArgumentError, np, operation, ShapeError, Tensor } from '@puregrad/core'
import { checkCounts } from './check-sound.js'

/** Σ (−1)ᵏ aₖ cos(2πkn / size), by their aₖ (Harris 1978; Nuttall 1981 for the last one). */
const cosines = {
  rectangular: [1],
  hann: [0.5, 0.5],
  hamming: [0.54, 0.46],
  blackman: [0.42, 0.5, 0.08],
  nuttall: [0.3635819, 0.4891775, 0.1365995, 0.0106411],
} as const

/** Windows by their names. */
export type WindowName = keyof typeof cosines

export interface WindowOptions {
  /** Whether it is one period, as spectra want it, or symmetric, as filters do: true unless said. */
  readonly periodic?: boolean
  /** 'float32' unless said. */
  readonly dtype?: 'float32' | 'float64'
}

/** The points of a window. @throws ArgumentError for a name that is none */
export const windowPoints = (operation: string, name: WindowName, size: number, periodic = true): Float64Array => {
  const parts: readonly number[] | undefined = Object.hasOwn(cosines, name) ? cosines[name] : undefined
  if (parts === undefined)
    throw new ArgumentError(`${operation}: there is no window '${name}'. They are ${Object.keys(cosines).join(', ')}.`)
  checkCounts(operation, { 'the size of the window': size })
  const period = periodic ? size : size - 1
  return Float64Array.from({ length: size }, (_, n) =>
    size === 1 ? 1 : parts.reduce((sum, a, k) => sum + (-1) ** k * a * Math.cos((2 * Math.PI * k * n) / period), 0),
  )
}

/**
 * A window of `size` points: 'rectangular', 'hann', 'hamming', 'blackman' or 'nuttall'.
 * @throws RangeError unless size is a whole number from 1 up; ArgumentError for another name
 * @example audio.window('hann', 4).toArray() // [0, 0.5, 1, 0.5]
 * @example audio.window('hann', 5, { periodic: false }).toArray() // [0, 0.5, 1, 0.5, 0]
 */
export const window = operation(
  'audio.window',
  { at: 2, names: ['periodic', 'dtype'] },
  (name: WindowName, size: number, { periodic = true, dtype = 'float32' }: WindowOptions = {}): Tensor =>
    np.array(windowPoints('audio.window', name, size, periodic), { dtype }),
)

/** A window by its name or its points as large as a frame: a shorter one has zeros on both sides. */
export const windowOf = (
  operation: string,
  given: WindowName | Tensor,
  length: number,
  frame: number,
  dtype: 'float32' | 'float64',
): Tensor => {
  const points =
    given instanceof Tensor ? given.astype(dtype) : np.array(windowPoints(operation, given, length), { dtype })
  if (points.ndim !== 1 || points.shape[0] !== length || length > frame)
    throw new ShapeError(
      `${operation}: the window is [${points.shape}] and windowLength ${length}; both have to be one number of points, ${frame} of a frame or less.`,
    )
  const before = Math.floor((frame - length) / 2)
  return np.pad(points, [before, frame - length - before])
}
