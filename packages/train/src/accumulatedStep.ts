/** One step of training from several batches, for batches larger than memory allows. */
import { np, random, scan, type Tensor, tree } from '@puregrad/core'
import type { Key, Layer } from '@puregrad/nn'
import type { Examples } from './rows.js'
import { type BatchMetrics, gradientsOf, type Objective, type TrainingState, updated } from './trainingStep.js'

/** Batches of the same size, one above the other, and one that may be smaller. */
export interface Portion<I, T> {
  readonly batches: Examples<I, T>
  readonly rest?: Examples<I, T>
}

/** What was measured in the batches of a step, in their order, and in the smaller one. */
export interface PortionMetrics {
  readonly batches: BatchMetrics
  readonly rest?: BatchMetrics
}

/** From a state, a key, the number of the first batch and the batches to the next state and what was measured. */
export type AccumulatedStep<P, S, I, T, U> = (
  state: TrainingState<P, S, U>,
  key: Key,
  first: Tensor,
  portion: Portion<I, T>,
) => readonly [TrainingState<P, S, U>, PortionMetrics]

const countOf = (examples: unknown, axis: number): number =>
  (tree.leaves(examples)[0] as unknown as Tensor).shape[axis] as number

/**
 * A step whose gradient is the mean over the examples of several batches, none of which sees the update: that of one batch of
 * all of them, but for rounding and for layers that look across a batch or draw from their key.
 * @example
 * const [model, optimizer] = [dense(1), sgd(0.5)]
 * const step = accumulatedStep(model, { loss: losses.l2Loss, optimizer })
 * const start = init(model, [1], random.key(0))
 * const state = { ...start, optimizerState: optimizer.init(start.params) }
 * const batches = { x: np.ones([4, 8, 1]), y: np.ones([4, 8, 1]) }
 * const [next, measured] = step(state, random.key(1), np.array(0, { dtype: 'int32' }), { batches })
 * measured.batches.loss.shape // [4]
 */
export const accumulatedStep = <P, S, I, O, T, U>(
  layer: Layer<P, S, I, O>,
  objective: Objective<O, T, U>,
): AccumulatedStep<P, S, I, T, U> => {
  const gradients = gradientsOf(layer, objective)
  const map = tree.map as unknown as (f: (...leaves: Tensor[]) => Tensor, ...trees: readonly P[]) => P
  return (state, key, first, { batches, rest }) => {
    const [count, size] = [countOf(batches, 0), countOf(batches, 1)]
    const left = rest === undefined ? 0 : countOf(rest, 0)
    const total = count * size + left
    const add = (
      [sums, s]: readonly [P, S],
      n: Tensor,
      { x, y, weights }: Examples<I, T>,
      examples: number,
    ): readonly [readonly [P, S], BatchMetrics] => {
      const [change, next, measured] = gradients(state.params, s, random.foldIn(key, n), x, y, weights)
      return [[map((sum, g) => sum.add(g.mul(examples / total)), sums, change), next], measured]
    }
    type Carry = readonly [P, S]
    const begin: Carry = [map((w) => np.zerosLike(w), state.params), state.state]
    const numbers = first.add(np.arange(count, { dtype: 'int32' }))
    const [[sums, next], measured] = scan(
      (carry: Carry, [n, batch]: readonly [Tensor, Examples<I, T>]) => add(carry, n, batch, size),
      begin,
      [numbers, batches] as const,
    ) as unknown as readonly [Carry, BatchMetrics]
    if (rest === undefined) return [updated(objective.optimizer, state, sums, next), { batches: measured }]
    const [[all, last], measuredLast] = add([sums, next], first.add(count), rest, left)
    return [updated(objective.optimizer, state, all, last), { batches: measured, rest: measuredLast }]
  }
}
