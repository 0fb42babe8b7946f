/** One running average of gradients: momentum, the average itself, and the sign of it. */
import { np, operation, type Tensor } from '@puregrad/core'
import { average, biasOf, complement, increment, noSteps, type Scalar, times, unbiased } from '../moments.js'
import type { GradientTransformation, Moments } from '../transformation.js'
import { mapTree, momentsOf } from '../trees.js'

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
export const trace = operation(
  'trace',
  { at: 1, numbers: ['decay'], names: ['nesterov'] },
  (decay: Scalar, { nesterov = false }: TraceOptions = {}): GradientTransformation<TraceState> => ({
    init: (params) => ({ trace: momentsOf(np.zerosLike, params) }),
    update: (grads, state) => {
      const step = (g: Tensor, t: Tensor): Tensor => times(t, decay).add(g)
      const next = mapTree(step, grads, state.trace)
      return [nesterov ? mapTree(step, grads, next) : next, { trace: next as Moments }]
    },
  }),
)

export interface EmaState {
  readonly count: Tensor
  readonly ema: Moments
}

export interface EmaOptions {
  /** Whether the average is divided by its bias towards its start at 0: true unless said. */
  readonly debias?: boolean
}

/**
 * The exponential moving average of updates: m ← decay · m + (1 − decay) · u, divided by 1 − decay^t.
 * @example
 * const t = ema(0.5)
 * const [first, state] = t.update({ w: np.array([3]) }, t.init({ w: np.zeros([1]) }))
 * t.update({ w: np.array([6]) }, state)[0] // { w: [5] }
 */
export const ema = operation(
  'ema',
  { at: 1, numbers: ['decay'], names: ['debias'] },
  (decay: Scalar, { debias = true }: EmaOptions = {}): GradientTransformation<EmaState> => ({
    init: (params) => ({ count: noSteps(), ema: momentsOf(np.zerosLike, params) }),
    update: (grads, state) => {
      const count = increment(state.count)
      const next = mapTree(average(decay), grads, state.ema)
      return [debias ? mapTree(unbiased(biasOf(decay, count)), next) : next, { count, ema: next as Moments }]
    },
  }),
)

export interface LionState {
  readonly count: Tensor
  readonly mu: Moments
}

export interface LionOptions {
  /** The part of the momentum in the update: 0.9 unless said. */
  readonly b1?: Scalar
  /** Decay of the momentum: 0.99 unless said. */
  readonly b2?: Scalar
}

/**
 * sign(b1 · m + (1 − b1) · g), and m ← b2 · m + (1 − b2) · g: every weight steps alike. Chen et al. 2023, Algorithm 2.
 * @example
 * const t = chain(scaleByLion(), scale(-1e-4))
 * t.update({ w: np.array([5, -0.1]) }, t.init({ w: np.zeros([2]) }))[0] // { w: [-0.0001, 0.0001] }
 */
export const scaleByLion = operation(
  'scaleByLion',
  { at: 0, names: ['b1', 'b2'] },
  ({ b1 = 0.9, b2 = 0.99 }: LionOptions = {}): GradientTransformation<LionState> => ({
    init: (params) => ({ count: noSteps(), mu: momentsOf(np.zerosLike, params) }),
    update: (grads, state) => [
      mapTree((g, m) => np.sign(times(g, complement(b1)).add(times(m, b1))), grads, state.mu),
      { count: increment(state.count), mu: mapTree(average(b2), grads, state.mu) as Moments },
    ],
  }),
)
