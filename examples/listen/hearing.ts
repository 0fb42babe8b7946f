/** What the network hears of a recording: a mel spectrogram, and in training others that might have been. */
import { jit, np, random, type Tensor } from '@puregrad/core'
import { audio } from '@puregrad/models'
import { type Layer, type Masked, stateless } from '@puregrad/nn'
import { data, type Examples } from '@puregrad/train/node'
import { right } from 'fp-ts/lib/Either.js'
import { type Recording, sampleRate } from '../speak/recording.js'

export const bands = 26
const [frameLength, hop] = [256, 80] // 32 ms every 10 ms
const quiet = 40 // decibels below the loudest: what is quieter is the room, and not the voice

/** Rates that a recording is read at as if it were of 8 kHz: faster and higher, or slower and lower. */
export const speeds: readonly number[] = [0.8, 0.9, 1, 1.1, 1.2]

/** Spectrograms by recording and speed, [frames · bands] each. */
export interface Heard {
  readonly digits: readonly number[]
  readonly spectra: readonly (readonly Float32Array[])[]
  /** How many frames the longest has. */
  readonly frames: number
}

/** Each band with mean 0 and variance 1 over its recording. */
const standardised = (decibels: Float32Array): Float32Array => {
  const count = decibels.length / bands
  const result = new Float32Array(decibels.length)
  for (let band = 0; band < bands; band++) {
    const at = (t: number): number => decibels[t * bands + band] as number
    let [sum, squares] = [0, 0]
    for (let t = 0; t < count; t++) sum += at(t)
    const mean = sum / count
    for (let t = 0; t < count; t++) squares += (at(t) - mean) ** 2
    const scale = 1 / (Math.sqrt(squares / count) + 1e-3)
    for (let t = 0; t < count; t++) result[t * bands + band] = (at(t) - mean) * scale
  }
  return result
}

const together = 50 // recordings at once

/** Decibels in mel bands of all recordings at one speed, each [frames · bands]. */
const spectraAt = (recordings: readonly Recording[], speed: number): readonly Float32Array[] => {
  const longest = recordings.reduce((most, { samples }) => Math.max(most, samples.length), 0)
  const decibels = jit((samples: Tensor) => {
    const fast = speed === 1 ? samples : audio.resample(samples, Math.round(10 * speed), 10)
    const options = { sampleRate, hop, mels: bands, lowest: 60, padding: 'constant' } as const
    return audio.powerToDb(audio.melSpectrogram(fast, frameLength, options), { topDb: quiet })
  })
  const groups = Array.from({ length: Math.ceil(recordings.length / together) }, (_, i) =>
    recordings.slice(i * together, (i + 1) * together),
  )
  return groups.flatMap((group) => {
    const padded = new Float32Array(together * longest)
    for (const [i, { samples }] of group.entries()) padded.set(samples, i * longest)
    const all = decibels(np.array(padded).reshape([together, longest]))
    const [, frames] = all.shape as readonly [number, number]
    const numbers = all.data() as Float32Array
    return group.map(({ samples }, i) => {
      // Frames that have their middle within the sound.
      const count = Math.min(frames, Math.floor(samples.length / speed / hop) + 1)
      return standardised(numbers.slice(i * frames * bands, (i * frames + count) * bands))
    })
  })
}

export const hear = (recordings: readonly Recording[], rates: readonly number[]): Heard => {
  const byRate = rates.map((speed) => spectraAt(recordings, speed))
  const spectra = recordings.map((_, i) => byRate.map((all) => all[i] as Float32Array))
  const frames = spectra.reduce((most, all) => Math.max(most, ...all.map((one) => one.length / bands)), 0)
  return { digits: recordings.map(({ digit }) => digit), spectra, frames }
}

/** One spectrogram with silence before it and its bands moved up by some, as in a smaller throat; and which of its frames there are. */
const placed = (spectrum: Float32Array, frames: number, shift = 0, up = 0): { x: Float32Array; mask: Uint8Array } => {
  const count = Math.min(spectrum.length / bands, frames - shift)
  const x = new Float32Array(frames * bands)
  for (let t = 0; t < count; t++)
    for (let band = 0; band < bands; band++) {
      const from = Math.max(0, Math.min(bands - 1, band - up))
      x[(shift + t) * bands + band] = spectrum[t * bands + from] as number
    }
  return { x, mask: Uint8Array.from({ length: frames }, (_, t) => (t < shift + count ? 1 : 0)) }
}

const asTensors = (all: readonly { x: Float32Array; mask: Uint8Array }[], frames: number): Masked => ({
  x: np.stack(all.map(({ x }) => np.array(x).reshape([frames, bands]))),
  mask: np.stack(all.map(({ mask }) => np.array(mask, { dtype: 'float32' }))),
})

/** All of them as they are, at the first speed. */
export const asHeard = ({ spectra, frames, digits }: Heard): { readonly x: Masked; readonly digits: Tensor } => ({
  x: asTensors(
    spectra.map(([spectrum]) => placed(spectrum as Float32Array, frames)),
    frames,
  ),
  digits: np.array(digits, { dtype: 'int32' }),
})

const most = 8 // frames of silence before
const furthest = 2 // bands up or down

/** Every recording once an epoch, at a speed, behind a silence and with a throat that chance decides: a source of examples. */
export const varied = (heard: Heard, key: random.Key): data.Source<Examples<Masked, Tensor>> => {
  const frames = heard.frames + most
  return data.generate((position, epoch) => {
    const own = random.foldIn(random.foldIn(key, epoch), position)
    const [speed, shift, up] = random.uniform(own, [3]).data() as unknown as readonly [number, number, number]
    const all = heard.spectra[position] as readonly Float32Array[]
    const spectrum = all[Math.floor(speed * all.length)] as Float32Array
    const moved = Math.floor(up * (2 * furthest + 1)) - furthest
    const { x, mask } = placed(spectrum, frames, Math.floor(shift * (most + 1)), moved)
    return {
      x: { x: np.array(x).reshape([frames, bands]), mask: np.array(mask, { dtype: 'float32' }) },
      y: np.array(heard.digits[position] as number, { dtype: 'int32' }),
    }
  }, heard.digits.length)
}

/** Which of `size` places one stripe of up to `widest` of them covers, of each of a batch: [batch, size]. */
const stripe = (key: random.Key, batch: number, size: number, widest: number): Tensor => {
  const [startKey, widthKey] = random.split(key) as unknown as readonly [Tensor, Tensor]
  const width = random.uniform(widthKey, [batch, 1]).mul(widest)
  const start = random.uniform(startKey, [batch, 1]).mul(size).sub(width.div(2))
  const place = np.arange(size)
  return np.logicalAnd(place.ge(start), place.lt(start.add(width)))
}

/** In training two stripes of bands and two of frames are 0, their mean (Park et al. 2019, SpecAugment). */
export const stripes: Layer<null, null, Masked, Masked> = stateless<null, Masked, Masked>(
  'stripes',
  (input) => right({ params: null, out: input }),
  (_, { x, mask }, ctx) => {
    if (ctx.mode === 'eval') return { x, mask }
    const [batch, frames] = x.shape as readonly [number, number]
    const keys = [...random.split(ctx.key, 4)] as readonly Tensor[]
    const [b1, b2] = keys.slice(0, 2).map((key) => np.expandDims(stripe(key, batch, bands, 5), 1)) as [Tensor, Tensor]
    const [t1, t2] = keys.slice(2).map((key) => np.expandDims(stripe(key, batch, frames, 8), 2)) as [Tensor, Tensor]
    const hidden = np.logicalOr(np.logicalOr(b1, b2), np.logicalOr(t1, t2))
    return { x: np.where(hidden, 0, x), mask }
  },
)
