/** Mel-frequency cepstral coefficients, and how features change over time. */
import { np, operation, RangeError, ShapeError, type Tensor } from '@puregrad/core'
import { checkCounts, floating, padLast } from './check-sound.js'
import { frame } from './frames.js'
import { type MelOptions, melNames, melSpectrogram } from './mel.js'
import { powerToDb } from './spectrogram.js'

/**
 * The orthonormal cosine transform, DCT-II, along the last axis: yₖ = √(2/N) Σ xₙ cos(πk(2n + 1) / 2N), y₀ divided by √2.
 * @param x [… N]  @param count how many coefficients, the first ones: N unless said  @returns [… count]
 * @throws RangeError unless count is a whole number from 1 to N
 * @example audio.dct(np.array([1, 1, 1, 1])) // [2, 0, 0, 0]
 */
export const dct = operation('audio.dct', {}, (x: Tensor, count?: number): Tensor => {
  const values = floating(x)
  const size = values.shape.at(-1) ?? 0
  const kept = count ?? size
  if (!(Number.isInteger(kept) && kept >= 1 && kept <= size))
    throw new RangeError(
      `audio.dct: count is ${kept}, and has to be a whole number from 1 to the ${size} of [${x.shape}].`,
    )
  const matrix = Float64Array.from({ length: size * kept }, (_, i) => {
    const [n, k] = [Math.floor(i / kept), i % kept]
    return Math.sqrt((k === 0 ? 1 : 2) / size) * Math.cos((Math.PI * k * (2 * n + 1)) / (2 * size))
  })
  return np.matmul(values, np.array(matrix, { dtype: values.dtype }).reshape([size, kept]))
})

export interface MfccOptions extends MelOptions {
  /** How many coefficients: 20 unless said. */
  readonly count?: number
  /** L of the liftering 1 + L/2 · sin(πn / L), n = 1, 2, …, which lifts high coefficients up: 0, none, unless said. */
  readonly lifter?: number
  /** How far the least of the mel spectrogram may be below its largest, in decibels, or null: 80 unless said. */
  readonly topDb?: number | null
}

/**
 * Mel-frequency cepstral coefficients, the cosine transform of the mel spectrogram in decibels: librosa.feature.mfcc transposed.
 * @param x [… time]  @param frameLength samples of a frame  @returns [… frames, count]
 * @throws RangeError for a count above the number of bands, or a negative lifter; what `audio.melSpectrogram` throws
 * @example audio.mfcc(np.sin(np.arange(800)), 256, { sampleRate: 8000, hop: 80, mels: 20, count: 13 }).shape // [11, 13]
 */
export const mfcc = operation(
  'audio.mfcc',
  { at: 2, names: [...melNames, 'count', 'lifter', 'topDb'] },
  (x: Tensor, frameLength: number, options: MfccOptions): Tensor => {
    const { count = 20, lifter = 0, topDb = 80, ...mel } = options
    if (!(lifter >= 0)) throw new RangeError(`audio.mfcc: lifter is ${lifter}, and has to be ≥ 0.`)
    const coefficients = dct(powerToDb(melSpectrogram(x, frameLength, mel), { topDb }), count)
    if (lifter === 0) return coefficients
    const lifts = Array.from({ length: count }, (_, n) => 1 + (lifter / 2) * Math.sin((Math.PI * (n + 1)) / lifter))
    return coefficients.mul(np.array(lifts, { dtype: coefficients.dtype }))
  },
)

export interface DeltaOptions {
  /** Over how many frames, an odd number: 9 unless said. */
  readonly width?: number
}

/**
 * How features change from frame to frame, the slope of a line through `width` frames: Σ n (xₜ₊ₙ − xₜ₋ₙ) / 2 Σ n², with the first and
 * last frames repeated beyond the ends (HTK; librosa.feature.delta with mode 'nearest'). Twice is acceleration.
 * @param x [… frames, features]  @returns the same shape
 * @throws RangeError unless width is an odd number from 3 up; ShapeError for less than two axes
 * @example audio.deltas(np.array([[0], [1], [2], [3], [4]]), { width: 3 }).reshape([-1]) // [0.5, 1, 1, 1, 0.5]
 */
export const deltas = operation(
  'audio.deltas',
  { at: 1, names: ['width'] },
  (x: Tensor, { width = 9 }: DeltaOptions = {}): Tensor => {
    if (!(Number.isInteger(width) && width >= 3 && width % 2 === 1))
      throw new RangeError(`audio.deltas: width is ${width}, and has to be an odd number from 3 up.`)
    if (x.ndim < 2) throw new ShapeError(`audio.deltas: x is [${x.shape}], and has to be [… frames, features].`)
    const half = (width - 1) / 2
    checkCounts('audio.deltas', { 'the number of frames': x.shape.at(-2) as number })
    const padded = padLast(np.swapaxes(floating(x), -1, -2), half, half, 'edge')
    const squares = (half * (half + 1) * width) / 3
    const slopes = np.arange(-half, half + 1, 1, { dtype: padded.dtype }).div(squares)
    return np.swapaxes(np.matmul(frame(padded, width, 1), slopes), -1, -2)
  },
)
