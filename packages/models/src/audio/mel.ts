/** Frequencies as ears space them, and spectra in bands of equal width there. */
import { ArgumentError, np, operation, RangeError, type Tensor } from '@puregrad/core'
import { checkCounts } from './check-sound.js'
import { type SpectrogramOptions, spectrogram } from './spectrogram.js'
import { stftNames } from './stft.js'

/** 'slaney', linear below 1000 Hz and logarithmic above (Slaney 1998), or 'htk', 2595 log₁₀(1 + f / 700) (O'Shaughnessy 1987). */
export type MelScale = 'slaney' | 'htk'

export interface MelScaleOptions {
  /** 'slaney' unless said. */
  readonly scale?: MelScale
}

// Slaney, Auditory Toolbox 2: 3 mels for 200 Hz up to 1000 Hz, then 27 mels for a factor of 6.4.
const [linear, corner, logarithmic] = [200 / 3, 1000, Math.log(6.4) / 27]

const checkScale = (name: string, scale: MelScale): void => {
  if (scale !== 'slaney' && scale !== 'htk')
    throw new ArgumentError(`${name}: scale is '${scale}', and has to be 'slaney' or 'htk'.`)
}

const toMel = (hz: number, scale: MelScale): number =>
  scale === 'htk'
    ? 2595 * Math.log10(1 + hz / 700)
    : hz < corner
      ? hz / linear
      : corner / linear + Math.log(hz / corner) / logarithmic

const toHz = (mel: number, scale: MelScale): number =>
  scale === 'htk'
    ? 700 * (10 ** (mel / 2595) - 1)
    : mel < corner / linear
      ? mel * linear
      : corner * Math.exp(logarithmic * (mel - corner / linear))

/**
 * The mels of a frequency.
 * @example audio.hzToMel(1000) // 15
 * @example audio.hzToMel(700, { scale: 'htk' }) // 781.1728387
 */
export const hzToMel = operation(
  'audio.hzToMel',
  { at: 1, names: ['scale'] },
  (hz: number, { scale = 'slaney' }: MelScaleOptions = {}): number => {
    checkScale('audio.hzToMel', scale)
    return toMel(hz, scale)
  },
)

/**
 * The frequency of mels.
 * @example audio.melToHz(15) // 1000
 */
export const melToHz = operation(
  'audio.melToHz',
  { at: 1, names: ['scale'] },
  (mel: number, { scale = 'slaney' }: MelScaleOptions = {}): number => {
    checkScale('audio.melToHz', scale)
    return toHz(mel, scale)
  },
)

export interface MelFilterOptions extends MelScaleOptions {
  /** Samples a second. */
  readonly sampleRate: number
  /** How many bands: 128 unless said. */
  readonly mels?: number
  /** Where the first begins, in Hz: 0 unless said. */
  readonly lowest?: number
  /** Where the last ends, in Hz: half of the sample rate unless said. */
  readonly highest?: number
  /** 'slaney' divides each band by its width, so that all have one area; null leaves their peaks at 1. 'slaney' unless said. */
  readonly norm?: 'slaney' | null
  /** 'float32' unless said. */
  readonly dtype?: 'float32' | 'float64'
}

const filterNames = ['sampleRate', 'mels', 'lowest', 'highest', 'norm', 'scale'] as const

/**
 * Triangular bands that are equally wide in mels: what a one-sided spectrogram is multiplied by, librosa.filters.mel transposed. A
 * band that lies between two bins is all zeros: take longer frames then, or fewer bands.
 * @param frameLength samples of a frame  @returns [⌊frameLength / 2⌋ + 1, mels]
 * @throws RangeError for counts that are no whole numbers from 1 up, and frequencies that are not 0 ≤ lowest < highest; ArgumentError for
 * another scale or norm
 * @example audio.melFilters(512, { sampleRate: 8000, mels: 40 }).shape // [257, 40]
 */
export const melFilters = operation(
  'audio.melFilters',
  { at: 1, names: [...filterNames, 'dtype'] },
  (frameLength: number, options: MelFilterOptions): Tensor => {
    const { sampleRate, mels = 128, lowest = 0, scale = 'slaney', norm = 'slaney', dtype = 'float32' } = options
    const { highest = sampleRate / 2 } = options
    checkScale('audio.melFilters', scale)
    checkCounts('audio.melFilters', { frameLength, mels })
    if (norm !== 'slaney' && norm !== null)
      throw new ArgumentError(`audio.melFilters: norm is '${norm}', and has to be 'slaney' or null.`)
    if (!(sampleRate > 0 && lowest >= 0 && highest > lowest))
      throw new RangeError(
        `audio.melFilters: frequencies from ${lowest} to ${highest} Hz at ${sampleRate} samples a second have to be 0 ≤ lowest < highest.`,
      )
    const [from, to] = [toMel(lowest, scale), toMel(highest, scale)]
    const corners = Array.from({ length: mels + 2 }, (_, i) => toHz(from + ((to - from) * i) / (mels + 1), scale))
    const bins = Math.floor(frameLength / 2) + 1
    const filters = new Float64Array(bins * mels)
    for (let m = 0; m < mels; m++) {
      const [low, middle, high] = corners.slice(m, m + 3) as [number, number, number]
      const area = norm === null ? 1 : 2 / (high - low)
      for (let k = 0; k < bins; k++) {
        const hz = (k * sampleRate) / frameLength
        filters[k * mels + m] = area * Math.max(0, Math.min((hz - low) / (middle - low), (high - hz) / (high - middle)))
      }
    }
    return np.array(filters, { dtype }).reshape([bins, mels])
  },
)

export interface MelOptions
  extends Omit<SpectrogramOptions, 'onesided'>,
    Omit<MelFilterOptions, 'dtype' | 'sampleRate'> {
  /** Samples a second. */
  readonly sampleRate: number
}

export const melNames = [...stftNames.filter((name) => name !== 'onesided'), 'power', ...filterNames] as const

/**
 * A spectrogram in bands of equal width in mels: librosa.feature.melspectrogram transposed.
 * @param x [… time]  @param frameLength samples of a frame  @returns [… frames, mels]
 * @throws what `audio.spectrogram` and `audio.melFilters` throw
 * @example audio.melSpectrogram(np.ones([800]), 256, { sampleRate: 8000, hop: 80, mels: 20 }).shape // [11, 20]
 */
export const melSpectrogram = operation(
  'audio.melSpectrogram',
  { at: 2, names: melNames },
  (x: Tensor, frameLength: number, options: MelOptions): Tensor => {
    const { sampleRate, mels = 128, lowest = 0, highest = sampleRate / 2, norm = 'slaney', ...others } = options
    const { scale = 'slaney', ...spectral } = others
    const power = spectrogram(x, frameLength, spectral)
    const dtype = power.dtype as 'float32' | 'float64'
    return np.matmul(power, melFilters(frameLength, { sampleRate, mels, lowest, highest, norm, scale, dtype }))
  },
)
