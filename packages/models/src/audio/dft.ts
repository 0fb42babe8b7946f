/** The discrete Fourier transform of real signals as a matrix, so that it has every derivative that a product has. */
import { np, type Tensor } from '@puregrad/core'

type Real = 'float32' | 'float64'

/** cos 2πi/size and sin 2πi/size for every i, exact at quarters of a turn. */
const waves = (size: number): readonly [cosines: Float64Array, sines: Float64Array] => {
  const wave = (at: (angle: number) => number, quarters: readonly number[]): Float64Array =>
    Float64Array.from({ length: size }, (_, i) =>
      (4 * i) % size === 0 ? (quarters[(4 * i) / size] as number) : at((2 * Math.PI * i) / size),
    )
  return [wave(Math.cos, [1, 0, -1, 0]), wave(Math.sin, [0, 1, 0, -1])]
}

/** How many bins a real signal of so many samples has; one-sided ones leave those out that mirror others. */
export const binsOf = (size: number, onesided: boolean): number => (onesided ? Math.floor(size / 2) + 1 : size)

/** [size, 2 · bins]: a frame times this is the real parts of its bins, then the imaginary ones. */
export const dftMatrix = (size: number, onesided: boolean, dtype: Real): Tensor => {
  const bins = binsOf(size, onesided)
  const [cosines, sines] = waves(size)
  const matrix = new Float64Array(size * 2 * bins)
  for (let n = 0; n < size; n++)
    for (let k = 0; k < bins; k++) {
      // Modulo a turn, so that large products lose no digits.
      const turn = (n * k) % size
      matrix[n * 2 * bins + k] = cosines[turn] as number
      matrix[n * 2 * bins + bins + k] = -(sines[turn] as number)
    }
  return np.array(matrix, { dtype }).reshape([size, 2 * bins])
}

/** [2 · bins, size]: real and imaginary parts times this are the frame. One-sided bins count for those that mirror them. */
export const inverseDftMatrix = (size: number, onesided: boolean, dtype: Real): Tensor => {
  const bins = binsOf(size, onesided)
  const [cosines, sines] = waves(size)
  const matrix = new Float64Array(2 * bins * size)
  for (let k = 0; k < bins; k++) {
    const weight = (onesided && k > 0 && 2 * k !== size ? 2 : 1) / size
    for (let n = 0; n < size; n++) {
      const turn = (n * k) % size
      matrix[k * size + n] = weight * (cosines[turn] as number)
      matrix[(bins + k) * size + n] = -weight * (sines[turn] as number)
    }
  }
  return np.array(matrix, { dtype }).reshape([2 * bins, size])
}
