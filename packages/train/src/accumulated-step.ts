/** One step of training from several batches, for batches larger than memory allows. */
import { evalShape, grad, np, random, scan, type Tensor, tree, valueAndGrad } from '@puregrad/core'
import type { Key, Layer } from '@puregrad/nn'
import type { Kinds, Measured } from './metrics.js'
import type { Examples } from './rows.js'
import { forwardOf, gradientsOf, measuredOf, type Objective, type TrainingState, updated } from './training-step.js'

/** Batches of the same size, one above the other, and one that may be smaller. */
export interface Portion<I, T> {
  readonly batches: Examples<I, T>
  readonly rest?: Examples<I, T>
}

/** What was measured in the batches of a step, in their order, and in the smaller one; or in all of them as one. */
export interface PortionMetrics {
  readonly batches: Measured | null
  readonly rest: Measured | null
  readonly whole: Measured | null
}

/** From a state, a key, the number of the first batch and the batches to the next state and what was measured. */
export type AccumulatedStep<P, S, I, T, U> = (
  state: TrainingState<P, S, U>,
  key: Key,
  first: Tensor,
  portion: Portion<I, T>,
) => readonly [TrainingState<P, S, U>, PortionMetrics]

const lengthOf = (examples: unknown, axis: number): number =>
  (tree.leaves(examples)[0] as unknown as Tensor).shape[axis] as number

/** tree.map over trees of tensors whose type only the caller knows. */
const mapTensors = <X>(f: (...leaves: Tensor[]) => Tensor, ...trees: readonly unknown[]): X =>
  (tree.map as (f: unknown, ...trees: readonly unknown[]) => unknown)(f, ...trees) as X

/** Carries something through the batches of a portion; each visit is told its key and which part of all examples it sees. */
const through = <I, T, C, M>(
  { batches, rest }: Portion<I, T>,
  key: Key,
  first: Tensor,
  begin: C,
  visit: (carry: C, key: Key, batch: Examples<I, T>, part: number) => readonly [C, M],
): readonly [C, M, M | null] => {
  const [count, size] = [lengthOf(batches, 0), lengthOf(batches, 1)]
  const left = rest === undefined ? 0 : lengthOf(rest, 0)
  const total = count * size + left
  const numbers = first.add(np.arange(count, { dtype: 'int32' }))
  const [carry, outputs] = scan(
    (c: C, [n, batch]: readonly [Tensor, Examples<I, T>]) => visit(c, random.foldIn(key, n), batch, size / total),
    begin,
    [numbers, batches] as const,
  ) as unknown as readonly [C, M]
  if (rest === undefined) return [carry, outputs, null]
  const [end, output] = visit(carry, random.foldIn(key, first.add(count)), rest, left / total)
  return [end, outputs, output]
}

/** What stands in batches above each other, and in the smaller one, as one batch. */
const flattened = <X>(batches: X, rest: X | null | undefined): X => {
  const flat = mapTensors<X>((x) => x.reshape([-1, ...x.shape.slice(2)]), batches)
  if (rest === null || rest === undefined) return flat
  return mapTensors((x, y) => np.concatenate([x, y], { axis: 0 }), flat, rest)
}

/** The opposite, for batches of these sizes. */
const unflattened = <X>(all: X, count: number, size: number): readonly [X, X] => [
  mapTensors((x) => x.slice({ stop: count * size }).reshape([count, size, ...x.shape.slice(1)]), all),
  mapTensors((x) => x.slice({ start: count * size }), all),
]

/**
 * A step whose gradient is that of one batch of all examples of several batches, but for rounding and for layers that look across a
 * batch or draw from their key; no batch sees the update. A loss of each example is averaged batch by batch. Of a mean with weights of
 * its own, and of any other loss that is one number, the outputs of all batches are kept: its derivative by all of them is carried
 * back through one batch after the other, which the model then sees twice (Gao et al. 2021, Scaling Deep Contrastive Learning Batch Size
 * under Memory Limited Setup).
 * @example
 * const [model, optimizer] = [dense(1), sgd(0.5)]
 * const step = accumulatedStep(model, { loss: losses.l2Loss, optimizer }, new Map())
 * const start = init(model, [1], random.key(0))
 * const state = { ...start, optimizerState: optimizer.init(start.params) }
 * const batches = { x: np.ones([4, 8, 1]), y: np.ones([4, 8, 1]) }
 * const [next, { batches: measured }] = step(state, random.key(1), np.array(0, { dtype: 'int32' }), { batches })
 * measured?.loss !== undefined && 'mean' in measured.loss && measured.loss.mean.shape // [4]
 */
export const accumulatedStep = <P, S, I, O, T, U>(
  layer: Layer<P, S, I, O>,
  objective: Objective<O, T, U>,
  kinds: Kinds,
): AccumulatedStep<P, S, I, T, U> => {
  const [separate, whole] = [separateStep(layer, objective, kinds), wholeStep(layer, objective, kinds)]
  const forward = forwardOf(layer, objective, kinds)
  return (state, key, first, portion) => {
    const { x, y, weights } = mapTensors<Examples<I, T>>((leaf) => leaf.slice(0), portion.batches)
    // Of what kind the loss is shows when it is traced.
    evalShape(() => forward(state.params, state.state, key, x, y, weights ?? null)[0])
    return (kinds.get('loss')?._tag === 'Separable' ? separate : whole)(state, key, first, portion)
  }
}

/** For a loss of each example: the mean of the gradients of all batches. */
const separateStep = <P, S, I, O, T, U>(
  layer: Layer<P, S, I, O>,
  objective: Objective<O, T, U>,
  kinds: Kinds,
): AccumulatedStep<P, S, I, T, U> => {
  const [forward, gradients] = [forwardOf(layer, objective, kinds), gradientsOf(layer, objective, kinds)]
  return (state, key, first, portion) => {
    const [count, size] = [lengthOf(portion.batches, 0), lengthOf(portion.batches, 1)]
    const left = portion.rest === undefined ? 0 : lengthOf(portion.rest, 0)
    const total = count * size + left
    const mean = (losses: Tensor, last: Tensor | null): Tensor => {
      const most = np.sum(losses).mul(size / total)
      return last === null ? most : most.add(last.mul(left / total))
    }
    const valueFn = (params: P): Tensor => {
      const [, losses, last] = through(portion, key, first, state.state, (s, k, { x, y, weights }) => {
        const [loss, [next]] = forward(params, s, k, x, y, weights ?? null)
        return [next, loss]
      })
      return mean(losses, last)
    }
    const zeros = mapTensors<P>((w) => np.zerosLike(w), state.params)
    const [[sums, next], [losses, batches], last] = through(
      portion,
      key,
      first,
      [zeros, state.state] as const,
      ([sum, s], k, { x, y, weights }, part) => {
        const [change, next, loss, measured] = gradients(state.params, s, k, x, y, weights)
        const added = mapTensors<P>((g0, g) => g0.add(g.mul(part)), sum, change)
        return [[added, next] as const, [loss, measured] as const]
      },
    )
    const value = mean(losses, last === null ? null : last[0])
    const metrics = { batches, rest: last === null ? null : last[1], whole: null }
    return [updated(objective.optimizer, state, sums, next, { value, valueFn }), metrics]
  }
}

/** For any other loss: its derivative by the outputs of all batches, then through the model batch by batch. */
const wholeStep =
  <P, S, I, O, T, U>(
    layer: Layer<P, S, I, O>,
    objective: Objective<O, T, U>,
    kinds: Kinds,
  ): AccumulatedStep<P, S, I, T, U> =>
  (state, key, first, portion) => {
    const [count, size] = [lengthOf(portion.batches, 0), lengthOf(portion.batches, 1)]
    const apply = (params: P, s: S, k: Key, x: I): readonly [O, S] =>
      layer.apply(params, s, x, { mode: 'train', key: k })
    const outputsOf = (params: P): O => {
      const [, batches, rest] = through(portion, key, first, state.state, (s, k, { x }) => {
        const [outputs, next] = apply(params, s, k, x)
        return [next, outputs]
      })
      return flattened(batches, rest)
    }
    const y = flattened(portion.batches.y, portion.rest?.y)
    const lossOf = (outputs: O): readonly [Tensor, Measured] => measuredOf(objective, kinds, outputs, y, null)
    const outputs = outputsOf(state.params)
    const [[value, measured], slopes] = valueAndGrad(lossOf as never, { hasAux: true })(
      outputs as never,
    ) as unknown as readonly [readonly [Tensor, Measured], O]
    const [batchSlopes, restSlopes] = unflattened(slopes, count, size)
    // The product of outputs and slopes has the gradient that the loss has.
    const product = (params: P, s: S, k: Key, x: I, slope: O): readonly [Tensor, S] => {
      const [out, next] = apply(params, s, k, x)
      const products = tree.leaves(mapTensors((a, b) => np.sum(a.mul(b)), out, slope)) as unknown as readonly Tensor[]
      return [products.reduce((a, b) => a.add(b)), next]
    }
    const derivative = grad(product as never, { hasAux: true }) as unknown as (
      ...args: readonly [P, S, Key, I, O]
    ) => readonly [P, S]
    const sloped = {
      batches: { x: portion.batches.x, y: batchSlopes },
      ...(portion.rest === undefined ? {} : { rest: { x: portion.rest.x, y: restSlopes } }),
    }
    const zeros = mapTensors<P>((w) => np.zerosLike(w), state.params)
    const [[sums, next]] = through(
      sloped,
      key,
      first,
      [zeros, state.state] as const,
      ([sum, s], k, { x, y: slope }) => {
        const [change, after] = derivative(state.params, s, k, x, slope)
        return [[mapTensors<P>((g0, g) => g0.add(g), sum, change), after] as const, null]
      },
    )
    const valueFn = (params: P): Tensor => lossOf(outputsOf(params))[0]
    const metrics = { batches: null, rest: null, whole: measured }
    return [updated(objective.optimizer, state, sums, next, { value, valueFn }), metrics]
  }
