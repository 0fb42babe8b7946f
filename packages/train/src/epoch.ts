/** The steps of an epoch: which examples each takes, and several of them as one compiled loop. */
import { jit, np, random, scan, type Tensor, type TypedArray } from '@puregrad/core'
import type { Key, Layer } from '@puregrad/nn'
import { accumulatedStep, type PortionMetrics } from './accumulatedStep.js'
import type { Metrics } from './history.js'
import type { Examples, Rows } from './rows.js'
import type { DataPlan } from './session.js'
import { type BatchMetrics, type Objective, type TrainingState, trainingStep } from './trainingStep.js'

/** Steps that run together: each takes `batches` batches of `size` examples, and the last of an epoch `rest` examples more. */
export interface Group {
  /** The first of its steps, counted from 0. */
  readonly first: number
  /** Where its examples begin in the order of the epoch. */
  readonly start: number
  readonly steps: number
  readonly batches: number
  readonly size: number
  readonly rest: number
}

/** The steps of an epoch from one on: full ones in groups of `most`, at last the one that is not full. */
export const groupsOf = (
  { examples, batchSize, accumulate }: Omit<DataPlan, 'shuffle'>,
  most: number,
  from: number,
): readonly Group[] => {
  const perStep = batchSize * accumulate
  const full = Math.floor(examples / perStep)
  const groups: Group[] = []
  for (let first = from; first < full; first += most) {
    const steps = Math.min(most, full - first)
    groups.push({ first, start: first * perStep, steps, batches: accumulate, size: batchSize, rest: 0 })
  }
  const left = examples - full * perStep
  if (left === 0 || from > full) return groups
  const batches = Math.floor(left / batchSize)
  const last =
    batches === 0 ? { batches: 1, size: left, rest: 0 } : { batches, size: batchSize, rest: left % batchSize }
  return [...groups, { first: full, start: full * perStep, steps: 1, ...last }]
}

/** The order of the examples in an epoch. */
export const orderOf = (count: number, key: Key, shuffle: boolean): TypedArray =>
  (shuffle ? random.permutation(key, count) : np.arange(count)).data()

/** What a group measured. */
export interface Results {
  /** Batches of the same size together, with that size. */
  readonly parts: readonly { readonly metrics: BatchMetrics; readonly examples: number }[]
  /** The means of each step. */
  readonly each: () => readonly Metrics[]
}

/** Means of the steps of a group over their batches; `rest` is of the only step of its group. */
const meansOf = ({ steps, batches, size, rest }: Group, parts: Results['parts']): readonly Metrics[] => {
  const [full, last] = parts.map(({ metrics }) =>
    Object.entries(metrics).map(([name, values]) => [name, values.data()] as const),
  )
  return Array.from({ length: steps }, (_, step) =>
    Object.fromEntries(
      (full ?? []).map(([name, values], metric) => {
        let sum = 0
        for (let i = 0; i < batches; i++) sum += (values[step * batches + i] as number) * size
        const more = last === undefined ? 0 : (last[metric]?.[1][0] as number) * rest
        return [name, (sum + more) / (batches * size + rest)]
      }),
    ),
  )
}

/** Runs a group of steps. */
export type RunSteps<P, S, I, T, U> = (
  state: TrainingState<P, S, U>,
  key: Key,
  group: Group,
  rows: Rows<Examples<I, T>>,
  order: TypedArray,
) => readonly [TrainingState<P, S, U>, Results]

/** Several steps as one compiled loop over the batches of a group. */
export const compiledSteps = <P, S, I, O, T, U>(
  layer: Layer<P, S, I, O>,
  objective: Objective<O, T, U>,
  accumulate: number,
): RunSteps<P, S, I, T, U> =>
  accumulate === 1 ? plainSteps(layer, objective) : accumulatedSteps(layer, objective, accumulate)

const numbersFrom = (first: number, count: number, apart: number): Tensor =>
  np.array(Int32Array.from({ length: count }, (_, i) => (first + i) * apart))

const resultsOf = (group: Group, parts: Results['parts']): Results => ({ parts, each: () => meansOf(group, parts) })

const plainSteps = <P, S, I, O, T, U>(
  layer: Layer<P, S, I, O>,
  objective: Objective<O, T, U>,
): RunSteps<P, S, I, T, U> => {
  const step = trainingStep(layer, objective)
  type State = TrainingState<P, S, U>
  type Batch = readonly [Tensor, Examples<I, T>]
  const loop = jit((state: State, key: Key, numbers: Tensor, batches: Examples<I, T>) =>
    scan((s: State, [n, { x, y, weights }]: Batch) => step(s, random.foldIn(key, n), x, y, weights), state, [
      numbers,
      batches,
    ] as const),
  )
  return (state, key, group, rows, order) => {
    const { first, start, steps, size } = group
    const batches = rows.take(order.subarray(start, start + steps * size), [steps, size])
    const numbers = numbersFrom(first, steps, 1)
    const [next, metrics] = loop(state, key, numbers, batches) as unknown as readonly [State, BatchMetrics]
    return [next, resultsOf(group, [{ metrics, examples: size }])]
  }
}

const accumulatedSteps = <P, S, I, O, T, U>(
  layer: Layer<P, S, I, O>,
  objective: Objective<O, T, U>,
  accumulate: number,
): RunSteps<P, S, I, T, U> => {
  const step = accumulatedStep(layer, objective)
  type State = TrainingState<P, S, U>
  type Portions = readonly [Tensor, Examples<I, T>]
  const loop = jit((state: State, key: Key, numbers: Tensor, batches: Examples<I, T>) =>
    scan((s: State, [n, b]: Portions) => step(s, key, n, { batches: b }), state, [numbers, batches] as const),
  )
  const last = jit((state: State, key: Key, number: Tensor, batches: Examples<I, T>, rest: Examples<I, T>) =>
    step(state, key, number, { batches, rest }),
  )
  return (state, key, group, rows, order) => {
    const { first, start, steps, batches: count, size, rest } = group
    const end = start + steps * count * size
    const numbers = numbersFrom(first, steps, accumulate)
    const taken = order.subarray(start, end)
    if (rest === 0) {
      const batches = rows.take(taken, [steps, count, size])
      const [next, metrics] = loop(state, key, numbers, batches) as unknown as readonly [State, PortionMetrics]
      return [next, resultsOf(group, [{ metrics: metrics.batches, examples: size }])]
    }
    const more = rows.take(order.subarray(end, end + rest), [rest])
    const number = numbers.slice(0)
    const [next, metrics] = last(state, key, number, rows.take(taken, [count, size]), more) as unknown as readonly [
      State,
      Required<PortionMetrics>,
    ]
    const parts = [
      { metrics: metrics.batches, examples: size },
      { metrics: metrics.rest, examples: rest },
    ]
    return [next, resultsOf(group, parts)]
  }
}
