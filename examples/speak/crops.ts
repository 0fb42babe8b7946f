/** Recordings as classes of samples, parts of them to learn from, and whole ones to judge by. */
import { np, random, type Tensor } from '@puregrad/core'
import { audio, type WaveNetInput } from '@puregrad/models'
import { data, type Examples } from '@puregrad/train/node'
import type { Recording } from './recording.js'

/** A recording as classes. */
export interface Coded {
  readonly digit: number
  readonly codes: Int32Array
}

export const coded = (recordings: readonly Recording[], classes: number): readonly Coded[] =>
  recordings.map(({ digit, samples }) => ({
    digit,
    codes: audio.muLawEncode(np.array(samples), { classes }).data() as Int32Array,
  }))

/** `length` classes from `start` on with those before each of them, silence before the first. */
const shifted = ({ codes }: Coded, start: number, length: number, classes: number) => ({
  before: Int32Array.from({ length }, (_, t) => codes[start + t - 1] ?? classes >> 1),
  next: Int32Array.from({ length }, (_, t) => codes[start + t] ?? -1),
})

/** Parts of recordings by chance, every sample as likely as any other: a source of examples, `count` an epoch. */
export const crops = (
  recordings: readonly Coded[],
  { classes, length, count, key }: { classes: number; length: number; count: number; key: random.Key },
): data.Source<Examples<WaveNetInput, Tensor>> => {
  const ends: number[] = []
  for (const { codes } of recordings) ends.push((ends.at(-1) ?? 0) + codes.length)
  return data.generate((position, epoch) => {
    const share = random.uniform(random.foldIn(random.foldIn(key, epoch), position)).item() as number
    const place = Math.floor(share * (ends.at(-1) as number))
    const which = ends.findIndex((end) => place < end)
    const recording = recordings[which] as Coded
    const { codes, digit } = recording
    const middle = place - ((ends[which] as number) - codes.length)
    const start = Math.max(0, Math.min(codes.length - length, middle - (length >> 1)))
    const { before, next } = shifted(recording, start, length, classes)
    return { x: { x: np.array(before), label: np.array(digit, { dtype: 'int32' }) }, y: np.array(next) }
  }, count)
}

const step = 2048 // of the lengths that whole recordings are brought to, so that few are compiled

/** Whole recordings, one by one, with −1 behind their ends. */
export const wholes = (
  recordings: readonly Coded[],
  classes: number,
): readonly { readonly input: WaveNetInput; readonly next: Tensor }[] =>
  recordings.map((recording) => {
    const length = Math.ceil(recording.codes.length / step) * step
    const { before, next } = shifted(recording, 0, length, classes)
    return {
      input: { x: np.array(before).reshape([1, length]), label: np.array([recording.digit], { dtype: 'int32' }) },
      next: np.array(next).reshape([1, length]),
    }
  })
