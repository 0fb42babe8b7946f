/** Sound that a WaveNet makes up, one sample after another. */
import { ArgumentError, lax, np, operation, RangeError, random, scan, type Tensor } from '@puregrad/core'
import type { Cache, Layer, Stepping, Variables } from '@puregrad/nn'
import type { WaveNetInput } from './wave-net.js'

export interface GenerateSoundOptions {
  /** Decides what is drawn. */
  readonly key: Tensor
  /** How many samples come out: as many as there are frames unless said. */
  readonly length?: number
  /** What goes before, int32 [batch, time], time ≥ 1: unless said, one sample of silence, the middle class. */
  readonly start?: Tensor
  /** What each sound is about, int32 [batch]. */
  readonly label?: Tensor
  /** What each moment is about, [batch, length, size]. */
  readonly frames?: Tensor
  /** How many sounds at once: as many as labels, frames or starts unless said, else 1. */
  readonly batch?: number
  /** What logits are divided by; lower is likelier, 0 takes the likeliest: 1 unless said. */
  readonly temperature?: number
}

type SoundModel<P, S> = Layer<P, S, WaveNetInput> & Stepping<P, S, WaveNetInput>

const batchOf = ({ batch, label, frames, start }: GenerateSoundOptions): number => {
  const sizes = [batch, label?.shape[0], frames?.shape[0], start?.shape[0]].filter((n) => n !== undefined)
  if (new Set(sizes).size > 1)
    throw new ArgumentError(
      `generateSound: batch, label, frames and start are of ${sizes.join(', ')} sounds. Give as many of each.`,
    )
  return sizes[0] ?? 1
}

/**
 * Draws sounds sample by sample, each from what the model says after those before it. The model remembers them in its cache, so a
 * sample costs as much however many there are, and the whole loop is one `scan` that jits.
 * @param model from classes of samples to logits of the next, as `waveNet` makes it  @param classes how many there are
 * @returns int32 [batch, length]: classes, which `audio.muLawDecode` turns into samples
 * @throws ArgumentError for numbers of sounds that differ, or no length; RangeError for a negative temperature
 * @example
 * const model = waveNet({ classes: 64, dilations: [1, 2, 4], residual: 8, skip: 8, labels: 10 })
 * const variables = init(model, { x: [1], label: [] }, random.key(0))
 * const label = np.array([3, 7], { dtype: 'int32' })
 * generateSound(model, variables, 64, { key: random.key(1), length: 20, label }).shape // [2, 20]
 */
export const generateSound = operation(
  'generateSound',
  { at: 3, names: ['key', 'length', 'start', 'label', 'frames', 'batch', 'temperature'] },
  <P, S>(
    model: SoundModel<P, S>,
    { params, state }: Variables<P, S>,
    classes: number,
    options: GenerateSoundOptions,
  ): Tensor => {
    const { key, label, frames, length = frames?.shape[1], temperature = 1 } = options
    if (length === undefined)
      throw new ArgumentError('generateSound: there is neither a length nor frames, and so no end. Give { length }.')
    if (!(Number.isInteger(length) && length >= 1) || (frames !== undefined && frames.shape[1] !== length))
      throw new ArgumentError(
        `generateSound: length is ${length}${frames === undefined ? '' : ` and frames are [${frames.shape}]`}; it has to be a whole number from 1 up, that of the frames.`,
      )
    if (!(temperature >= 0))
      throw new RangeError(`generateSound: temperature is ${temperature}, and has to be a number ≥ 0.`)
    const batch = batchOf(options)
    const { start = np.full([batch, 1], Math.floor(classes / 2), { dtype: 'int32' }) } = options
    const before = start.shape[1] as number
    if (frames !== undefined && before > 1)
      throw new ArgumentError(
        `generateSound: nothing says which frames a start of ${before} samples has. Give frames for one sample of start.`,
      )
    const told = label === undefined ? {} : { label }
    const next = (cache: Cache, x: Tensor, at: Pick<WaveNetInput, 'frames'>): readonly [Tensor, Cache] =>
      model.step(params, state, cache, { x, ...told, ...at })
    const begun = model.startCache(params, batch, before + length)
    // All of the start but its last sample is read at once.
    const read = before > 1 ? next(begun, lax.sliceInDim(start, 0, before - 1, { axis: 1 }), {})[1] : begun
    interface Carry {
      readonly cache: Cache
      readonly last: Tensor
    }
    const [, drawn] = scan(
      ({ cache, last }: Carry, [nth, frame]: readonly [Tensor, Tensor | null]): readonly [Carry, Tensor] => {
        const at = frame === null ? {} : { frames: np.expandDims(frame, 1) }
        const [logits, after] = next(cache, np.expandDims(last, 1), at)
        const each = np.squeeze(logits, 1)
        const sample =
          temperature === 0
            ? np.argmax(each, { axis: 1 })
            : random.categorical(random.foldIn(key, nth), each.div(temperature))
        const chosen = sample.astype('int32')
        return [{ cache: after, last: chosen }, chosen]
      },
      { cache: read, last: start.slice({}, -1).astype('int32') },
      [np.arange(length, { dtype: 'int32' }), frames === undefined ? null : np.swapaxes(frames, 0, 1)] as const,
    )
    return drawn.T
  },
)
