/** Sound from how strong its frequencies are, whose phases nobody kept. */
import { foriLoop, np, operation, RangeError, random, ShapeError, type Tensor } from '@puregrad/core'
import { floating } from './check-sound.js'
import { type FrameOptions, istft, type Spectrum, stft, stftNames } from './stft.js'

export interface GriffinLimOptions extends Omit<FrameOptions, 'onesided' | 'normalized'> {
  /** For the phases that it begins with: 0 everywhere unless said. */
  readonly key?: Tensor
  /** 32 unless said. */
  readonly iterations?: number
  /** How far each step goes beyond, from 0, the original method, to below 1: 0.99 unless said (Perraudin et al. 2013). */
  readonly momentum?: number
  /** How many samples come out: as many as the frames cover unless said. */
  readonly length?: number
  /** What centred frames find beyond the ends: 'reflect' unless said. */
  readonly padding?: 'reflect' | 'constant' | 'edge'
}

/** Magnitudes with the phases of a spectrum. */
const withPhases = (magnitudes: Tensor, { real, imag }: Spectrum): Spectrum => {
  const squares = np.square(real).add(np.square(imag))
  const there = squares.gt(0)
  const scale = magnitudes.div(np.sqrt(np.where(there, squares, 1)))
  return { real: np.where(there, real.mul(scale), magnitudes), imag: np.where(there, imag.mul(scale), 0) }
}

/**
 * A sound whose spectrogram is near a given one: time and again the transform of the sound so far gives phases, and the sound nearest
 * to them and the given magnitudes is next (Griffin & Lim 1984). With `momentum: 0` no step makes it worse.
 * @param magnitudes [… frames, bins], as `audio.spectrogram` with `power: 1` gives  @param frameLength samples of a frame
 * @returns [… time]
 * @throws RangeError for a momentum outside 0 … 1 or iterations that are no whole number from 0 up; ShapeError and what `audio.istft` throws
 * @example
 * const tone = np.sin(np.arange(256).mul(0.3))
 * const strengths = audio.spectrogram(tone, 64, { hop: 16, power: 1 })
 * const again = audio.griffinLim(strengths, 64, { hop: 16, key: random.key(0) })
 * const found = audio.spectrogram(again, 64, { hop: 16, power: 1 })
 * np.linalg.norm(found.sub(strengths)).item() < 0.2 * np.linalg.norm(strengths).item() // true
 */
export const griffinLim = operation(
  'audio.griffinLim',
  {
    at: 2,
    names: [
      ...stftNames.filter((name) => name !== 'onesided' && name !== 'normalized'),
      'key',
      'iterations',
      'momentum',
      'length',
    ],
  },
  (magnitudes: Tensor, frameLength: number, options: GriffinLimOptions = {}): Tensor => {
    const { key, iterations = 32, momentum = 0.99, length, padding = 'reflect', ...frames } = options
    if (!(momentum >= 0 && momentum < 1))
      throw new RangeError(`audio.griffinLim: momentum is ${momentum}, and has to be from 0 to below 1.`)
    if (!(Number.isInteger(iterations) && iterations >= 0))
      throw new RangeError(`audio.griffinLim: iterations is ${iterations}, and has to be a whole number ≥ 0.`)
    if (magnitudes.ndim < 2)
      throw new ShapeError(`audio.griffinLim: magnitudes are [${magnitudes.shape}], and have to be [… frames, bins].`)
    const given = floating(magnitudes)
    const angles =
      key === undefined
        ? np.zerosLike(given)
        : random.uniform(key, given.shape, { minval: -Math.PI, maxval: Math.PI, dtype: given.dtype as 'float32' })
    const begun: Spectrum = { real: given.mul(np.cos(angles)), imag: given.mul(np.sin(angles)) }
    const soundOf = (spectrum: Spectrum): Tensor => istft(spectrum, frameLength, frames)
    const spectrumOf = (sound: Tensor): Spectrum => stft(sound, frameLength, { ...frames, padding })
    const beyond = (found: Tensor, before: Tensor): Tensor => found.add(found.sub(before).mul(momentum))
    interface Carry {
      readonly spectrum: Spectrum
      readonly before: Spectrum
    }
    const { spectrum } = foriLoop(
      0,
      iterations,
      (_: Tensor, { spectrum, before }: Carry): Carry => {
        const found = spectrumOf(soundOf(spectrum))
        const further = { real: beyond(found.real, before.real), imag: beyond(found.imag, before.imag) }
        return { spectrum: withPhases(given, further), before: found }
      },
      { spectrum: begun, before: begun },
    )
    return istft(spectrum, frameLength, length === undefined ? frames : { ...frames, length })
  },
)
