/** Updates over the root of squares that went before: of their running mean, or of their sum. */
import { np, operation, type Tensor } from '@puregrad/core'
import { average, averageOfSquares, plus, type Scalar } from '../moments.js'
import type { GradientTransformation, Moments } from '../transformation.js'
import { mapTree, momentsOf } from '../trees.js'

/** Running means of squares. */
export interface RmsState {
  readonly nu: Moments
}

export interface ScaleByRmsOptions {
  /** Decay of the mean of squares: 0.9 unless said. */
  readonly decay?: Scalar
  /** Keeps the quotient finite: 1e-8 unless said. */
  readonly eps?: Scalar
  /** Where the means start: 0 unless said. */
  readonly initialScale?: number
  /** Whether eps stands inside the root (true unless said) or beside it. */
  readonly epsInSqrt?: boolean
}

/** 1/√(v + eps), or 1/(√v + eps). */
const inverseRoot = (v: Tensor, eps: Scalar, inside: boolean): Tensor =>
  inside ? np.sqrt(plus(v, eps)) : plus(np.sqrt(v), eps)

/**
 * g / √(v + eps) with v the running mean of g². Tieleman & Hinton 2012.
 * @example
 * const t = chain(scaleByRms({ decay: 0.99 }), scale(-0.1))
 * t.update({ w: np.array([5, -5]) }, t.init({ w: np.zeros([2]) }))[0] // { w: [-1, 1] }
 */
export const scaleByRms = operation(
  'scaleByRms',
  { at: 0, names: ['decay', 'eps', 'initialScale', 'epsInSqrt'] },
  (options: ScaleByRmsOptions = {}): GradientTransformation<RmsState> => {
    const { decay = 0.9, eps = 1e-8, initialScale = 0, epsInSqrt = true } = options
    return {
      init: (params) => ({ nu: momentsOf((x) => np.fullLike(x, initialScale), params) }),
      update: (grads, state) => {
        const nu = mapTree(averageOfSquares(decay), grads, state.nu)
        return [mapTree((g, v) => g.div(inverseRoot(v, eps, epsInSqrt)), grads, nu), { nu: nu as Moments }]
      },
    }
  },
)

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
export const scaleByStddev = operation(
  'scaleByStddev',
  { at: 0, names: ['decay', 'eps', 'initialScale', 'epsInSqrt'] },
  (options: ScaleByRmsOptions = {}): GradientTransformation<StddevState> => {
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
  },
)

/** Sums of squares so far. */
export interface RssState {
  readonly sumOfSquares: Moments
}

export interface ScaleByRssOptions {
  /** Where the sums start: 0.1 unless said. */
  readonly initialAccumulatorValue?: number
  /** Keeps the quotient finite: 1e-7 unless said. */
  readonly eps?: Scalar
}

/**
 * g / √(s + eps) with s the sum of all g² so far, and 0 where s is 0. Duchi et al. 2011.
 * @example
 * const t = chain(scaleByRss({ initialAccumulatorValue: 3 }), scale(-0.1))
 * t.update({ w: np.array([1, -1]) }, t.init({ w: np.zeros([2]) }))[0] // { w: [-0.05, 0.05] }
 */
export const scaleByRss = operation(
  'scaleByRss',
  { at: 0, names: ['initialAccumulatorValue', 'eps'] },
  (options: ScaleByRssOptions = {}): GradientTransformation<RssState> => {
    const { initialAccumulatorValue = 0.1, eps = 1e-7 } = options
    return {
      init: (params) => ({ sumOfSquares: momentsOf((x) => np.fullLike(x, initialAccumulatorValue), params) }),
      update: (grads, state) => {
        const sums = mapTree((g, s) => s.add(np.square(g)), grads, state.sumOfSquares)
        const updates = mapTree((g, s) => np.where(s.gt(0), g.div(np.sqrt(plus(s, eps))), 0), grads, sums)
        return [updates, { sumOfSquares: sums as Moments }]
      },
    }
  },
)

/** Running means of squares: of gradients, and of updates. */
export interface AdadeltaState {
  readonly eG: Moments
  readonly eX: Moments
}

export interface ScaleByAdadeltaOptions {
  /** Decay of both means: 0.9 unless said. */
  readonly rho?: Scalar
  /** Keeps the quotient finite and the first step above 0: 1e-6 unless said. */
  readonly eps?: Scalar
}

/**
 * g · √(x + eps) / √(v + eps) with v the running mean of g² and x that of the squares of earlier updates, which gives them the
 * unit of the parameters. Zeiler 2012, Algorithm 1.
 * @example
 * const t = chain(scaleByAdadelta({ rho: 0, eps: 1 }), scale(-1))
 * t.update({ w: np.array([Math.sqrt(3)]) }, t.init({ w: np.zeros([1]) }))[0] // { w: [-0.8660254] }
 */
export const scaleByAdadelta = operation(
  'scaleByAdadelta',
  { at: 0, names: ['rho', 'eps'] },
  (options: ScaleByAdadeltaOptions = {}): GradientTransformation<AdadeltaState> => {
    const { rho = 0.9, eps = 1e-6 } = options
    return {
      init: (params) => ({ eG: momentsOf(np.zerosLike, params), eX: momentsOf(np.zerosLike, params) }),
      update: (grads, state) => {
        const eG = mapTree(averageOfSquares(rho), grads, state.eG)
        const root = (x: Tensor): Tensor => np.sqrt(plus(x, eps))
        const updates = mapTree((g, v, x) => g.mul(root(x).div(root(v))), grads, eG, state.eX)
        return [updates, { eG: eG as Moments, eX: mapTree(averageOfSquares(rho), updates, state.eX) as Moments }]
      },
    }
  },
)
