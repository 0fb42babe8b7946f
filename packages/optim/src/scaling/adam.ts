/** Adam and its kin: a running average of gradients over the root of a running average of their squares. */
import { np, operation, type Tensor } from '@puregrad/core'
import {
  average,
  averageOfSquares,
  biasOf,
  complement,
  increment,
  noSteps,
  plus,
  powerOf,
  type Scalar,
  times,
  unbiased,
} from '../moments.js'
import type { GradientTransformation, Moments } from '../transformation.js'
import { mapTree, momentsOf } from '../trees.js'

/** First and second moments of the gradients, and how many went in. */
export interface AdamState {
  readonly count: Tensor
  readonly mu: Moments
  readonly nu: Moments
}

export interface AdamaxOptions {
  /** Decay of the first moment: 0.9 unless said. */
  readonly b1?: Scalar
  /** Decay of the second moment, in adamax of the largest gradient: 0.999 unless said. */
  readonly b2?: Scalar
  /** Keeps the quotient finite: 1e-8 unless said. */
  readonly eps?: Scalar
}

export interface AmsgradOptions extends AdamaxOptions {
  /** Added inside the root, for derivatives through the optimiser: 0 unless said. */
  readonly epsRoot?: Scalar
}

export interface AdamOptions extends AmsgradOptions {
  /** Whether the first moment looks one step ahead. Dozat 2016. */
  readonly nesterov?: boolean
}

const zeroMoments = (params: unknown): AdamState => ({
  count: noSteps(),
  mu: momentsOf(np.zerosLike, params),
  nu: momentsOf(np.zerosLike, params),
})

/** √(v + epsRoot) + eps. */
const rootOf =
  (eps: Scalar, epsRoot: Scalar) =>
  (v: Tensor): Tensor =>
    plus(np.sqrt(epsRoot === 0 ? v : plus(v, epsRoot)), eps)

/** m̂: the first moment without its bias, with `nesterov` one step ahead. */
export const firstMoment = <P>(grads: P, mu: unknown, b1: Scalar, count: Tensor, nesterov: boolean): P => {
  if (!nesterov) return mapTree(unbiased(biasOf(b1, count)), mu) as P
  const next = mapTree(unbiased(biasOf(b1, increment(count))), mu)
  return mapTree(average(b1), mapTree(unbiased(biasOf(b1, count)), grads), next)
}

/**
 * m̂ / (√(v̂ + epsRoot) + eps) with the moments m of g and v of g² divided by their bias. Kingma & Ba 2015, Algorithm 1.
 * @example
 * const t = chain(scaleByAdam({ b1: 0.9, b2: 0.999 }), scale(-1e-3))
 * t.update({ w: np.array([5, -5]) }, t.init({ w: np.zeros([2]) }))[0] // { w: [-0.001, 0.001] }
 */
export const scaleByAdam = operation(
  'scaleByAdam',
  { at: 0, names: ['nesterov', 'epsRoot', 'b1', 'b2', 'eps'] },
  (options: AdamOptions = {}): GradientTransformation<AdamState> => {
    const { b1 = 0.9, b2 = 0.999, eps = 1e-8, epsRoot = 0, nesterov = false } = options
    return {
      init: zeroMoments,
      update: (grads, state) => {
        const count = increment(state.count)
        const mu = mapTree(average(b1), grads, state.mu)
        const nu = mapTree(averageOfSquares(b2), grads, state.nu)
        const variance = unbiased(biasOf(b2, count))
        const root = rootOf(eps, epsRoot)
        const updates = mapTree((m, v) => m.div(root(variance(v))), firstMoment(grads, mu, b1, count, nesterov), nu)
        return [updates, { count, mu: mu as Moments, nu: nu as Moments }]
      },
    }
  },
)

/**
 * m̂ / max(b2 · u, |g| + eps): Adam with the largest gradient, which fades by b2, for the second moment. Kingma & Ba 2015, Algorithm 2.
 * @example
 * const t = chain(scaleByAdamax(), scale(-2e-3))
 * t.update({ w: np.array([5, -5]) }, t.init({ w: np.zeros([2]) }))[0] // { w: [-0.002, 0.002] }
 */
export const scaleByAdamax = operation(
  'scaleByAdamax',
  { at: 0, names: ['b1', 'b2', 'eps'] },
  (options: AdamaxOptions = {}): GradientTransformation<AdamState> => {
    const { b1 = 0.9, b2 = 0.999, eps = 1e-8 } = options
    return {
      init: zeroMoments,
      update: (grads, state) => {
        const count = increment(state.count)
        const mu = mapTree(average(b1), grads, state.mu)
        const nu = mapTree((g, u) => np.maximum(times(u, b2), plus(np.abs(g), eps)), grads, state.nu)
        const updates = mapTree((m, u) => m.div(u), firstMoment(grads, mu, b1, count, false), nu)
        return [updates, { count, mu: mu as Moments, nu: nu as Moments }]
      },
    }
  },
)

/** Adam's state, and the largest unbiased second moments so far. */
export interface AmsgradState extends AdamState {
  readonly nuMax: Moments
}

/**
 * m̂ / (√(max v̂ + epsRoot) + eps) with the largest v̂ of all steps: rates never grow again. Reddi et al. 2018, Algorithm 2.
 * @example
 * const t = chain(scaleByAmsgrad({ b1: 0, b2: 0 }), scale(-1))
 * const [first, state] = t.update({ w: np.array([4]) }, t.init({ w: np.zeros([1]) }))
 * t.update({ w: np.array([1]) }, state)[0] // { w: [-0.25] }
 */
export const scaleByAmsgrad = operation(
  'scaleByAmsgrad',
  { at: 0, names: ['epsRoot', 'b1', 'b2', 'eps'] },
  (options: AmsgradOptions = {}): GradientTransformation<AmsgradState> => {
    const { b1 = 0.9, b2 = 0.999, eps = 1e-8, epsRoot = 0 } = options
    return {
      init: (params) => ({ ...zeroMoments(params), nuMax: momentsOf(np.zerosLike, params) }),
      update: (grads, state) => {
        const count = increment(state.count)
        const mu = mapTree(average(b1), grads, state.mu)
        const nu = mapTree(averageOfSquares(b2), grads, state.nu)
        const variance = unbiased(biasOf(b2, count))
        const nuMax = mapTree((v, largest) => np.maximum(largest, variance(v)), nu, state.nuMax)
        const root = rootOf(eps, epsRoot)
        const updates = mapTree((m, v) => m.div(root(v)), firstMoment(grads, mu, b1, count, false), nuMax)
        return [updates, { count, mu: mu as Moments, nu: nu as Moments, nuMax: nuMax as Moments }]
      },
    }
  },
)

/** ρ∞ = 2 / (1 − b2) − 1 in float64. */
const longestOf = (b2: Scalar): Tensor => {
  const decay = typeof b2 === 'number' ? np.array(b2, { dtype: 'float64' }) : b2.astype('float64')
  return np.divide(2, np.subtract(1, decay)).sub(1)
}

export interface RadamOptions extends AdamOptions {
  /** From which length of the average on the second moment is trusted: 5 unless said. */
  readonly threshold?: number
}

/**
 * Adam whose adaptive rate is rectified while few gradients went in: r · m̂ / (√(v̂ + epsRoot) + eps) with
 * ρ∞ = 2 / (1 − b2) − 1, ρ = ρ∞ − 2t · b2^t / (1 − b2^t) and r² = (ρ − 4)(ρ − 2) ρ∞ / ((ρ∞ − 4)(ρ∞ − 2) ρ), and m̂ alone where
 * ρ < threshold. Liu et al. 2020, Algorithm 2.
 * @example
 * const t = chain(scaleByRadam(), scale(-0.1))
 * t.update({ w: np.array([5, -5]) }, t.init({ w: np.zeros([2]) }))[0] // { w: [-0.5, 0.5] }
 */
export const scaleByRadam = operation(
  'scaleByRadam',
  { at: 0, names: ['threshold', 'nesterov', 'epsRoot', 'b1', 'b2', 'eps'] },
  (options: RadamOptions = {}): GradientTransformation<AdamState> => {
    const { b1 = 0.9, b2 = 0.999, eps = 1e-8, epsRoot = 0, threshold = 5, nesterov = false } = options
    return {
      init: zeroMoments,
      update: (grads, state) => {
        const count = increment(state.count)
        const mu = mapTree(average(b1), grads, state.mu)
        const nu = mapTree(averageOfSquares(b2), grads, state.nu)
        const longest = longestOf(b2)
        const bias = biasOf(b2, count)
        const length = longest.sub(count.astype('float64').mul(2).mul(powerOf(b2, count)).div(bias))
        const trusted = length.ge(threshold)
        // Where it is not trusted the root would be of a negative number.
        const safe = np.where(trusted, length, longest)
        const weight = (x: Tensor): Tensor => x.sub(4).mul(x.sub(2)).div(x)
        const rectified = np.sqrt(weight(safe).div(weight(longest)))
        const [variance, root] = [unbiased(bias), rootOf(eps, epsRoot)]
        const updates = mapTree(
          (m, v) => np.where(trusted, times(m, rectified).div(root(variance(v))), m),
          firstMoment(grads, mu, b1, count, nesterov),
          nu,
        )
        return [updates, { count, mu: mu as Moments, nu: nu as Moments }]
      },
    }
  },
)

export interface YogiOptions extends AmsgradOptions {
  /** Where both moments start: 1e-6 unless said. */
  readonly initialAccumulatorValue?: number
}

/**
 * Adam with v ← v − (1 − b2) · sign(v − g²) · g², which grows no faster than Adam's and shrinks more slowly. Its eps is 1e-3
 * unless said. Zaheer et al. 2018, Algorithm 2.
 * @example
 * const t = chain(scaleByYogi({ initialAccumulatorValue: 0 }), scale(-1))
 * t.update({ w: np.array([0.999, -0.999]) }, t.init({ w: np.zeros([2]) }))[0] // { w: [-0.999, 0.999] }
 */
export const scaleByYogi = operation(
  'scaleByYogi',
  { at: 0, names: ['initialAccumulatorValue', 'epsRoot', 'b1', 'b2', 'eps'] },
  (options: YogiOptions = {}): GradientTransformation<AdamState> => {
    const { b1 = 0.9, b2 = 0.999, eps = 1e-3, epsRoot = 0, initialAccumulatorValue = 1e-6 } = options
    const start = (params: unknown): Moments => momentsOf((x) => np.fullLike(x, initialAccumulatorValue), params)
    return {
      init: (params) => ({ count: noSteps(), mu: start(params), nu: start(params) }),
      update: (grads, state) => {
        const count = increment(state.count)
        const mu = mapTree(average(b1), grads, state.mu)
        const nu = mapTree(
          (g, v) => {
            const square = np.square(g)
            return v.sub(np.sign(v.sub(square)).mul(times(square, complement(b2))))
          },
          grads,
          state.nu,
        )
        const [variance, root] = [unbiased(biasOf(b2, count)), rootOf(eps, epsRoot)]
        const updates = mapTree((m, v) => m.div(root(variance(v))), firstMoment(grads, mu, b1, count, false), nu)
        return [updates, { count, mu: mu as Moments, nu: nu as Moments }]
      },
    }
  },
)
