/** A sound as frames that overlap, and frames added up to a sound: each is the other's transpose. */
import { np, operation, ShapeError, type Tensor } from '@puregrad/core'
import { alongLast, checkCounts, floating, padLast, soundOf } from './check-sound.js'

/** Which blocks of `hop` samples each frame consists of, [frames, blocks of a frame]. */
const blocksOf = (frames: number, each: number): Tensor =>
  np.expandDims(np.arange(frames), 1).add(np.arange(each)).astype('int32')

/** How many frames there are in so many samples. */
export const frameCount = (time: number, length: number, hop: number): number => Math.floor((time - length) / hop) + 1

/**
 * Frames of `length` samples, each `hop` after the one before; what is left over at the end is left out.
 * @param x [… time]  @returns [… frames, length]
 * @throws ShapeError for less than a frame; RangeError unless length and hop are whole numbers from 1 up
 * @example audio.frame(np.array([1, 2, 3, 4, 5]), 3, 2).toArray() // [[1, 2, 3], [3, 4, 5]]
 */
export const frame = operation('audio.frame', {}, (x: Tensor, length: number, hop: number): Tensor => {
  checkCounts('audio.frame', { length, hop })
  const sound = soundOf('audio.frame', x, length)
  const time = sound.shape.at(-1) as number
  const [frames, each] = [frameCount(time, length, hop), Math.ceil(length / hop)]
  const whole = (frames - 1 + each) * hop
  const fitted = whole > time ? padLast(sound, 0, whole - time, 'constant') : alongLast(sound, 0, whole)
  const before = sound.shape.slice(0, -1)
  const blocks = fitted.reshape([...before, frames - 1 + each, hop])
  const rows = np.take(blocks, blocksOf(frames, each), { axis: before.length })
  return alongLast(rows.reshape([...before, frames, each * hop]), 0, length)
})

/**
 * Frames added up where they overlap, each `hop` samples after the one before.
 * @param frames [… frames, length]  @returns [… (frames − 1) · hop + length]
 * @throws ShapeError for less than two axes, or none of them; RangeError unless hop is a whole number from 1 up
 * @example audio.overlapAdd(np.array([[1, 2, 3], [10, 20, 30]]), 2).toArray() // [1, 2, 13, 20, 30]
 */
export const overlapAdd = operation('audio.overlapAdd', {}, (frames: Tensor, hop: number): Tensor => {
  checkCounts('audio.overlapAdd', { hop })
  const [count, length] = frames.shape.slice(-2) as [number, number | undefined]
  if (length === undefined || count === 0 || length === 0)
    throw new ShapeError(`audio.overlapAdd: frames are [${frames.shape}], and have to be [… frames, length].`)
  const before = frames.shape.slice(0, -2)
  const each = Math.ceil(length / hop)
  const padded = padLast(floating(frames), 0, each * hop - length, 'constant')
  // The blocks come first, as rows are what is added to.
  const rows = np.transpose(padded.reshape([-1, count, each, hop]), [1, 2, 0, 3])
  const empty = np.zeros([count - 1 + each, rows.shape[2] as number, hop], { dtype: padded.dtype })
  const sum = empty.at(blocksOf(count, each)).add(rows)
  const time = (count - 1) * hop + length
  return alongLast(np.transpose(sum, [1, 0, 2]).reshape([...before, (count - 1 + each) * hop]), 0, time)
})
