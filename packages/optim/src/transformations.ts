/** The transformations that optimisers are chained from, by Optax's names. Scaling first, then moments, then clipping. */
import { np, type Tensor, tree } from '@puregrad/core'
import type { ScalarOrSchedule } from './schedules.js'
import { type GradientTransformation, type Moments, stateless } from './transformation.js'
import { globalNorm, mapTree, zerosLike } from './trees.js'

/** Multiplies updates by a constant. */
export const scale = (factor: number): GradientTransformation<null> =>
  stateless((grads) => mapTree((g) => g.mul(factor), grads))

/** How many steps were done. */
export interface CountState {
  readonly count: Tensor
}

const noSteps = (): Tensor => np.zeros([], { dtype: 'int32' })
const increment = (count: Tensor): Tensor => count.add(1)

/** Multiplies updates by a schedule of the step count. */
export const scaleBySchedule = (schedule: (count: Tensor) => Tensor): GradientTransformation<CountState> => ({
  init: () => ({ count: noSteps() }),
  update: (grads, { count }) => {
    const factor = schedule(count)
    return [mapTree((g) => g.mul(factor.astype(g.dtype)), grads), { count: increment(count) }]
  },
})

/** Multiplies updates by −η, which turns gradients into steps downhill. */
export const scaleByLearningRate = (
  learningRate: ScalarOrSchedule,
): GradientTransformation<CountState> | GradientTransformation<null> =>
  typeof learningRate === 'number' ? scale(-learningRate) : scaleBySchedule((count) => learningRate(count).neg())

export interface TraceState {
  readonly trace: Moments
}

/** Momentum: t ← g + decay · t; with `nesterov` the update looks one step ahead. Sutskever et al. 2013. */
export const trace = (decay: number, nesterov = false): GradientTransformation<TraceState> => ({
  init: (params) => ({ trace: zerosLike(params) }),
  update: (grads, state) => {
    const step = (g: Tensor, t: Tensor): Tensor => t.mul(decay).add(g)
    const next = mapTree(step, grads, state.trace)
    return [nesterov ? mapTree(step, grads, next) : next, { trace: next as unknown as Moments }]
  },
})

/** First and second moments of the gradients. */
export interface AdamState {
  readonly count: Tensor
  readonly mu: Moments
  readonly nu: Moments
}

export interface AdamOptions {
  readonly b1?: number
  readonly b2?: number
  readonly eps?: number
  /** Inside the root, for derivatives through the optimiser. */
  readonly epsRoot?: number
}

const average =
  (decay: number) =>
  (g: Tensor, m: Tensor): Tensor =>
    m.mul(decay).add(g.mul(1 - decay))
const averageOfSquares =
  (decay: number) =>
  (g: Tensor, m: Tensor): Tensor =>
    m.mul(decay).add(np.square(g).mul(1 - decay))

/** 1 − decay^t, which moments that start at zero are divided by. */
const bias = (decay: number, count: Tensor): Tensor => np.subtract(1, np.power(decay, count.astype('float32')))

/** m̂ / (√(v̂ + epsRoot) + eps) with bias-corrected moments. Kingma & Ba 2015, Algorithm 1. */
export const scaleByAdam = ({
  b1 = 0.9,
  b2 = 0.999,
  eps = 1e-8,
  epsRoot = 0,
}: AdamOptions = {}): GradientTransformation<AdamState> => ({
  init: (params) => ({ count: noSteps(), mu: zerosLike(params), nu: zerosLike(params) }),
  update: (grads, state) => {
    const count = increment(state.count)
    const mu = mapTree(average(b1), grads, state.mu)
    const nu = mapTree(averageOfSquares(b2), grads, state.nu)
    const [c1, c2] = [bias(b1, count), bias(b2, count)]
    const updates = mapTree(
      (m, v) => {
        const variance = v.div(c2.astype(v.dtype))
        return m.div(c1.astype(m.dtype)).div(np.sqrt(epsRoot === 0 ? variance : variance.add(epsRoot)).add(eps))
      },
      mu,
      nu,
    )
    return [updates, { count, mu: mu as unknown as Moments, nu: nu as unknown as Moments }]
  },
})

/** Adam with the largest gradient in place of the second moment. Kingma & Ba 2015, Algorithm 2. */
export const scaleByAdamax = ({
  b1 = 0.9,
  b2 = 0.999,
  eps = 1e-8,
}: AdamOptions = {}): GradientTransformation<AdamState> => ({
  init: (params) => ({ count: noSteps(), mu: zerosLike(params), nu: zerosLike(params) }),
  update: (grads, state) => {
    const count = increment(state.count)
    const mu = mapTree(average(b1), grads, state.mu)
    const nu = mapTree((g, v) => np.maximum(v.mul(b2), np.abs(g).add(eps)), grads, state.nu)
    const c1 = bias(b1, count)
    const updates = mapTree((m, v) => m.div(c1.astype(m.dtype)).div(v), mu, nu)
    return [updates, { count, mu: mu as unknown as Moments, nu: nu as unknown as Moments }]
  },
})

/** Second moments alone. */
export interface RmsState {
  readonly nu: Moments
}

/** g / √(v + eps) with v the running mean of squares. Tieleman & Hinton 2012. */
export const scaleByRms = (decay = 0.9, eps = 1e-8, initialScale = 0): GradientTransformation<RmsState> => ({
  init: (params) => ({ nu: mapTree((x) => np.fullLike(x, initialScale), params as Moments) }),
  update: (grads, state) => {
    const nu = mapTree(averageOfSquares(decay), grads, state.nu)
    return [mapTree((g, v) => g.div(np.sqrt(v.add(eps))), grads, nu), { nu: nu as unknown as Moments }]
  },
})

/** Sums of squares so far. */
export interface RssState {
  readonly sumOfSquares: Moments
}

/** g / √(s + eps) with s the sum of all squares. Duchi et al. 2011. */
export const scaleByRss = (initialAccumulator = 0.1, eps = 1e-7): GradientTransformation<RssState> => ({
  init: (params) => ({ sumOfSquares: mapTree((x) => np.fullLike(x, initialAccumulator), params as Moments) }),
  update: (grads, state) => {
    const sums = mapTree((g, s) => s.add(np.square(g)), grads, state.sumOfSquares)
    const updates = mapTree((g, s) => np.where(s.gt(0), g.div(np.sqrt(s.add(eps))), 0), grads, sums)
    return [updates, { sumOfSquares: sums as unknown as Moments }]
  },
})

/** Which leaves a transformation applies to: a tree of booleans of the parameters' structure, or a function that makes one. */
export type Mask = unknown | ((params: unknown) => unknown)

/**
 * Adds decay · parameter to each update: decoupled weight decay. Loshchilov & Hutter 2019.
 * @throws Error if `update` gets no parameters
 */
export const addDecayedWeights = (decay: number, mask?: Mask): GradientTransformation<null> => ({
  init: () => null,
  update: (grads, state, params) => {
    if (params === undefined)
      throw new Error('addDecayedWeights: update needs the parameters, as in update(grads, state, params).')
    const chosen = typeof mask === 'function' ? (mask as (p: unknown) => unknown)(params) : mask
    if (chosen === undefined) return [mapTree((g, p) => g.add(p.mul(decay)), grads, params), state]
    const decayed = tree.map(
      ((g: Tensor, p: Tensor, on: boolean) => (on ? g.add(p.mul(decay)) : g)) as never,
      grads,
      params as never,
      chosen as never,
    )
    return [decayed as typeof grads, state]
  },
})

/** Clips every element of the updates to ±delta. */
export const clip = (delta: number): GradientTransformation<null> =>
  stateless((grads) => mapTree((g) => np.clip(g, -delta, delta), grads))

/** Scales all updates down together where their global norm is larger than `maxNorm`. Pascanu et al. 2013. */
export const clipByGlobalNorm = (maxNorm: number): GradientTransformation<null> =>
  stateless((grads) => {
    const norm = globalNorm(grads)
    const factor = np.where(norm.lt(maxNorm), 1, np.divide(maxNorm, norm))
    return mapTree((g) => g.mul(factor.astype(g.dtype)), grads)
  })
