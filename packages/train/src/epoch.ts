/** The steps of an epoch: which examples each takes, and several of them as one compiled loop. */
import { jit, np, random, scan, type Tensor } from '@puregrad/core'
import type { Key, Layer } from '@puregrad/nn'
import { accumulatedStep, type PortionMetrics } from './accumulated-step.js'
import type { Metrics } from './history.js'
import type { Kinds, Measured } from './metrics.js'
import type { Examples } from './rows.js'
import { type Batches, countOf, tally } from './tally.js'
import { measuringStep, type Objective, type TrainingState } from './training-step.js'

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

/** The steps that run together from one on, at most so many: full ones, or the last one if that is not full. */
export const groupAt = (
  {
    examples,
    batchSize,
    accumulate,
  }: { readonly examples: number; readonly batchSize: number; readonly accumulate: number },
  most: number,
  first: number,
): Group => {
  const perStep = batchSize * accumulate
  const full = Math.floor(examples / perStep)
  const start = first * perStep
  if (first < full) {
    return { first, start, steps: Math.min(most, full - first), batches: accumulate, size: batchSize, rest: 0 }
  }
  const left = examples - full * perStep
  const batches = Math.floor(left / batchSize)
  const last =
    batches === 0 ? { batches: 1, size: left, rest: 0 } : { batches, size: batchSize, rest: left % batchSize }
  return { first, start, steps: 1, ...last }
}

/** What a group measured. */
export interface Results {
  readonly parts: readonly Batches[]
  /** The means of each step. */
  readonly each: () => readonly Metrics[]
}

/** The batches of a group, above each other in axes of their own: steps, then batches of a step; and the smaller one of its last. */
export interface Portions<X> {
  readonly group: Group
  readonly batches: X
  readonly rest?: X
}

/** Runs a group of steps. */
export type RunSteps<P, S, I, T, U> = (
  state: TrainingState<P, S, U>,
  key: Key,
  portions: Portions<Examples<I, T>>,
) => readonly [TrainingState<P, S, U>, Results]

/** Several steps as one compiled loop over the batches of a group. */
export const compiledSteps = <P, S, I, O, T, U>(
  layer: Layer<P, S, I, O>,
  objective: Objective<O, T, U>,
  kinds: Kinds,
  accumulate: number,
): RunSteps<P, S, I, T, U> =>
  accumulate === 1 ? plainSteps(layer, objective, kinds) : accumulatedSteps(layer, objective, kinds, accumulate)

export const numbersFrom = (first: number, count: number, apart: number): Tensor =>
  np.array(Int32Array.from({ length: count }, (_, i) => (first + i) * apart))

/** Each step has an equal share of the batches of every part. */
export const resultsOf = ({ steps }: Group, kinds: Kinds, parts: Results['parts']): Results => ({
  parts,
  each: () =>
    Array.from({ length: steps }, (_, step) => {
      const total = tally([...kinds.keys()], kinds)
      for (const part of parts) {
        const share = countOf(part) / steps
        total.add(part, step * share, (step + 1) * share)
      }
      return total.means()
    }),
})

const plainSteps = <P, S, I, O, T, U>(
  layer: Layer<P, S, I, O>,
  objective: Objective<O, T, U>,
  kinds: Kinds,
): RunSteps<P, S, I, T, U> => {
  const step = measuringStep(layer, objective, kinds)
  type State = TrainingState<P, S, U>
  type Batch = readonly [Tensor, Examples<I, T>]
  const loop = jit((state: State, key: Key, numbers: Tensor, batches: Examples<I, T>) =>
    scan((s: State, [n, { x, y, weights }]: Batch) => step(s, random.foldIn(key, n), x, y, weights), state, [
      numbers,
      batches,
    ] as const),
  )
  return (state, key, { group, batches }) => {
    const { first, steps, size } = group
    const numbers = numbersFrom(first, steps, 1)
    const [next, measured] = loop(state, key, numbers, batches) as unknown as readonly [State, Measured]
    return [next, resultsOf(group, kinds, [{ measured, axes: 1, examples: size }])]
  }
}

const accumulatedSteps = <P, S, I, O, T, U>(
  layer: Layer<P, S, I, O>,
  objective: Objective<O, T, U>,
  kinds: Kinds,
  accumulate: number,
): RunSteps<P, S, I, T, U> => {
  const step = accumulatedStep(layer, objective, kinds)
  type State = TrainingState<P, S, U>
  type Portions = readonly [Tensor, Examples<I, T>]
  const loop = jit((state: State, key: Key, numbers: Tensor, batches: Examples<I, T>) =>
    scan((s: State, [n, b]: Portions) => step(s, key, n, { batches: b }), state, [numbers, batches] as const),
  )
  const last = jit((state: State, key: Key, number: Tensor, batches: Examples<I, T>, rest: Examples<I, T>) =>
    step(state, key, number, { batches, rest }),
  )
  return (state, key, { group, batches, rest: smaller }) => {
    const { first, steps, batches: count, size, rest } = group
    const numbers = numbersFrom(first, steps, accumulate)
    const partsOf = ({ batches: each, rest: more, whole }: PortionMetrics, axes: number): readonly Batches[] => [
      ...(each === null ? [] : [{ measured: each, axes: axes + 1, examples: size }]),
      ...(more === null ? [] : [{ measured: more, axes, examples: rest }]),
      ...(whole === null ? [] : [{ measured: whole, axes, examples: count * size + rest }]),
    ]
    if (smaller === undefined) {
      const [next, metrics] = loop(state, key, numbers, batches) as unknown as readonly [State, PortionMetrics]
      return [next, resultsOf(group, kinds, partsOf(metrics, 1))]
    }
    const [next, metrics] = last(state, key, numbers.slice(0), batches, smaller) as unknown as readonly [
      State,
      PortionMetrics,
    ]
    return [next, resultsOf(group, kinds, partsOf(metrics, 0))]
  }
}
