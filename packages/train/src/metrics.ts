/**
 * Measuring a model: losses and metrics of a batch in a form in which those of many batches add up to that of all, so that no
 * answer depends on how examples are grouped. A mean goes with its weight, a ratio with its counts.
 */
import { DTypeError, np, ShapeError, type Tensor } from '@puregrad/core'
import { madeOf } from '@puregrad/nn'
import { weighted } from './weighting.js'

/**
 * A number for each example of a batch, or one for the whole of it, from outputs and targets. Losses have to be
 * differentiable by the outputs.
 * @example const accuracy: Measure = (logits, labels) => np.equal(np.argmax(logits, { axis: -1 }), labels)
 */
export type Measure<O = Tensor, T = Tensor> = (outputs: O, targets: T) => Tensor

/** A streaming metric of outputs and targets, such as `metrics.streaming.f1Score()`. */
export interface StreamingMeasure<O = Tensor, T = Tensor> extends Reducer {
  readonly measure: (outputs: O, targets: T) => unknown
}

/** How totals add up, and what they say. */
export interface Reducer {
  readonly monoid: { readonly empty: unknown; readonly concat: (a: never, b: never) => unknown }
  readonly result: (total: never) => Tensor
}

/** What is measured besides the loss, by name. */
export type Measures<O = Tensor, T = Tensor> = Readonly<Record<string, Measure<O, T> | StreamingMeasure<O, T>>>

/** What one measure says of a batch: a mean and its weight, which is the number of examples if there is none, or a total. */
export type Part = { readonly mean: Tensor; readonly weight: Tensor | null } | { readonly total: unknown }

/** What a batch says, by name, the loss first: a pytree. */
export type Measured = Readonly<Record<string, Part>>

/**
 * How a measure adds up. `Separable`: batches by their numbers of examples. `Weighed`: by weights of their own. `Total`: by its
 * monoid. `Whole`: not at all; it is one number of a batch of which nothing is known, and asks for all examples at once.
 */
export type Kind =
  | { readonly _tag: 'Separable' | 'Weighed' | 'Whole' }
  | ({ readonly _tag: 'Total'; readonly isExact: boolean } & Reducer)

/** What was found out about each measure when it was first traced; until then a map is empty. */
export type Kinds = Map<string, Kind>

const classified = (values: Tensor): readonly [Part, Kind] => {
  const known = values.ndim > 0 ? undefined : madeOf(values)
  if (known?._tag === 'Total') {
    const total = known.total()
    if (total !== undefined) return [{ total }, known]
  }
  const mean = np.mean(values)
  if (values.ndim > 0) return [{ mean, weight: null }, { _tag: 'Separable' }]
  if (known?._tag !== 'Mean') return [{ mean, weight: null }, { _tag: 'Whole' }]
  // A number is that of elements, as many for every example.
  return typeof known.weight === 'number'
    ? [{ mean, weight: null }, { _tag: 'Separable' }]
    : [{ mean, weight: known.weight }, { _tag: 'Weighed' }]
}

const partOf = (name: string, values: Tensor, kinds: Kinds): Part => {
  const [part, kind] = classified(values)
  kinds.set(name, kind)
  return part
}

/** The mean loss of a batch, each example's times its weights, and what it is made of. @throws DTypeError if it is not made of floats */
export const lossOf = <O, T>(
  loss: Measure<O, T>,
  outputs: O,
  targets: T,
  kinds: Kinds,
  weights?: Tensor,
  classWeights?: readonly number[],
): readonly [mean: Tensor, part: Part] => {
  const values = loss(outputs, targets)
  if (values.dtype !== 'float32' && values.dtype !== 'float64') {
    throw new DTypeError(
      `The loss is ${values.dtype}[${values.shape}] and only floats can be minimised. What counts hits belongs to \`metrics\`.`,
    )
  }
  const part = partOf('loss', weighted(values, targets, weights, classWeights), kinds)
  // A ratio of counts is no mean, but may be minimised as it is.
  return 'mean' in part ? [part.mean, part] : [values, part]
}

/** What each metric says of a batch. */
export const metricsOf = <O, T>(metrics: Measures<O, T>, outputs: O, targets: T, kinds: Kinds): Measured =>
  Object.fromEntries(
    Object.entries(metrics).map(([name, metric]) => {
      if (typeof metric === 'function') return [name, partOf(name, metric(outputs, targets), kinds)]
      kinds.set(name, { ...metric, _tag: 'Total', isExact: true })
      return [name, { total: metric.measure(outputs, targets) }]
    }),
  )

const numberOf = (name: string, { result }: Reducer, total: unknown): Tensor => {
  const value = result(total as never)
  if (value.size === 1) return value.reshape([])
  throw new ShapeError(
    `The metric ${name} gives ${value.dtype}[${value.shape}], and a history holds numbers. Give one that ends in a number.`,
  )
}

/** The number that each measure is. */
export const numbersOf = (measured: Measured, kinds: Kinds): Readonly<Record<string, Tensor>> =>
  Object.fromEntries(
    Object.entries(measured).map(([name, part]) => {
      if ('mean' in part) return [name, part.mean]
      const kind = kinds.get(name)
      return [name, kind?._tag === 'Total' ? numberOf(name, kind, part.total) : np.array(Number.NaN)]
    }),
  )
