/** Sharpness-aware minimisation: the gradient of the worst place nearby. */
import { cond, np, operation, RangeError, type Tensor } from '@puregrad/core'
import { increment, noSteps } from '../moments.js'
import { type GradientTransformation, type Moments, requiredExtra, requiredParams } from '../transformation.js'
import { applyUpdates, mapTree, momentsOf, whereTree } from '../trees.js'

export interface SamState<S, A> {
  readonly stepsSinceSync: Tensor
  readonly optState: S
  readonly advState: A
  /** The parameters before the ascent; null in opaque mode. */
  readonly cache: Moments | null
}

export interface SamOptions {
  /** How many gradients make a step: 2 unless said, one up and one down. */
  readonly syncPeriod?: number
  /** Whether the adversary starts anew after each step: true unless said. */
  readonly resetState?: boolean
  /** Whether one update makes the whole step, with gradients from `gradFn`: false unless said. */
  readonly opaqueMode?: boolean
}

const negated = <P>(updates: P): P => mapTree((u) => u.neg(), updates)

/**
 * SAM: the adversary goes uphill from the parameters, and the optimiser steps from the parameters by the gradient up there. Each
 * update takes one gradient, and every `syncPeriod`th makes the step; the parameters in between are the adversary's. With
 * `opaqueMode` one update makes the step, and takes the gradients it needs from `gradFn`. Foret et al. 2021, Algorithm 1: the
 * adversary is `chain(normalize(), sgd(rho))`.
 * @throws RangeError unless `syncPeriod` is 1 or more, TreeError if `update` gets no parameters, or in opaque mode no `gradFn`
 * @example
 * const gradient = grad((p: { w: Tensor }) => np.sum(np.square(p.w)))
 * const params = { w: np.array([2]) }
 * const optimizer = sam(sgd(0.1), chain(normalize(), sgd(0.5)), { opaqueMode: true })
 * const extra = { gradFn: gradient }
 * const [updates, state] = optimizer.update(gradient(params), optimizer.init(params), params, extra)
 * applyUpdates(params, updates) // { w: [1.5] }
 */
export const sam = operation(
  'sam',
  { at: 2, names: ['syncPeriod', 'resetState', 'opaqueMode'] },
  <S, A>(
    optimizer: GradientTransformation<S>,
    advOptimizer: GradientTransformation<A>,
    { syncPeriod = 2, resetState = true, opaqueMode = false }: SamOptions = {},
  ): GradientTransformation<SamState<S, A>> => {
    if (!(syncPeriod >= 1)) {
      throw new RangeError(`sam: ${syncPeriod} gradients make no step. Pass a period of 1 or more, usually 2.`)
    }
    return {
      init: (params) => ({
        stepsSinceSync: noSteps(),
        optState: optimizer.init(params),
        advState: advOptimizer.init(params),
        cache: opaqueMode ? null : momentsOf((x) => x, params),
      }),
      update: opaqueMode
        ? opaque(optimizer, advOptimizer, syncPeriod, resetState)
        : transparent(optimizer, advOptimizer, syncPeriod, resetState),
    }
  },
)

type Update<S, A> = GradientTransformation<SamState<S, A>>['update']

const transparent =
  <S, A>(
    optimizer: GradientTransformation<S>,
    advOptimizer: GradientTransformation<A>,
    syncPeriod: number,
    resetState: boolean,
  ): Update<S, A> =>
  (grads, state, given, extra) => {
    type P = typeof grads
    const params = requiredParams('sam', given)
    const cache = whereTree(state.stepsSinceSync.eq(0), params, state.cache) as P
    const done = increment(state.stepsSinceSync)
    const steps = done.ge(syncPeriod)
    const [updates, optState, advState] = cond(
      steps,
      (g: unknown, c: unknown, p: unknown, s: unknown, a: unknown) => {
        const [down, next] = optimizer.update(g as P, s as S, c as P, extra)
        const updates = mapTree((u, from, now) => from.sub(now).add(u).astype(u.dtype), down, c, p)
        return [updates, next, resetState ? advOptimizer.init(p) : a]
      },
      (g: unknown, _: unknown, p: unknown, s: unknown, a: unknown) => {
        const [down, next] = advOptimizer.update(g as P, a as A, p as P, extra)
        return [negated(down), s, next]
      },
      grads as unknown,
      cache as unknown,
      params as unknown,
      state.optState as unknown,
      state.advState as unknown,
    ) as unknown as readonly [P, S, A]
    const stepsSinceSync = np.where(steps, 0, done)
    return [updates, { stepsSinceSync, optState, advState, cache: cache as Moments }]
  }

const opaque =
  <S, A>(
    optimizer: GradientTransformation<S>,
    advOptimizer: GradientTransformation<A>,
    syncPeriod: number,
    resetState: boolean,
  ): Update<S, A> =>
  (grads, state, given, extra) => {
    const params = requiredParams('sam', given)
    const gradFn = requiredExtra('sam', 'gradFn', extra)
    let [place, gradient, advState] = [params, grads, state.advState]
    for (let i = 0; i < syncPeriod - 1; i++) {
      const [down, next] = advOptimizer.update(gradient, advState, place, extra)
      advState = next
      place = applyUpdates(place, negated(down))
      gradient = gradFn(place, i)
    }
    const [updates, optState] = optimizer.update(gradient, state.optState, params, extra)
    const adversary = resetState ? advOptimizer.init(params) : advState
    return [updates, { stepsSinceSync: noSteps(), optState, advState: adversary, cache: null }]
  }
