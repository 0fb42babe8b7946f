/** What the steps of a loop measure, in a form in which it adds up. */
import { ArgumentError, isRecord, np, show, Tensor, tree } from '@puregrad/core'
import { madeOf } from '@puregrad/nn'
import type { Kinds, Measured, Part, Reducer } from '../metrics.js'

/**
 * What a step says under one name. A number counts once for each step; numbers, one for each example, count by their number;
 * `{ total, weight }`, as `losses.sumAndWeight` gives it, by its weight; what a function of nn's `losses` or `metrics` gave, as that
 * says; anything else is the total of a streaming metric, which the options name.
 */
export type Reading = Tensor | number | { readonly total: Tensor; readonly weight: Tensor } | object

/** What a step measures, by name. */
export type Readings = Readonly<Record<string, Reading>>

const isNumbers = (x: unknown): x is Tensor | number => x instanceof Tensor || typeof x === 'number'

const meanOf = (name: string, values: Tensor, kinds: Kinds): Part => {
  const known = values.ndim > 0 ? undefined : madeOf(values)
  const total = known?._tag === 'Total' ? known.total() : undefined
  if (known?._tag === 'Total' && total !== undefined) {
    kinds.set(name, known)
    return { total }
  }
  kinds.set(name, { _tag: 'Weighed' })
  const weight = known?._tag === 'Mean' ? known.weight : (values.shape[0] ?? 1)
  return { mean: np.mean(values), weight: np.asarray(weight).astype('float32') }
}

/** The readings of a step. */
export const partsOf = (readings: Readings, reducers: Readonly<Record<string, Reducer>>, kinds: Kinds): Measured =>
  Object.fromEntries(
    Object.entries(readings).map(([name, reading]): readonly [string, Part] => {
      const reducer = Object.hasOwn(reducers, name) ? reducers[name] : undefined
      if (reducer !== undefined) {
        kinds.set(name, { monoid: reducer.monoid, result: reducer.result, _tag: 'Total', isExact: true })
        return [name, { total: tree.map((leaf) => np.asarray(leaf), reading as Tensor) }]
      }
      if (isNumbers(reading)) return [name, meanOf(name, np.asarray(reading), kinds)]
      if (!isRecord(reading) || !isNumbers(reading.total) || !isNumbers(reading.weight)) {
        throw new ArgumentError(
          `train: the step measures ${name} as ${show(reading)}. Give a tensor, { total, weight }, or name its streaming metric: { metrics: { ${name}: metrics.streaming.mean() } }.`,
        )
      }
      kinds.set(name, { _tag: 'Weighed' })
      const [total, weight] = [np.asarray(reading.total), np.asarray(reading.weight).astype('float32')]
      return [name, { mean: total.div(weight), weight }]
    }),
  )
