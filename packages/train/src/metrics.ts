/** Measuring a model: losses and metrics of a batch, and their means over many. */
import { np, ShapeError, type Tensor } from '@puregrad/core'
import type { Metrics } from './history.js'

/**
 * A number for each example of a batch, or one for the whole of it, from outputs and targets. Losses have to be
 * differentiable by the outputs.
 * @example const accuracy: Measure = (logits, labels) => np.equal(np.argmax(logits, { axis: -1 }), labels)
 */
export type Measure<O = Tensor, T = Tensor> = (outputs: O, targets: T) => Tensor

/** What is measured besides the loss, by name. */
export type Measures<O = Tensor, T = Tensor> = Readonly<Record<string, Measure<O, T>>>

/** One float32 for the batch. */
export const meanOf = (name: string, values: Tensor): Tensor => {
  if (name === 'loss' && values.dtype !== 'float32' && values.dtype !== 'float64') {
    throw new ShapeError(`fit: the loss is ${values.dtype}[${values.shape}]; it has to be made of floats to be minimised.`)
  }
  return np.mean(values.dtype === 'bool' ? values.astype('float32') : values)
}

/** The loss and all metrics of one batch, each as one number. */
export const measureBatch = <O, T>(loss: Tensor, metrics: Measures<O, T>, outputs: O, targets: T): Readonly<Record<string, Tensor>> => ({
  loss,
  ...Object.fromEntries(Object.entries(metrics).map(([name, measure]) => [name, meanOf(name, measure(outputs, targets))])),
})

/** Means of batches, weighted by their numbers of examples. */
export interface RunningMeans {
  readonly add: (batch: Readonly<Record<string, ArrayLike<number>>>, examples: number) => void
  readonly means: () => Metrics
}

export const runningMeans = (): RunningMeans => {
  const sums = new Map<string, number>()
  let total = 0
  return {
    add: (batch, examples) => {
      for (const [name, values] of Object.entries(batch)) {
        for (let i = 0; i < values.length; i++) sums.set(name, (sums.get(name) ?? 0) + (values[i] as number) * examples)
      }
      total += examples * Math.max(0, ...Object.values(batch).map(({ length }) => length))
    },
    means: () => Object.fromEntries([...sums].map(([name, sum]) => [name, sum / total])),
  }
}
