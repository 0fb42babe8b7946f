/** Sound at another number of samples a second. */
import { np, operation, RangeError, type Tensor } from '@puregrad/core'
import { alongLast, checkCounts, padLast, soundOf } from './check-sound.js'
import { frame } from './frames.js'

export interface ResampleOptions {
  /** Zero crossings of the filter on each side: more of them are sharper. 6 unless said, as in torchaudio. */
  readonly width?: number
  /** Where the filter ends, as a part of half the lower rate: 0.99 unless said. */
  readonly rolloff?: number
}

const divisor = (a: number, b: number): number => (b === 0 ? a : divisor(b, a % b))

/**
 * Sound of one sample rate at another, by a sinc filter under a Hann window (Smith, Digital Audio Resampling), as
 * torchaudio.functional.resample: every output sample is a product of the samples around it, so it is differentiable. What is above
 * half of the lower rate is filtered away.
 * @param x [… time]  @param from samples a second, a whole number  @param to those of the result  @returns [… ⌈time · to / from⌉]
 * @throws RangeError for rates or a width that are no whole numbers from 1 up, or a rolloff outside 0 … 1; ShapeError for no samples
 * @example audio.resample(np.ones([800]), 8000, 16000).shape // [1600]
 */
export const resample = operation(
  'audio.resample',
  { at: 3, names: ['width', 'rolloff'] },
  (x: Tensor, from: number, to: number, { width = 6, rolloff = 0.99 }: ResampleOptions = {}): Tensor => {
    checkCounts('audio.resample', { from, to, width })
    if (!(rolloff > 0 && rolloff <= 1))
      throw new RangeError(`audio.resample: rolloff is ${rolloff}, and has to be above 0 and at most 1.`)
    const sound = soundOf('audio.resample', x)
    const common = divisor(from, to)
    const [before, after] = [from / common, to / common]
    if (before === after) return sound
    const base = Math.min(before, after) * rolloff
    const reach = Math.ceil((width * before) / base)
    const length = 2 * reach + before
    // One filter for each of the phases that output samples have between input samples.
    const filters = Float64Array.from({ length: length * after }, (_, i) => {
      const [n, phase] = [Math.floor(i / after), i % after]
      const t = Math.max(-width, Math.min(width, ((n - reach) / before - phase / after) * base))
      const hann = Math.cos((t * Math.PI) / width / 2) ** 2
      return (t === 0 ? 1 : Math.sin(Math.PI * t) / (Math.PI * t)) * hann * (base / before)
    })
    const time = sound.shape.at(-1) as number
    const frames = frame(padLast(sound, reach, reach + before, 'constant'), length, before)
    const phases = np.matmul(frames, np.array(filters, { dtype: sound.dtype }).reshape([length, after]))
    const all = phases.reshape([...sound.shape.slice(0, -1), -1])
    return alongLast(all, 0, Math.ceil((time * after) / before))
  },
)
