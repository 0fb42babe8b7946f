/** The short-time Fourier transform and its inverse, as products with the matrix of a windowed Fourier transform. */
import { ArgumentError, np, operation, RangeError, ShapeError, type Tensor } from '@puregrad/core'
import { alongLast, checkCounts, floating, padLast, soundOf } from './check-sound.js'
import { binsOf, dftMatrix, inverseDftMatrix } from './dft.js'
import { frame, overlapAdd } from './frames.js'
import { type WindowName, windowOf, windowPoints } from './windows.js'

export interface FrameOptions {
  /** Samples from frame to frame: a quarter of a frame unless said. */
  readonly hop?: number
  /** By its name, or its points [windowLength]: 'hann' unless said. */
  readonly window?: WindowName | Tensor
  /** How many points the window has; a shorter one lies in the middle of the frame. As many as the frame unless said. */
  readonly windowLength?: number
  /** Whether the first frame has the first sample in its middle, half of it being padding: true unless said. */
  readonly center?: boolean
  /** Whether bins that mirror others are left out: true unless said. */
  readonly onesided?: boolean
  /** Whether bins are divided by √frame: false unless said. */
  readonly normalized?: boolean
}

export interface StftOptions extends FrameOptions {
  /** What centred frames find beyond the ends: 'reflect' unless said. */
  readonly padding?: 'reflect' | 'constant' | 'edge'
}

export interface IstftOptions extends FrameOptions {
  /** How many samples come out, cut off or zeros behind: what the frames cover unless said. */
  readonly length?: number
}

/** A spectrum in its two parts, [… frames, bins] each. */
export interface Spectrum {
  readonly real: Tensor
  readonly imag: Tensor
}

const frameNames = ['hop', 'window', 'windowLength', 'center', 'onesided', 'normalized'] as const
export const stftNames = [...frameNames, 'padding'] as const

/** Everything said, with what stands for what was not. @throws RangeError for counts that are none */
const settled = (name: string, frameLength: number, options: FrameOptions) => {
  const { hop = Math.max(1, Math.floor(frameLength / 4)), window = 'hann', windowLength = frameLength } = options
  const { center = true, onesided = true, normalized = false } = options
  checkCounts(name, { frameLength, hop, windowLength })
  return { hop, window, windowLength, center, onesided, normalized }
}

/**
 * The short-time Fourier transform: of each frame x·w the bins Σ xₙ wₙ exp(−2πi kn / frameLength). As torch.stft and librosa.stft, whose
 * result is this one's transpose; differentiable in sound and window.
 * @param x [… time]  @param frameLength samples of a frame
 * @returns { real, imag }, [… frames, bins] each, where bins is ⌊frameLength / 2⌋ + 1, or frameLength if not one-sided
 * @throws ShapeError for less than a frame, or a window that does not fit; RangeError for counts that are no whole numbers from 1 up
 * @example
 * const tone = np.cos(np.arange(64).mul(Math.PI / 4))
 * const { real, imag } = audio.stft(tone, 16, { hop: 8 })
 * real.shape // [9, 9]
 * np.argmax(np.hypot(real, imag), { axis: 1 }).slice({ start: 1, stop: 5 }).toArray() // [2, 2, 2, 2]
 */
export const stft = operation(
  'audio.stft',
  { at: 2, names: stftNames },
  (x: Tensor, frameLength: number, options: StftOptions = {}): Spectrum => {
    const { hop, window, windowLength, center, onesided, normalized } = settled('audio.stft', frameLength, options)
    const { padding = 'reflect' } = options
    if (!['reflect', 'constant', 'edge'].includes(padding))
      throw new ArgumentError(`audio.stft: padding is '${padding}', and has to be 'reflect', 'constant' or 'edge'.`)
    const half = center ? Math.floor(frameLength / 2) : 0
    const sound = soundOf('audio.stft', x, center ? (padding === 'reflect' ? half + 1 : 1) : frameLength)
    const dtype = sound.dtype as 'float32' | 'float64'
    const points = windowOf('audio.stft', window, windowLength, frameLength, dtype)
    const frames = frame(center ? padLast(sound, half, half, padding) : sound, frameLength, hop)
    const scaled = normalized ? points.div(Math.sqrt(frameLength)) : points
    const both = np.matmul(frames, dftMatrix(frameLength, onesided, dtype).mul(np.expandDims(scaled, 1)))
    const bins = binsOf(frameLength, onesided)
    return { real: alongLast(both, 0, bins), imag: alongLast(both, bins, 2 * bins) }
  },
)

/** Below this a sample is seen by no window: torch.istft refuses there. */
const unseen = 1e-11

/** What comes back of each sample: the squares of the windows that see it, [time]. */
const envelopeOf = (points: Tensor, frames: number, hop: number): Tensor =>
  overlapAdd(np.broadcastTo(np.square(points), [frames, points.shape[0] as number]), hop)

/** Whether there is a sample from start up to stop that none of so many windows of these points sees. */
const leavesOut = (
  points: Float64Array,
  [frame, frames, hop]: readonly [frame: number, frames: number, hop: number],
  [start, stop]: readonly [start: number, stop: number],
): boolean => {
  const before = Math.floor((frame - points.length) / 2)
  for (let n = start; n < stop; n++) {
    let sum = 0
    for (let i = Math.max(0, Math.ceil((n - frame + 1) / hop)); i < frames && i * hop <= n; i++)
      sum += (points[n - i * hop - before] ?? 0) ** 2
    if (!(sum > unseen)) return true
  }
  return false
}

/**
 * The sound of a short-time Fourier transform: frames windowed once more, added up, and divided by the sum of the windows' squares. What
 * `stft` made with the same options it undoes exactly, and of all spectra it finds the sound whose transform is nearest (Griffin & Lim
 * 1984).
 * @param spectrum { real, imag }, [… frames, bins] each  @param frameLength samples of a frame  @returns [… time]
 * @throws ShapeError for shapes that do not fit each other or the frame; ArgumentError where the windows leave samples out, as the outermost
 * ones of 'hann' without `center`, or any with hops that are too long; RangeError for counts that are no whole numbers from 1 up
 * @example
 * const sound = np.sin(np.arange(100))
 * const again = audio.istft(audio.stft(sound, 16), 16, { length: 100 })
 * np.allclose(again, sound, { atol: 1e-6 }) // true
 */
export const istft = operation(
  'audio.istft',
  { at: 2, names: [...frameNames, 'length'] },
  ({ real, imag }: Spectrum, frameLength: number, options: IstftOptions = {}): Tensor => {
    const { hop, window, windowLength, center, onesided, normalized } = settled('audio.istft', frameLength, options)
    const bins = binsOf(frameLength, onesided)
    const frames = real.shape.at(-2)
    if (frames === undefined || real.shape.at(-1) !== bins || String(real.shape) !== String(imag.shape))
      throw new ShapeError(
        `audio.istft: real [${real.shape}] and imag [${imag.shape}] have to be [… frames, ${bins}] both for frames of ${frameLength}. Give it the options of stft.`,
      )
    const both = floating(np.concatenate([real, imag], { axis: -1 }))
    const dtype = both.dtype as 'float32' | 'float64'
    const points = windowOf('audio.istft', window, windowLength, frameLength, dtype)
    const parts = np.matmul(both, inverseDftMatrix(frameLength, onesided, dtype))
    const scaled = normalized ? points.mul(Math.sqrt(frameLength)) : points
    const half = center ? Math.floor(frameLength / 2) : 0
    const covered = (frames - 1) * hop + frameLength
    const { length = covered - 2 * half } = options
    if (!Number.isInteger(length) || length < 0)
      throw new RangeError(`audio.istft: length is ${length}, and has to be a whole number ≥ 0.`)
    const stop = Math.min(half + length, covered)
    // A window that is given may be one that is learnt, whose numbers are not there yet.
    if (
      typeof window === 'string' &&
      leavesOut(windowPoints('audio.istft', window, windowLength), [frameLength, frames, hop], [half, stop])
    )
      throw new ArgumentError(
        `audio.istft: windows '${window}' of ${windowLength} points every ${hop} samples leave out some samples${center ? '' : ', such as the first'}, and what they were is lost. ` +
          `Take ${center ? 'shorter hops' : 'center: true in stft and here, or shorter hops'}.`,
      )
    const seen = alongLast(envelopeOf(points, frames, hop), half, stop)
    const sum = alongLast(overlapAdd(parts.mul(scaled), hop), half, stop)
    const sound = sum.div(np.where(seen.gt(unseen), seen, 1))
    return half + length > stop ? padLast(sound, 0, half + length - stop, 'constant') : sound
  },
)
