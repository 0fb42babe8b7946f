/** Measuring a model: losses and metrics of a batch, and their means over many. */
import { DTypeError, np, type Tensor } from '@puregrad/core'
import type { Metrics } from './history.js'
import { weighted } from './weighting.js'

/**
 * A number for each example of a batch, or one for the whole of it, from outputs and targets. Losses have to be
 * differentiable by the outputs.
 * @example const accuracy: Measure = (logits, labels) => np.equal(np.argmax(logits, { axis: -1 }), labels)
 */
export type Measure<O = Tensor, T = Tensor> = (outputs: O, targets: T) => Tensor

/** What is measured besides the loss, by name. */
export type Measures<O = Tensor, T = Tensor> = Readonly<Record<string, Measure<O, T>>>

/** The mean loss of a batch, each example's times its weights. @throws DTypeError if it is not made of floats */
export const lossOf = <O, T>(
  loss: Measure<O, T>,
  outputs: O,
  targets: T,
  weights?: Tensor,
  classWeights?: readonly number[],
): Tensor => {
  const values = loss(outputs, targets)
  if (values.dtype !== 'float32' && values.dtype !== 'float64') {
    throw new DTypeError(
      `The loss is ${values.dtype}[${values.shape}] and only floats can be minimised. What counts hits belongs to \`metrics\`.`,
    )
  }
  return np.mean(weighted(values, targets, weights, classWeights))
}

/** The mean of each metric over a batch. */
export const metricsOf = <O, T>(metrics: Measures<O, T>, outputs: O, targets: T): Readonly<Record<string, Tensor>> =>
  Object.fromEntries(Object.entries(metrics).map(([name, measure]) => [name, np.mean(measure(outputs, targets))]))

/** Sums of what was measured, by name, and over how many examples: from these an epoch goes on in its middle. */
export interface Sums {
  readonly sums: Readonly<Record<string, number>>
  readonly examples: number
}

export const noSums: Sums = { sums: {}, examples: 0 }

/** Means of batches, weighted by their numbers of examples. */
export interface RunningMeans {
  /** Adds what was measured in one batch, as scalars, or in several of the same size, as tensors. */
  readonly add: (measured: Readonly<Record<string, Tensor>>, examples: number) => void
  readonly means: () => Metrics
  readonly sums: () => Sums
}

/** What was summed so far, at first nothing: the loss, then the metrics in the order in which they are given. */
export const runningMeans = (metrics: Readonly<Record<string, unknown>>, from: Sums = noSums): RunningMeans => {
  const names = ['loss', ...Object.keys(metrics)]
  const sums = names.map((name) => from.sums[name] ?? 0)
  let total = from.examples
  const named = (of: (sum: number) => number): Metrics =>
    Object.fromEntries(names.map((name, i) => [name, of(sums[i] as number)]))
  return {
    add: (measured, examples) => {
      names.forEach((name, i) => {
        const values = (measured[name] as Tensor).data()
        for (const value of values) sums[i] = (sums[i] as number) + value * examples
        if (i === 0) total += values.length * examples
      })
    },
    means: () => named((sum) => sum / total),
    sums: () => ({ sums: named((sum) => sum), examples: total }),
  }
}
