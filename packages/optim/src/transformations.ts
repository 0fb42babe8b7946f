/** The transformations that optimisers are chained from, by Optax's names: scaling, then momentum, moments, decay, clipping. */
import { np, type Tensor, TreeError } from '@puregrad/core'
import type { ScalarOrSchedule, Schedule } from './schedules.js'
import { type GradientTransformation, type Moments, stateless } from './transformation.js'
import { globalNorm, mapTree, momentsOf } from './trees.js'

/**
 * Multiplies updates by a factor.
 * @example scale(-0.1).update({ w: np.array([1, 2]) }, null)[0].w.toArray() // [-0.1, -0.2]
 */
export const scale = (factor: number | Tensor): GradientTransformation<null> =>
  stateless((grads) => mapTree((g) => times(g, factor), grads))

/** x · y in x's dtype. */
const times = (x: Tensor, y: number | Tensor): Tensor => x.mul(typeof y === 'number' ? y : y.astype(x.dtype))

/** How many steps were done: an int32 scalar. */
export interface CountState {
  readonly count: Tensor
}

const noSteps = (): Tensor => np.zeros([], { dtype: 'int32' })
const increment = (count: Tensor): Tensor => count.add(1)

/**
 * Multiplies updates by a schedule of the number of steps before this one.
 * @example
 * const t = scaleBySchedule(linearSchedule(0.5, 0, 100))
 * t.update({ w: np.array([1, -1]) }, t.init({ w: np.zeros([2]) }))[0] // { w: [0.5, -0.5] }
 */
export const scaleBySchedule = (schedule: Schedule): GradientTransformation<CountState> => ({
  init: () => ({ count: noSteps() }),
  update: (grads, { count }) => {
    const factor = schedule(count)
    return [mapTree((g) => times(g, factor), grads), { count: increment(count) }]
  },
})

/** The state of a learning rate: a count if it follows a schedule. */
export type LearningRateState = CountState | null

/**
 * Multiplies updates by −η, which turns gradients into steps downhill.
 * @example
 * const t = scaleByLearningRate(cosineDecaySchedule(0.1, 1000))
 * t.update({ w: np.array([1, -1]) }, t.init({ w: np.zeros([2]) }))[0] // { w: [-0.1, 0.1] }
 */
export const scaleByLearningRate = (learningRate: ScalarOrSchedule): GradientTransformation<LearningRateState> => {
  const made =
    typeof learningRate === 'function'
      ? scaleBySchedule((count) => learningRate(count).neg())
      : scale(typeof learningRate === 'number' ? -learningRate : learningRate.neg())
  return made as GradientTransformation<LearningRateState>
}

export interface TraceState {
  readonly trace: Moments
}

export interface TraceOptions {
  /** Whether updates look one step ahead. Sutskever et al. 2013. */
  readonly nesterov?: boolean
}

/**
 * Momentum: t ← g + decay · t, which is the update; with `nesterov` it is g + decay · t.
 * @example
 * const t = trace(0.9)
 * const grads = { w: np.array([1, -1]) }
 * const [first, state] = t.update(grads, t.init(grads))
 * t.update(grads, state)[0] // { w: [1.9, -1.9] }
 */
export const trace = (decay: number, { nesterov = false }: TraceOptions = {}): GradientTransformation<TraceState> => ({
  init: (params) => ({ trace: momentsOf(np.zerosLike, params) }),
  update: (grads, state) => {
    const step = (g: Tensor, t: Tensor): Tensor => t.mul(decay).add(g)
    const next = mapTree(step, grads, state.trace)
    return [nesterov ? mapTree(step, grads, next) : next, { trace: next as Moments }]
  },
})

/** First and second moments of the gradients, and how many went in. */
export interface AdamState {
  readonly count: Tensor
  readonly mu: Moments
  readonly nu: Moments
}

export interface AdamaxOptions {
  /** Decay of the first moment: 0.9 unless said. */
  readonly b1?: number
  /** Decay of the second moment, in adamax of the largest gradient: 0.999 unless said. */
  readonly b2?: number
  /** Keeps the quotient finite: 1e-8 unless said. */
  readonly eps?: number
}

export interface AdamOptions extends AdamaxOptions {
  /** Added inside the root, for derivatives through the optimiser: 0 unless said. */
  readonly epsRoot?: number
  /** Whether the first moment looks one step ahead. Dozat 2016. */
  readonly nesterov?: boolean
}

/** decay · m + (1 − decay) · g, and the same of squares. */
const average =
  (decay: number) =>
  (g: Tensor, m: Tensor): Tensor =>
    m.mul(decay).add(g.mul(1 - decay))
const averageOfSquares =
  (decay: number) =>
  (g: Tensor, v: Tensor): Tensor =>
    v.mul(decay).add(np.square(g).mul(1 - decay))

/** 1 − decay^t, in float64 by expm1 because for small t nothing is left of the digits of 1 − 0.999^t. */
const biasOf = (decay: number, count: Tensor): Tensor => np.expm1(count.astype('float64').mul(Math.log(decay))).neg()

const unbiased =
  (bias: Tensor) =>
  (m: Tensor): Tensor =>
    m.div(bias.astype(m.dtype))

const zeroMoments = (params: unknown): AdamState => ({
  count: noSteps(),
  mu: momentsOf(np.zerosLike, params),
  nu: momentsOf(np.zerosLike, params),
})

/**
 * m̂ / (√(v̂ + epsRoot) + eps) with the moments m of g and v of g² divided by their bias. Kingma & Ba 2015, Algorithm 1.
 * @example
 * const t = chain(scaleByAdam({ b1: 0.9, b2: 0.999 }), scale(-1e-3))
 * t.update({ w: np.array([5, -5]) }, t.init({ w: np.zeros([2]) }))[0] // { w: [-0.001, 0.001] }
 */
export const scaleByAdam = (options: AdamOptions = {}): GradientTransformation<AdamState> => {
  const { b1 = 0.9, b2 = 0.999, eps = 1e-8, epsRoot = 0, nesterov = false } = options
  return {
    init: zeroMoments,
    update: (grads, state) => {
      const count = increment(state.count)
      const mu = mapTree(average(b1), grads, state.mu)
      const nu = mapTree(averageOfSquares(b2), grads, state.nu)
      const ahead = (): typeof mu => {
        const next = mapTree(unbiased(biasOf(b1, increment(count))), mu)
        return mapTree(average(b1), mapTree(unbiased(biasOf(b1, count)), grads), next)
      }
      const first = nesterov ? ahead() : mapTree(unbiased(biasOf(b1, count)), mu)
      const variance = unbiased(biasOf(b2, count))
      const root = (v: Tensor): Tensor => np.sqrt(epsRoot === 0 ? variance(v) : variance(v).add(epsRoot))
      const updates = mapTree((m, v) => m.div(root(v).add(eps)), first, nu)
      return [updates, { count, mu: mu as Moments, nu: nu as Moments }]
    },
  }
}

/**
 * m̂ / max(b2 · u, |g| + eps): Adam with the largest gradient, which fades by b2, for the second moment. Kingma & Ba 2015, Algorithm 2.
 * @example
 * const t = chain(scaleByAdamax(), scale(-2e-3))
 * t.update({ w: np.array([5, -5]) }, t.init({ w: np.zeros([2]) }))[0] // { w: [-0.002, 0.002] }
 */
export const scaleByAdamax = (options: AdamaxOptions = {}): GradientTransformation<AdamState> => {
  const { b1 = 0.9, b2 = 0.999, eps = 1e-8 } = options
  return {
    init: zeroMoments,
    update: (grads, state) => {
      const count = increment(state.count)
      const mu = mapTree(average(b1), grads, state.mu)
      const nu = mapTree((g, u) => np.maximum(u.mul(b2), np.abs(g).add(eps)), grads, state.nu)
      const first = unbiased(biasOf(b1, count))
      const updates = mapTree((m, u) => first(m).div(u), mu, nu)
      return [updates, { count, mu: mu as Moments, nu: nu as Moments }]
    },
  }
}

/** Running means of squares. */
export interface RmsState {
  readonly nu: Moments
}

export interface ScaleByRmsOptions {
  /** Decay of the mean of squares: 0.9 unless said. */
  readonly decay?: number
  /** Keeps the quotient finite: 1e-8 unless said. */
  readonly eps?: number
  /** Where the means start: 0 unless said. */
  readonly initialScale?: number
  /** Whether eps stands inside the root (true unless said) or beside it. */
  readonly epsInSqrt?: boolean
}

/** 1/√(v + eps), or 1/(√v + eps). */
const inverseRoot = (v: Tensor, eps: number, inside: boolean): Tensor =>
  inside ? np.sqrt(v.add(eps)) : np.sqrt(v).add(eps)

/**
 * g / √(v + eps) with v the running mean of g². Tieleman & Hinton 2012.
 * @example
 * const t = chain(scaleByRms({ decay: 0.99 }), scale(-0.1))
 * t.update({ w: np.array([5, -5]) }, t.init({ w: np.zeros([2]) }))[0] // { w: [-1, 1] }
 */
export const scaleByRms = (options: ScaleByRmsOptions = {}): GradientTransformation<RmsState> => {
  const { decay = 0.9, eps = 1e-8, initialScale = 0, epsInSqrt = true } = options
  return {
    init: (params) => ({ nu: momentsOf((x) => np.fullLike(x, initialScale), params) }),
    update: (grads, state) => {
      const nu = mapTree(averageOfSquares(decay), grads, state.nu)
      return [mapTree((g, v) => g.div(inverseRoot(v, eps, epsInSqrt)), grads, nu), { nu: nu as Moments }]
    },
  }
}

/** Running means of gradients and of their squares. */
export interface StddevState {
  readonly mu: Moments
  readonly nu: Moments
}

/**
 * g / √(v − m² + eps) with running means m of g and v of g²: RMSProp around the mean. Graves 2013.
 * @example
 * const t = chain(scaleByStddev({ decay: 0.9 }), scale(-0.3))
 * t.update({ w: np.array([5, -5]) }, t.init({ w: np.zeros([2]) }))[0] // { w: [-1, 1] }
 */
export const scaleByStddev = (options: ScaleByRmsOptions = {}): GradientTransformation<StddevState> => {
  const { decay = 0.9, eps = 1e-8, initialScale = 0, epsInSqrt = true } = options
  return {
    init: (params) => ({
      mu: momentsOf(np.zerosLike, params),
      nu: momentsOf((x) => np.fullLike(x, initialScale), params),
    }),
    update: (grads, state) => {
      const mu = mapTree(average(decay), grads, state.mu)
      const nu = mapTree(averageOfSquares(decay), grads, state.nu)
      const updates = mapTree((g, m, v) => g.div(inverseRoot(v.sub(np.square(m)), eps, epsInSqrt)), grads, mu, nu)
      return [updates, { mu: mu as Moments, nu: nu as Moments }]
    },
  }
}

/** Sums of squares so far. */
export interface RssState {
  readonly sumOfSquares: Moments
}

export interface ScaleByRssOptions {
  /** Where the sums start: 0.1 unless said. */
  readonly initialAccumulatorValue?: number
  /** Keeps the quotient finite: 1e-7 unless said. */
  readonly eps?: number
}

/**
 * g / √(s + eps) with s the sum of all g² so far, and 0 where s is 0. Duchi et al. 2011.
 * @example
 * const t = chain(scaleByRss({ initialAccumulatorValue: 3 }), scale(-0.1))
 * t.update({ w: np.array([1, -1]) }, t.init({ w: np.zeros([2]) }))[0] // { w: [-0.05, 0.05] }
 */
export const scaleByRss = (options: ScaleByRssOptions = {}): GradientTransformation<RssState> => {
  const { initialAccumulatorValue = 0.1, eps = 1e-7 } = options
  return {
    init: (params) => ({ sumOfSquares: momentsOf((x) => np.fullLike(x, initialAccumulatorValue), params) }),
    update: (grads, state) => {
      const sums = mapTree((g, s) => s.add(np.square(g)), grads, state.sumOfSquares)
      const updates = mapTree((g, s) => np.where(s.gt(0), g.div(np.sqrt(s.add(eps))), 0), grads, sums)
      return [updates, { sumOfSquares: sums as Moments }]
    },
  }
}

/** A boolean for each leaf below, as a tree that is a prefix of the parameters' or a function that makes one of them. */
export type Mask = MaskTree | ((params: unknown) => MaskTree)
export type MaskTree = boolean | null | readonly MaskTree[] | { readonly [key: string]: MaskTree }

export interface DecayOptions {
  /** Which parameters decay: all unless said. */
  readonly mask?: Mask
}

/**
 * Adds weightDecay · parameter to each update: decoupled weight decay. Loshchilov & Hutter 2019.
 * @throws TreeError if `update` gets no parameters
 * @example
 * const params = { kernel: np.array([1, 2]), bias: np.array([3]) }
 * const grads = { kernel: np.array([1, 1]), bias: np.array([1]) }
 * const t = addDecayedWeights(0.1, { mask: { kernel: true, bias: false } })
 * t.update(grads, t.init(params), params)[0] // { kernel: [1.1, 1.2], bias: [1] }
 */
export const addDecayedWeights = (
  weightDecay: number,
  { mask = true }: DecayOptions = {},
): GradientTransformation<null> =>
  stateless((grads, params) => {
    if (params === undefined) {
      throw new TreeError(
        'addDecayedWeights: the parameters are missing. Pass them as third argument: update(grads, state, params).',
      )
    }
    const chosen = typeof mask === 'function' ? mask(params) : mask
    const decayed = (on: MaskTree, g: unknown, p: unknown): unknown => {
      if (on === false || on === null) return g
      if (on === true) return mapTree((u, w) => u.add(w.mul(weightDecay)), g, p)
      const child = (of: unknown, key: string): unknown => (of as Readonly<Record<string, unknown>>)[key]
      const next = (key: string): unknown => decayed(child(on, key) as MaskTree, child(g, key), child(p, key))
      if (Array.isArray(g)) return g.map((_, i) => next(String(i)))
      return Object.fromEntries(Object.keys(g as object).map((key) => [key, next(key)]))
    }
    return decayed(chosen, grads, params) as typeof grads
  })

/**
 * Clips every element of the updates to ±maxDelta.
 * @example clip(1).update({ w: np.array([3, -0.5]) }, null)[0].w.toArray() // [1, -0.5]
 */
export const clip = (maxDelta: number): GradientTransformation<null> =>
  stateless((grads) => mapTree((g) => np.clip(g, -maxDelta, maxDelta), grads))

/**
 * Scales all updates down together where their global norm is larger than `maxNorm`. Pascanu et al. 2013.
 * @example clipByGlobalNorm(1).update({ w: np.array([3, 4]) }, null)[0].w.toArray() // [0.6, 0.8]
 */
export const clipByGlobalNorm = (maxNorm: number): GradientTransformation<null> =>
  stateless((grads) => {
    const norm = globalNorm(grads)
    const factor = np.where(norm.lt(maxNorm), 1, np.divide(maxNorm, norm))
    return mapTree((g) => times(g, factor), grads)
  })
