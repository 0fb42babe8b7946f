/** How strong each frequency is at each time, and the same in decibels. */
import { np, operation, RangeError, type Tensor } from '@puregrad/core'
import { floating } from './check-sound.js'
import { type Spectrum, type StftOptions, stft, stftNames } from './stft.js'

export interface SpectrogramOptions extends StftOptions {
  /** 1 for magnitudes, 2 for power, or any other positive exponent of magnitudes: 2 unless said. */
  readonly power?: number
}

/** |spectrum| to a power, whose derivative is 0 where there is nothing. */
export const strength = ({ real, imag }: Spectrum, power: number): Tensor => {
  const squares = np.square(real).add(np.square(imag))
  if (power === 2) return squares
  const there = squares.gt(0)
  return np.where(there, np.power(np.where(there, squares, 1), power / 2), 0)
}

/**
 * |stft|^power, [… time] to [… frames, bins].
 * @param x [… time]  @param frameLength samples of a frame
 * @throws RangeError unless power is positive; what `audio.stft` throws
 * @example audio.spectrogram(np.ones([32]), 8, { hop: 4 }).shape // [9, 5]
 */
export const spectrogram = operation(
  'audio.spectrogram',
  { at: 2, names: [...stftNames, 'power'] },
  (x: Tensor, frameLength: number, { power = 2, ...options }: SpectrogramOptions = {}): Tensor => {
    if (!(power > 0)) throw new RangeError(`audio.spectrogram: power is ${power}, and has to be positive.`)
    return strength(stft(x, frameLength, options), power)
  },
)

export interface DecibelOptions {
  /** What 0 dB is: a number, or 'max' for the largest of all; 1 unless said. */
  readonly ref?: number | 'max'
  /** The least that counts: 1e-10 unless said, of amplitudes 1e-5. */
  readonly amin?: number
  /** How far the least may be below the largest of a spectrogram, its last two axes, or null: 80 unless said. */
  readonly topDb?: number | null
}

const decibels = (name: string, x: Tensor, { ref = 1, amin = 1e-10, topDb = 80 }: DecibelOptions): Tensor => {
  if (!(amin > 0)) throw new RangeError(`${name}: amin is ${amin}, and has to be positive.`)
  if (topDb !== null && !(topDb >= 0)) throw new RangeError(`${name}: topDb is ${topDb}, and has to be ≥ 0, or null.`)
  const logs = (y: Tensor): Tensor => np.log(np.maximum(y, amin)).mul(10 / Math.LN10)
  const zero = ref === 'max' ? logs(np.max(x)) : 10 * Math.log10(Math.max(amin, Math.abs(ref)))
  const all = logs(x).sub(zero)
  if (topDb === null) return all
  const axes = [...all.shape.keys()].slice(-2)
  return np.maximum(all, np.max(all, { axis: axes, keepdims: true }).sub(topDb))
}

/**
 * Power in decibels, 10 · log₁₀(x / ref): librosa.power_to_db.
 * @throws RangeError unless amin is positive and topDb ≥ 0 or null
 * @example audio.powerToDb(np.array([1, 10, 1e-12])).toArray() // [0, 10, -70]
 */
export const powerToDb = operation(
  'audio.powerToDb',
  { at: 1, names: ['ref', 'amin', 'topDb'] },
  (x: Tensor, options: DecibelOptions = {}): Tensor => decibels('audio.powerToDb', floating(x), options),
)

/**
 * Amplitudes in decibels, 20 · log₁₀(x / ref): librosa.amplitude_to_db.
 * @throws RangeError unless amin is positive and topDb ≥ 0 or null
 * @example audio.amplitudeToDb(np.array([1, 10])).toArray() // [0, 20]
 */
export const amplitudeToDb = operation(
  'audio.amplitudeToDb',
  { at: 1, names: ['ref', 'amin', 'topDb'] },
  (x: Tensor, { ref = 1, amin = 1e-5, topDb = 80 }: DecibelOptions = {}): Tensor => {
    if (!(amin > 0)) throw new RangeError(`audio.amplitudeToDb: amin is ${amin}, and has to be positive.`)
    const squared = { ref: ref === 'max' ? ref : ref * ref, amin: amin * amin, topDb }
    return decibels('audio.amplitudeToDb', np.square(floating(x)), squared)
  },
)

/**
 * Power of decibels: ref · 10^(x / 10).
 * @example audio.dbToPower(np.array([0, 10])).toArray() // [1, 10]
 */
export const dbToPower = operation(
  'audio.dbToPower',
  { at: 1, names: ['ref'] },
  (x: Tensor, { ref = 1 }: { readonly ref?: number } = {}): Tensor => np.exp(floating(x).mul(Math.LN10 / 10)).mul(ref),
)
