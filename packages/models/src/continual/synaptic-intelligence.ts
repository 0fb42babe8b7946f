/** Synaptic intelligence: a parameter matters as much as the loss fell by its way. */
import { np, operation, RangeError, type Tensor, TreeError, tree } from '@puregrad/core'
import type { GradientTransformation, Moments, Scalar } from '@puregrad/optim'
import { checkStrength, pulled } from './elastic.js'
import { mapTree } from './trees.js'

export interface SynapticState<S> {
  readonly inner: S
  /** ω: by how much the loss fell on the way of each parameter through the task under way. */
  readonly path: Moments
  /** Ω: how much each parameter matters to the tasks that ended. */
  readonly importance: Moments
  /** θ*: where the last of them ended, and this one began. */
  readonly anchor: Moments
}

export interface SynapticOptions {
  /** ξ, which keeps the importance of parameters that hardly moved finite: 0.1 unless said, as for permuted MNIST in the paper. */
  readonly damping?: number
}

/** An optimiser that knows when a task ends. */
export interface SynapticIntelligence<S> extends GradientTransformation<SynapticState<S>> {
  /** What was learnt becomes what to keep, Ω ← Ω + ω / ((θ − θ*)² + ξ), and the optimiser starts anew from there. */
  readonly consolidate: (state: SynapticState<S>, params: unknown) => SynapticState<S>
}

const momentsOf = (f: (leaf: Tensor) => Tensor, params: unknown): Moments => tree.map(f, params as never) as Moments

/**
 * Synaptic intelligence: the same optimiser, which notes by how much the loss falls on the way of each parameter, ω = −Σ g Δθ, and
 * pulls those that mattered to earlier tasks back to where they ended: the gradient of c Σ Ω (θ − θ*)² is added to that which it
 * is given, which is the task's own. The importance costs no pass over the data. Parameters on whose way the loss rose count for
 * nothing rather than less. Zenke et al. 2017, equations 3 to 5.
 * @param optimizer all of it: whatever changes the updates behind its back changes the way
 * @param strength c, how much earlier tasks matter beside the new one
 * @throws RangeError for a negative strength or a damping that is not positive; TreeError if `update` gets no parameters
 * @example
 * const slope = grad((p: { w: Tensor }) => np.sum(np.square(p.w))) // the loss falls with w alone
 * const optimizer = synapticIntelligence(sgd(0.1), 1, { damping: 1 })
 * const params = { w: np.array([1]) }
 * const [updates, state] = optimizer.update(slope(params), optimizer.init(params), params)
 * updates // { w: [-0.2] }
 * state.path // { w: [0.4] }
 * // 0.4 / (0.2² + 1), the slope of 2 along a way of 0.2:
 * optimizer.consolidate(state, applyUpdates(params, updates)).importance // { w: [0.3846154] }
 */
export const synapticIntelligence = operation(
  'synapticIntelligence',
  { at: 2, names: ['damping'] },
  <S>(
    optimizer: GradientTransformation<S>,
    strength: Scalar,
    { damping = 0.1 }: SynapticOptions = {},
  ): SynapticIntelligence<S> => {
    checkStrength('synapticIntelligence', 'strength', strength)
    if (!(damping > 0))
      throw new RangeError(`synapticIntelligence: damping is ${damping}, and has to be positive, such as 0.1.`)
    const zeros = (params: unknown): Moments => momentsOf((x) => np.zerosLike(x), params)
    return {
      init: (params) => ({
        inner: optimizer.init(params),
        path: zeros(params),
        importance: zeros(params),
        anchor: momentsOf((x) => x, params),
      }),
      update: (grads, state, params, extra) => {
        if (params === undefined)
          throw new TreeError(
            'synapticIntelligence: the parameters are missing. Pass them as third argument: update(grads, state, params).',
          )
        const springs = [{ params: state.anchor, importance: state.importance }]
        const twice = typeof strength === 'number' ? 2 * strength : strength.mul(2)
        const [updates, inner] = optimizer.update(pulled(grads, springs, params, twice), state.inner, params, extra)
        const path = mapTree((w, g, u) => w.sub(g.mul(u).astype(w.dtype)), state.path, grads, updates)
        return [updates, { ...state, inner, path }]
      },
      consolidate: (state, params) => {
        const earned = (w: Tensor, p: Tensor, at: Tensor): Tensor =>
          np.maximum(w, 0).div(np.square(p.sub(at)).add(damping))
        return {
          inner: optimizer.init(params),
          path: zeros(params),
          importance: mapTree(
            (old, w, p, at) => old.add(earned(w, p, at)),
            state.importance,
            state.path,
            params,
            state.anchor,
          ),
          anchor: momentsOf((x) => x, params),
        }
      },
    }
  },
)
