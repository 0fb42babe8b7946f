/** Gradient accumulation: a large batch as several small ones. */
import { cond, np, operation, type Tensor, tree } from '@puregrad/core'
import { increment, noSteps } from '../moments.js'
import { globalNorm } from '../norms.js'
import type { GradientTransformation, Moments } from '../transformation.js'
import { mapTree, momentsOf, whereTree } from '../trees.js'

/** How many gradients went into this step, how many steps were done, the optimiser's state, and the gradients so far. */
export interface MultiStepsState<S> {
  readonly miniStep: Tensor
  readonly gradientStep: Tensor
  readonly innerOptState: S
  readonly accGrads: Moments
}

/** Whether gradients are to be left out of the step: a bool scalar. */
export type ShouldSkip = (grads: unknown, gradientStep: Tensor, params: unknown) => Tensor

export interface MultiStepsOptions {
  /** Whether the optimiser gets the mean of the gradients (true unless said) or their sum. */
  readonly useGradMean?: boolean
  /** Gradients that neither count nor are added: none unless said. */
  readonly shouldSkipUpdate?: ShouldSkip
}

/** Left out if anything in them is not finite. @example skipNotFinite({ w: np.array([1, NaN]) }).item() // true */
export const skipNotFinite = (grads: unknown): Tensor => np.logicalNot(allFinite(grads))

/** Left out if their squared norm is not below this. @example skipLargeUpdates(9)({ w: np.array([3]) }).item() // true */
export const skipLargeUpdates =
  (maxSquaredNorm: number) =>
  (grads: unknown): Tensor =>
    np.logicalNot(np.square(globalNorm(grads)).lt(maxSquaredNorm))

/** Whether every number of every leaf is finite. */
export const allFinite = (x: unknown): Tensor =>
  (tree.leaves(x) as readonly Tensor[])
    .map((leaf) => np.all(np.isfinite(leaf)))
    .reduce((a, b) => np.logicalAnd(a, b), np.array(true))

/**
 * An optimiser that steps once every k gradients, by their mean; in between updates are zero. Whether it steps is a `cond`, so
 * under jit its update is not computed in between.
 * @param everyK a number, or a function of the number of steps done
 * @example
 * const optimizer = multiSteps(sgd(1), 2)
 * const [none, state] = optimizer.update({ w: np.array([1]) }, optimizer.init({ w: np.zeros([1]) }))
 * optimizer.update({ w: np.array([4]) }, state)[0] // { w: [-2.5] }
 */
export const multiSteps = operation(
  'multiSteps',
  { at: 2, names: ['useGradMean', 'shouldSkipUpdate'] },
  <S>(
    optimizer: GradientTransformation<S>,
    everyK: number | ((gradientStep: Tensor) => Tensor),
    { useGradMean = true, shouldSkipUpdate }: MultiStepsOptions = {},
  ): GradientTransformation<MultiStepsState<S>> => ({
    init: (params) => ({
      miniStep: noSteps(),
      gradientStep: noSteps(),
      innerOptState: optimizer.init(params),
      accGrads: momentsOf(np.zerosLike, params),
    }),
    update: (grads, state, params, extra) => {
      type P = typeof grads
      const { miniStep, gradientStep } = state
      const k = typeof everyK === 'number' ? everyK : everyK(gradientStep)
      const taken = shouldSkipUpdate && np.logicalNot(shouldSkipUpdate(grads, gradientStep, params))
      const done = increment(miniStep)
      const added = mapTree(
        (acc, g) => (useGradMean ? acc.add(g.sub(acc).div(done.astype(g.dtype))) : acc.add(g)),
        state.accGrads,
        grads,
      )
      const accumulated = taken === undefined ? added : whereTree(taken, added, state.accGrads)
      const steps = taken === undefined ? done.ge(k) : np.logicalAnd(taken, done.ge(k))
      const [updates, innerOptState] = cond(
        steps,
        (acc: unknown, inner: unknown, p: unknown) => {
          const [made, next] = optimizer.update(acc as P, inner as S, (p ?? undefined) as P | undefined, extra)
          return [mapTree((u, g) => u.astype(g.dtype), made, acc), next]
        },
        (acc: unknown, inner: unknown) => [mapTree(np.zerosLike, acc), inner],
        accumulated as unknown,
        state.innerOptState as unknown,
        (params ?? null) as unknown,
      ) as unknown as readonly [P, S]
      const counted = taken === undefined ? done : np.where(taken, done, miniStep)
      return [
        updates,
        {
          miniStep: np.where(steps, 0, counted),
          gradientStep: np.where(steps, increment(gradientStep), gradientStep),
          innerOptState,
          accGrads: mapTree((acc) => np.where(steps, 0, acc), accumulated),
        },
      ]
    },
  }),
)

/** Whether the last update was a step: a bool scalar. @example hasUpdated(multiSteps(sgd(1), 2).init({ w: np.ones([1]) })).item() // false */
export const hasUpdated = ({ miniStep, gradientStep }: MultiStepsState<unknown>): Tensor =>
  np.logicalAnd(miniStep.eq(0), gradientStep.gt(0))
