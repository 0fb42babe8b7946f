/** Logs as text: a table for spreadsheets, and one JSON object a line for programs. */
import { operation } from '@puregrad/core'
import type { Metrics } from '../history.js'
import { type Callback, type Effect, flatMetrics, type Moment, type TrainingEvent } from './callback.js'
import type { Also } from './learning-rate.js'

export interface LogOptions {
  /** More to write, such as `learningRates(schedule)`. */
  readonly also?: Also
}

/** How many bytes are written, so that a resumed training goes on behind them. */
export interface LogState {
  readonly written: number
}

export interface CsvLogState extends LogState {
  /** The columns of the table and their places, from its first line on. */
  readonly columns: Readonly<Record<string, number>>
}

/** Bytes at the end of what is written. */
export const appended = (file: string, at: number, bytes: Uint8Array): readonly [number, readonly Effect[]] => [
  at + bytes.length,
  [{ _tag: 'Write', file, at, bytes }],
]

// RFC 4180: what holds a separator, a quote or a line break stands in quotes, its quotes doubled.
const field = (value: string | number): string => {
  const text = String(value)
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}

const line = (fields: readonly (string | number)[]): string => `${fields.map(field).join(',')}\n`

const inOrder = (columns: Readonly<Record<string, number>>): readonly string[] =>
  Object.entries(columns)
    .sort(([, a], [, b]) => a - b)
    .map(([name]) => name)

/**
 * A CSV file with a line for each epoch: its number, then the metrics. Numbers are written in full, so that reading them gives
 * the same bits. A training that begins anew overwrites the file; one that goes on continues it.
 * @example
 * const log = csvLog('/tmp/puregrad-docs/log.csv')
 * const fitted = await fit(dense(1), init(dense(1), [1], random.key(0)), {
 *   train: { x: np.ones([4, 1]), y: np.ones([4, 1]) },
 *   loss: losses.l2Loss,
 *   optimizer: sgd(0.1),
 *   epochs: 2,
 *   key: random.key(1),
 *   callbacks: [log],
 * })
 */
export const csvLog = operation(
  'csvLog',
  { at: 1, names: ['also'] },
  (file: string, { also = () => ({}) }: LogOptions = {}): Callback<CsvLogState> => ({
    name: `csvLog ${file}`,
    init: { written: 0, columns: {} },
    reduce: (state, event) => {
      if (event._tag !== 'EpochEnded') return [state, []]
      const row: Metrics = { epoch: event.epoch, ...flatMetrics(event.record), ...also(event) }
      const begins = state.written === 0
      const columns = begins ? Object.fromEntries(Object.keys(row).map((name, i) => [name, i])) : state.columns
      const names = inOrder(columns)
      const text = `${begins ? line(names) : ''}${line(names.map((name) => row[name] ?? ''))}`
      const [written, effects] = appended(file, state.written, new TextEncoder().encode(text))
      return [{ written, columns }, effects]
    },
  }),
)

export interface JsonlLogOptions extends LogOptions {
  /** Whether to write a line for each step, too; unless said, only epochs. */
  readonly steps?: boolean
}

/** JSON has no NaN and no infinities: they are written as strings. */
const written = (_: string, value: unknown): unknown =>
  typeof value === 'number' && !Number.isFinite(value) ? String(value) : value

const steps = ({ measured, epoch, step, totalSteps }: TrainingEvent & { readonly _tag: 'Stepped' }) =>
  measured.map((train, i) => {
    const behind = measured.length - 1 - i
    return { epoch, step: step - behind, totalSteps: totalSteps - behind, train }
  })

/** The same moment, some steps earlier. */
const earlier = (moment: Moment, totalSteps: number): Moment => ({ ...moment, totalSteps })

/**
 * A file with a JSON object on each line: an epoch with its metrics, its seconds and the time, and if asked each step. Numbers
 * that are not finite are strings.
 * @example
 * const log = jsonlLog('/tmp/puregrad-docs/steps.jsonl', { steps: true })
 * const fitted = await fit(dense(1), init(dense(1), [1], random.key(0)), {
 *   train: { x: np.ones([4, 1]), y: np.ones([4, 1]) },
 *   loss: losses.l2Loss,
 *   optimizer: sgd(0.1),
 *   epochs: 2,
 *   key: random.key(1),
 *   callbacks: [log],
 * })
 */
export const jsonlLog = operation(
  'jsonlLog',
  { at: 1, names: ['steps', 'also'] },
  (file: string, options: JsonlLogOptions = {}): Callback<LogState> => {
    const { also = () => ({}), steps: eachStep = false } = options
    const objectsOf = (event: TrainingEvent): readonly object[] => {
      if (event._tag === 'EpochEnded') {
        return [{ time: event.time, totalSteps: event.totalSteps, ...event.record, ...also(event) }]
      }
      if (event._tag !== 'Stepped' || !eachStep) return []
      return steps(event).map((one) => ({ time: event.time, ...one, ...also(earlier(event, one.totalSteps)) }))
    }
    return {
      name: `jsonlLog ${file}`,
      init: { written: 0 },
      reduce: (state, event) => {
        const text = objectsOf(event)
          .map((object) => `${JSON.stringify(object, written)}\n`)
          .join('')
        if (text === '') return [state, []]
        const [end, effects] = appended(file, state.written, new TextEncoder().encode(text))
        return [{ written: end }, effects]
      },
    }
  },
)
