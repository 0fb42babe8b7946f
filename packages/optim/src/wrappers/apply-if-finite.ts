/** An optimiser that lets gradients pass by which are not finite. */
import { cond, np, type Tensor } from '@puregrad/core'
import { increment, noSteps } from '../moments.js'
import type { GradientTransformation } from '../transformation.js'
import { mapTree } from '../trees.js'
import { allFinite } from './multi-steps.js'

export interface ApplyIfFiniteState<S> {
  /** How many gradients in a row were not finite. */
  readonly notfiniteCount: Tensor
  /** Whether the last one was. */
  readonly lastFinite: Tensor
  /** How many were not in all. */
  readonly totalNotfinite: Tensor
  readonly innerState: S
}

/**
 * `inner` while gradients are finite; updates of zero and an unchanged state where a NaN or an infinity is in them, but not more
 * than `maxConsecutiveErrors` times in a row: then it lets them through, so that the failure is seen.
 * @example
 * const optimizer = applyIfFinite(sgd(1), 3)
 * optimizer.update({ w: np.array([1, NaN]) }, optimizer.init({ w: np.zeros([2]) }))[0] // { w: [0, 0] }
 */
export const applyIfFinite = <S>(
  inner: GradientTransformation<S>,
  maxConsecutiveErrors: number,
): GradientTransformation<ApplyIfFiniteState<S>> => ({
  init: (params) => ({
    notfiniteCount: noSteps(),
    lastFinite: np.array(true),
    totalNotfinite: noSteps(),
    innerState: inner.init(params),
  }),
  update: (grads, state, params, extra) => {
    type P = typeof grads
    const lastFinite = allFinite(grads)
    const notfiniteCount = np.where(lastFinite, 0, increment(state.notfiniteCount))
    const [updates, innerState] = cond(
      np.logicalOr(lastFinite, notfiniteCount.gt(maxConsecutiveErrors)),
      (g: unknown, s: unknown, p: unknown) => {
        const [made, next] = inner.update(g as P, s as S, (p ?? undefined) as P | undefined, extra)
        return [mapTree((u, like) => u.astype(like.dtype), made, g), next]
      },
      (g: unknown, s: unknown) => [mapTree(np.zerosLike, g), s],
      grads as unknown,
      state.innerState as unknown,
      (params ?? null) as unknown,
    ) as unknown as readonly [P, S]
    const totalNotfinite = np.where(lastFinite, state.totalNotfinite, increment(state.totalNotfinite))
    return [updates, { notfiniteCount, lastFinite, totalNotfinite, innerState }]
  },
})
