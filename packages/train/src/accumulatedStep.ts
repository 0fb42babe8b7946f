/** One step of training from several batches, for batches larger than memory allows. */
import { np, random, scan, type Tensor, tree } from '@puregrad/core'
import type { Key, Layer } from '@puregrad/nn'
import type { Examples } from './rows.js'
import {
  type BatchMetrics,
  forwardOf,
  gradientsOf,
  type Objective,
  type TrainingState,
  updated,
} from './trainingStep.js'

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
  const [forward, gradients] = [forwardOf(layer, objective), gradientsOf(layer, objective)]
  const map = tree.map as unknown as (f: (...leaves: Tensor[]) => Tensor, ...trees: readonly P[]) => P
  return (state, key, first, { batches, rest }) => {
    const [count, size] = [countOf(batches, 0), countOf(batches, 1)]
    const left = rest === undefined ? 0 : countOf(rest, 0)
    const total = count * size + left
    const numbers = first.add(np.arange(count, { dtype: 'int32' }))
    /** Carries something through the batches; each is told its key and its part of the examples. */
    const through = <C, M>(
      begin: C,
      visit: (carry: C, key: Key, batch: Examples<I, T>, part: number) => readonly [C, M],
    ): readonly [C, M, M | undefined] => {
      const [carry, outputs] = scan(
        (c: C, [n, batch]: readonly [Tensor, Examples<I, T>]) => visit(c, random.foldIn(key, n), batch, size / total),
        begin,
        [numbers, batches] as const,
      ) as unknown as readonly [C, M]
      if (rest === undefined) return [carry, outputs, undefined]
      const [last, output] = visit(carry, random.foldIn(key, first.add(count)), rest, left / total)
      return [last, outputs, output]
    }
    const mean = (losses: Tensor, last: Tensor | undefined): Tensor => {
      const most = np.sum(losses).mul(size / total)
      return last === undefined ? most : most.add(last.mul(left / total))
    }
    const valueFn = (params: P): Tensor => {
      const [, losses, last] = through(state.state, (s, k, { x, y, weights }) => {
        const [loss, [next]] = forward(params, s, k, x, y, weights ?? null)
        return [next, loss]
      })
      return mean(losses, last)
    }
    const zeros = map((w) => np.zerosLike(w), state.params)
    const [[sums, next], measured, measuredLast] = through(
      [zeros, state.state] as const,
      ([sum, s], k, { x, y, weights }, part) => {
        const [change, next, measured] = gradients(state.params, s, k, x, y, weights)
        return [[map((g0, g) => g0.add(g.mul(part)), sum, change), next] as const, measured]
      },
    )
    const value = mean(measured.loss, measuredLast?.loss)
    const metrics = { batches: measured, ...(measuredLast === undefined ? {} : { rest: measuredLast }) }
    return [updated(objective.optimizer, state, sums, next, { value, valueFn }), metrics]
  }
}
