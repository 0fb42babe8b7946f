/** Metrics over any number of batches: pure reducers, of which counts are kept and not results. */
import { np, type Tensor, tree } from '@puregrad/core'
import type { Monoid } from 'fp-ts/lib/Monoid.js'
import { withMadeOf } from '../made-of.js'

/**
 * What a metric keeps of a batch (S), how that of two batches adds up, and what the total says. All functions are pure, so that
 * `measure` jits, totals of shards or epochs add up in any order, and reading a total changes nothing.
 * @example
 * const accuracy = metrics.streaming.accuracy()
 * const logits = np.array([[0, 1], [1, 0]])
 * const first = accuracy.measure(logits, np.array([1, 1], { dtype: 'int32' }))
 * const second = accuracy.measure(logits, np.array([1, 0], { dtype: 'int32' }))
 * accuracy.result(accuracy.monoid.concat(first, second)).item() // 0.75
 */
export interface Metric<A extends readonly unknown[], S, R = Tensor> {
  /** Totals add up, and `empty` is that of no batches. */
  readonly monoid: Monoid<S>
  readonly measure: (...batch: A) => S
  readonly result: (total: S) => R
}

/**
 * The monoid of trees of tensors under addition, for metrics of one's own.
 * @param empty a tree of zeros
 * @example
 * const { concat, empty } = metrics.sums({ hits: np.array(0), count: np.array(0) })
 * concat(empty, { hits: np.array(1), count: np.array(2) }).count.item() // 2
 */
export const sums = <S>(empty: S): Monoid<S> => ({
  empty,
  concat: (a, b) => tree.map((x, y) => (x as unknown as Tensor).add(y as unknown as Tensor), a, b) as S,
})

/** int32 zero, of which counts are made. */
export const none = (shape: readonly number[] = []): Tensor => np.zeros(shape, { dtype: 'int32' })

/** How many are true, as int32: exact where float32 sums stop at 2²⁴. */
export const count = (x: Tensor): Tensor => np.sum(x.astype('int32'))

/** a / b of counts, 0 where b is 0. */
export const quotient = (a: Tensor, b: Tensor): Tensor => {
  const isNone = b.eq(0)
  return np.where(isNone, 0, a.astype('float32').div(np.where(isNone, 1, b).astype('float32')))
}

/**
 * A metric over batches: the result of the sum of what is measured.
 * @param batches the arguments of `measure`, batch by batch
 * @example
 * const batches: [Tensor, Tensor][] = [[np.array([1, 2]), np.array([1, 2])], [np.array([5]), np.array([5])]]
 * metrics.reduceBatches(metrics.streaming.r2Score(), batches).item() // 1
 */
export const reduceBatches = <A extends readonly unknown[], S, R>(
  { monoid, measure, result }: Metric<A, S, R>,
  batches: Iterable<Readonly<A>>,
): R => {
  let total = monoid.empty
  for (const batch of batches) total = monoid.concat(total, measure(...(batch as A)))
  return result(total)
}

/**
 * The value of a plain function, which remembers what the metric beside it counts in the same batch. It is counted if someone asks
 * before the turn is over, as whoever traces it does; the batch itself is not kept alive by the value.
 */
export const remembering = <A extends readonly Tensor[], S>(
  value: Tensor,
  { monoid, measure, result }: Metric<A, S>,
  batch: A,
  { isExact = true } = {},
): Tensor => {
  const held = batch.map((x) => new WeakRef(x))
  const total = (): S | undefined => {
    const still = held.map((x) => x.deref())
    return still.includes(undefined) ? undefined : measure(...(still as unknown as A))
  }
  return withMadeOf(value, { _tag: 'Total', monoid, result, total, isExact })
}

/** Any metric, for bounds of type parameters. */
interface SomeMetric {
  readonly monoid: { readonly empty: unknown; readonly concat: (a: never, b: never) => unknown }
  readonly measure: (...batch: never) => unknown
  readonly result: (total: never) => unknown
}

type Named = Readonly<Record<string, SomeMetric>>
type BatchOfAll<R extends Named> = R[keyof R]['measure'] extends (...batch: infer A) => unknown ? A : never

/**
 * Several metrics of the same batches as one, under their names.
 * @example
 * const both = metrics.together({ accuracy: metrics.streaming.accuracy(), top2: metrics.streaming.topKAccuracy({ k: 2 }) })
 * const total = both.measure(np.array([[3, 2, 1]]), np.array([1], { dtype: 'int32' }))
 * both.result(total).top2.item() // 1
 */
export const together = <const R extends Named>(
  all: R,
): Metric<
  BatchOfAll<R>,
  { readonly [K in keyof R]: ReturnType<R[K]['measure']> },
  { readonly [K in keyof R]: ReturnType<R[K]['result']> }
> => {
  const each = <T extends Readonly<Record<keyof R, unknown>>>(
    f: (metric: Metric<readonly unknown[], unknown, unknown>, name: string) => unknown,
  ): T =>
    Object.fromEntries(
      Object.entries(all).map(([name, metric]) => [
        name,
        f(metric as unknown as Metric<readonly unknown[], unknown, unknown>, name),
      ]),
    ) as T
  const at = (record: unknown, name: string): unknown => (record as Readonly<Record<string, unknown>>)[name]
  return {
    monoid: {
      empty: each(({ monoid }) => monoid.empty),
      concat: (a, b) => each(({ monoid }, name) => monoid.concat(at(a, name), at(b, name))),
    },
    measure: (...batch) => each(({ measure }) => measure(...(batch as readonly unknown[]))),
    result: (total) => each(({ result }, name) => result(at(total, name))),
  }
}
