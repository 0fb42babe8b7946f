/** Adding up what batches say. */
import { Tensor, tree } from '@puregrad/core'
import type { Metrics } from './history.js'
import { type Kinds, type Measured, numbersOf } from './metrics.js'

/** What one measure said so far: a sum and its weight, or a total. */
export type Sum = { readonly total: number; readonly weight: number } | { readonly counts: unknown }

/** What was measured so far, by name: an ordinary pytree, from which an epoch goes on in its middle. */
export interface Sums {
  readonly sums: Readonly<Record<string, Sum>>
}

export const noSums: Sums = { sums: {} }

/** Batches of the same size: the first axes of every leaf count them. */
export interface Batches {
  readonly measured: Measured
  readonly axes: number
  /** Examples of each. */
  readonly examples: number
}

/** What many batches say together. */
export interface Tally {
  /** Adds batches: all of them, or those from one number up to, but not including, another. */
  readonly add: (batches: Batches, from?: number, to?: number) => void
  readonly means: () => Metrics
  readonly sums: () => Sums
}

/** One of the batches that stand above each other in a tree. */
const batchOf = (x: unknown, axes: number, i: number): unknown =>
  tree.map((leaf) => {
    const stacked = leaf as unknown as Tensor
    return (axes === 0 ? stacked : stacked.reshape([-1, ...stacked.shape.slice(axes)]).slice(i)) as never
  }, x as Tensor)

const isScalarTree = (x: unknown): x is Tensor => x instanceof Tensor

/** How many batches there are; none if nothing was measured. */
export const countOf = ({ measured, axes }: Batches): number => {
  const leaf = tree.leaves(measured).find(isScalarTree)
  return leaf === undefined ? 0 : leaf.shape.slice(0, axes).reduce((product, n) => product * n, 1)
}

const added = (sum: Sum | undefined, name: string, batches: Batches, kinds: Kinds, from: number, to: number): Sum => {
  const part = batches.measured[name] as Measured[string]
  if ('mean' in part) {
    let { total, weight } = sum !== undefined && 'weight' in sum ? sum : { total: 0, weight: 0 }
    const [means, weights] = [part.mean.data(), part.weight?.data()]
    for (let i = from; i < to; i++) {
      const share = weights === undefined ? batches.examples : (weights[i] as number)
      // A mean of nothing says nothing, whatever it is.
      if (share !== 0) total += (means[i] as number) * share
      weight += share
    }
    return { total, weight }
  }
  const kind = kinds.get(name)
  if (kind?._tag !== 'Total') return { counts: null }
  const { concat, empty } = kind.monoid as {
    readonly concat: (a: unknown, b: unknown) => unknown
    readonly empty: unknown
  }
  let counts = sum !== undefined && 'counts' in sum ? sum.counts : empty
  for (let i = from; i < to; i++) counts = concat(counts, batchOf(part.total, batches.axes, i))
  return { counts }
}

/**
 * What was summed so far, at first nothing.
 * @param names the loss, then the metrics in the order in which they are given
 */
export const tally = (names: Iterable<string>, kinds: Kinds, begin: Sums = noSums): Tally => {
  const sums = new Map(Object.entries(begin.sums))
  const mean = (name: string): number => {
    const sum = sums.get(name)
    if (sum === undefined) return Number.NaN
    if ('weight' in sum) return sum.weight === 0 ? 0 : sum.total / sum.weight
    return (numbersOf({ [name]: { total: sum.counts } }, kinds)[name] as Tensor).item()
  }
  return {
    add: (batches, from = 0, to = countOf(batches)) => {
      for (const name of Object.keys(batches.measured)) {
        sums.set(name, added(sums.get(name), name, batches, kinds, from, to))
      }
    },
    means: () => Object.fromEntries(Array.from(names, (name) => [name, mean(name)])),
    sums: () => ({ sums: Object.fromEntries(sums) }),
  }
}
