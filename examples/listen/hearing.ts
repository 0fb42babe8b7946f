/** What the network hears of a recording: a mel spectrogram, and in training others that might have been. */
import { np, random, type Tensor } from '@puregrad/core'
import { audio } from '@puregrad/models'
import { type Layer, type Masked, stateless } from '@puregrad/nn'
import { data, type Examples } from '@puregrad/train/node'
import { right } from 'fp-ts/lib/Either.js'
import { type Recording, sampleRate } from '../speak/recording.js'

export const bands = 40
const [frameLength, hop] = [256, 80] // 32 ms every 10 ms

/** Decibels in mel bands of one recording, each band with mean 0 and variance 1 over it: [frames, bands]. */
export const heardOf = (samples: Float32Array): Tensor => {
  const mels = audio.melSpectrogram(np.array(samples), frameLength, { sampleRate, hop, mels: bands, lowest: 60 })
  const decibels = audio.powerToDb(mels, { topDb: 60 })
  const centred = decibels.sub(np.mean(decibels, { axis: 0 }))
  return centred.div(np.std(centred, { axis: 0 }).add(1e-3))
}

/** Rates that a recording is read at as if it were of 8 kHz: faster and higher, or slower and lower. */
export const speeds: readonly number[] = [0.8, 0.9, 1, 1.1, 1.2]

const fastened = (samples: Float32Array, speed: number): Float32Array =>
  speed === 1 ? samples : (audio.resample(np.array(samples), Math.round(10 * speed), 10).data() as Float32Array)

/** Spectrograms one behind another in one array, and where each begins. */
export interface Heard {
  readonly digits: readonly number[]
  /** By recording and speed, [frames · bands] each. */
  readonly spectra: readonly (readonly Float32Array[])[]
  /** How many frames the longest has. */
  readonly frames: number
}

export const hear = (recordings: readonly Recording[], rates: readonly number[]): Heard => {
  const spectra = recordings.map(({ samples }) =>
    rates.map((speed) => heardOf(fastened(samples, speed)).data() as Float32Array),
  )
  const frames = spectra.reduce((most, all) => Math.max(most, ...all.map((one) => one.length / bands)), 0)
  return { digits: recordings.map(({ digit }) => digit), spectra, frames }
}

/** One spectrogram with room on both sides, shifted by so many frames, and which of its frames there are. */
const placed = (spectrum: Float32Array, frames: number, shift: number): { x: Float32Array; mask: Uint8Array } => {
  const count = Math.min(spectrum.length / bands, frames - shift)
  const x = new Float32Array(frames * bands)
  x.set(spectrum.subarray(0, count * bands), shift * bands)
  return { x, mask: Uint8Array.from({ length: frames }, (_, t) => (t < shift + count ? 1 : 0)) }
}

const asTensors = (all: readonly { x: Float32Array; mask: Uint8Array }[], frames: number): Masked => ({
  x: np.stack(all.map(({ x }) => np.array(x).reshape([frames, bands]))),
  mask: np.stack(all.map(({ mask }) => np.array(mask, { dtype: 'float32' }))),
})

/** All of them as they are, at the first speed. */
export const asHeard = ({ spectra, frames, digits }: Heard): { readonly x: Masked; readonly digits: Tensor } => ({
  x: asTensors(
    spectra.map(([spectrum]) => placed(spectrum as Float32Array, frames, 0)),
    frames,
  ),
  digits: np.array(digits, { dtype: 'int32' }),
})

const most = 8 // frames of silence before

/** Every recording once an epoch, at a speed and behind a silence that chance decides: a source of examples. */
export const varied = (heard: Heard, key: random.Key): data.Source<Examples<Masked, Tensor>> => {
  const frames = heard.frames + most
  return data.generate((position, epoch) => {
    const own = random.foldIn(random.foldIn(key, epoch), position)
    const [speed, shift] = random.uniform(own, [2]).data() as unknown as readonly [number, number]
    const all = heard.spectra[position] as readonly Float32Array[]
    const spectrum = all[Math.floor(speed * all.length)] as Float32Array
    const { x, mask } = placed(spectrum, frames, Math.floor(shift * (most + 1)))
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
    const [b1, b2] = keys.slice(0, 2).map((key) => np.expandDims(stripe(key, batch, bands, 8), 1)) as [Tensor, Tensor]
    const [t1, t2] = keys.slice(2).map((key) => np.expandDims(stripe(key, batch, frames, 8), 2)) as [Tensor, Tensor]
    const hidden = np.logicalOr(np.logicalOr(b1, b2), np.logicalOr(t1, t2))
    return { x: np.where(hidden, 0, x), mask }
  },
)
