/**
 * Event files that TensorBoard reads: TFRecords of protocol buffers. Scalars need six fields of three messages, all of them below,
 * so they are written by hand; a library would bring a schema, its compiler and its runtime for them.
 */

import { operation } from '@puregrad/core'
import { inFolder } from '../checkpoint/kept.js'
import type { Metrics } from '../history.js'
import { type Callback, flatMetrics, type TrainingEvent } from './callback.js'
import { crc32c } from './crc32c.js'
import { appended, type LogOptions, type LogState } from './text-logs.js'

// Tags are field << 3 | wire type: 0 varint, 1 eight bytes, 2 length-delimited, 5 four bytes (protobuf.dev/programming-guides/encoding).
const varint = (value: number): readonly number[] => {
  const out: number[] = []
  let rest = value
  for (; rest >= 128; rest = Math.floor(rest / 128)) out.push((rest % 128) | 128)
  return [...out, rest]
}
const ofView = (size: number, set: (view: DataView) => void): readonly number[] => {
  const bytes = new Uint8Array(size)
  set(new DataView(bytes.buffer))
  return [...bytes]
}
const double = (field: number, value: number): readonly number[] => [
  (field << 3) | 1,
  ...ofView(8, (view) => view.setFloat64(0, value, true)),
]
const float = (field: number, value: number): readonly number[] => [
  (field << 3) | 5,
  ...ofView(4, (view) => view.setFloat32(0, value, true)),
]
const whole = (field: number, value: number): readonly number[] => [field << 3, ...varint(value)]
const nested = (field: number, bytes: readonly number[]): readonly number[] => [
  (field << 3) | 2,
  ...varint(bytes.length),
  ...bytes,
]
const text = (field: number, value: string): readonly number[] => nested(field, [...new TextEncoder().encode(value)])

/** A number under a name, at a step. */
export interface Scalar {
  readonly tag: string
  readonly value: number
}

/** An `Event`: wall_time = 1, step = 2, summary = 5; in `Summary` value = 1; in `Value` tag = 1, simple_value = 2. */
const scalarEvent = (time: number, step: number, scalars: readonly Scalar[]): readonly number[] => [
  ...double(1, time),
  ...whole(2, step),
  ...nested(
    5,
    scalars.flatMap(({ tag, value }) => nested(1, [...text(1, tag), ...float(2, value)])),
  ),
]

/** The `Event` that begins a file: file_version = 3. */
const versionEvent = (time: number): readonly number[] => [...double(1, time), ...text(3, 'brain.Event:2')]

// TFRecord masks its checksums, since those of data that hold checksums are weak (tensorflow/core/lib/hash/crc32c.h).
const masked = (bytes: Uint8Array): number => {
  const crc = crc32c(bytes)
  return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0
}

/** A TFRecord: the length in 8 bytes, its checksum, the data, its checksum. */
const record = (event: readonly number[]): Uint8Array => {
  const out = new Uint8Array(event.length + 16)
  const view = new DataView(out.buffer)
  view.setUint32(0, event.length, true)
  view.setUint32(8, masked(out.subarray(0, 8)), true)
  out.set(event, 12)
  view.setUint32(12 + event.length, masked(out.subarray(12, 12 + event.length)), true)
  return out
}

/** Bytes behind each other. */
const joined = (parts: readonly Uint8Array[]): Uint8Array => {
  const out = new Uint8Array(parts.reduce((total, { length }) => total + length, 0))
  let at = 0
  for (const part of parts) {
    out.set(part, at)
    at += part.length
  }
  return out
}

/** The bytes of one event with scalars, as they stand in an event file. */
export const encodeScalars = (time: number, step: number, scalars: readonly Scalar[]): Uint8Array =>
  record(scalarEvent(time, step, scalars))

/** The bytes with which an event file begins. */
export const encodeVersion = (time: number): Uint8Array => record(versionEvent(time))

export interface TensorBoardLogOptions extends LogOptions {
  /** Whether to write the metrics of each step, too, as `step/loss` and so on; unless said, only those of epochs. */
  readonly steps?: boolean
}

const epochTag = (name: string): string =>
  name.startsWith('validation ') ? `validation/${name.slice('validation '.length)}` : `train/${name}`

/**
 * Logs for `tensorboard --logdir FOLDER`: `train/loss`, `validation/loss` and so on over the number of steps. One training
 * writes to one folder; one that goes on from a session continues its file.
 * @example
 * const log = tensorBoardLog('/tmp/puregrad-docs/board', { steps: true })
 * const fitted = await fit(dense(1), init(dense(1), [1], random.key(0)), {
 *   train: { x: np.ones([4, 1]), y: np.ones([4, 1]) },
 *   loss: losses.l2Loss,
 *   optimizer: sgd(0.1),
 *   epochs: 2,
 *   key: random.key(1),
 *   callbacks: [log],
 * })
 */
export const tensorBoardLog = operation(
  'tensorBoardLog',
  { at: 1, names: ['steps', 'also'] },
  (folder: string, options: TensorBoardLogOptions = {}): Callback<LogState> => {
    const { also = (): Metrics => ({}), steps = false } = options
    // TensorBoard takes any name with "tfevents"; without the time in it a resumed training finds its file.
    const file = inFolder(folder, 'events.out.tfevents.puregrad')
    const eventsOf = (event: TrainingEvent): readonly Uint8Array[] => {
      if (event._tag === 'EpochEnded') {
        const metrics = Object.entries(flatMetrics(event.record)).map(([name, value]) => ({
          tag: epochTag(name),
          value,
        }))
        const more = Object.entries(also(event)).map(([tag, value]): Scalar => ({ tag, value }))
        return [encodeScalars(event.time, event.totalSteps, [...metrics, ...more])]
      }
      if (event._tag !== 'Stepped' || !steps) return []
      return event.measured.map((metrics, i) => {
        const step = event.totalSteps - (event.measured.length - 1 - i)
        const scalars = Object.entries(metrics).map(([name, value]) => ({ tag: `step/${name}`, value }))
        return encodeScalars(event.time, step, scalars)
      })
    }
    return {
      name: `tensorBoardLog ${folder}`,
      init: { written: 0 },
      reduce: (state, event) => {
        const events = eventsOf(event)
        if (events.length === 0) return [state, []]
        const begin = state.written === 0 ? [encodeVersion(event.time)] : []
        const [written, effects] = appended(file, state.written, joined([...begin, ...events]))
        return [{ written }, effects]
      },
    }
  },
)
