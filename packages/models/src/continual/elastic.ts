/** Elastic weight consolidation: what mattered to earlier tasks is held where they left it, by springs. */
import { ArgumentError, isRecord, np, operation, RangeError, show, type Tensor, TreeError, tree } from '@puregrad/core'
import { type GradientTransformation, type Scalar, stateless } from '@puregrad/optim'
import { type Loss, type Lost, valueOf, withValue } from './loss.js'
import { checkLike, mapTree } from './trees.js'

/** What a task leaves behind: where its training ended, and how much each parameter matters to it, a tree like the parameters. */
export interface Anchor<P> {
  readonly params: P
  readonly importance: P
}

type Anchors<P> = Anchor<P> | readonly Anchor<P>[]

/** @throws ArgumentError for what is no anchor */
const listed = <P>(name: string, anchors: Anchors<P>): readonly Anchor<P>[] => {
  const all = [anchors].flat() as readonly Anchor<P>[]
  const at = all.findIndex((anchor) => !isRecord(anchor) || !('params' in anchor && 'importance' in anchor))
  if (at >= 0)
    throw new ArgumentError(
      `${name}: ${show(all[at])} is no anchor. One is { params, importance }, two trees like the parameters.`,
    )
  return all
}

export const checkStrength = (name: string, what: string, strength: Scalar): void => {
  if (typeof strength !== 'number' || (strength >= 0 && Number.isFinite(strength))) return
  throw new RangeError(`${name}: ${what} is ${strength}, and has to be a number from 0 up.`)
}

const checkAnchors = <P>(name: string, anchors: readonly Anchor<P>[], params: P): void => {
  for (const { params: place, importance } of anchors) {
    checkLike(name, "an anchor's params", place, params)
    checkLike(name, "an anchor's importance", importance, params)
  }
}

/** Σ over anchors and parameters of importance · (parameter − anchor)². */
const stretched = <P>(anchors: readonly Anchor<P>[], params: P): Tensor =>
  anchors
    .flatMap(
      ({ params: place, importance }) =>
        tree.leaves(
          mapTree((p, at, weight) => np.sum(weight.mul(np.square(p.sub(at)))), params, place, importance),
        ) as readonly Tensor[],
    )
    .reduce((sum, part) => sum.add(part), np.array(0))

/**
 * Elastic weight consolidation: the loss plus λ/2 Σ F (θ − θ*)² for each task that went before, with F from `exactFisher` or
 * `empiricalFisher`. With λ = 0, or without anchors, it is the loss. Kirkpatrick et al. 2017, equation 3.
 * @param anchors what earlier tasks left: one, or a list  @param lambda how much they matter beside the new task
 * @throws TreeError, ShapeError for anchors of other parameters; RangeError for a negative λ
 * @example
 * const loss = ({ w }: { w: Tensor }, x: Tensor) => np.mean(np.square(x.sub(w)))
 * const learnt = { w: np.array(1) }
 * const anchor = { params: learnt, importance: empiricalFisher(loss, learnt, [np.array([0, 2])]) } // importance 4
 * // All of it for having moved:
 * ewc(loss, anchor, 10)({ w: np.array(2) }, np.array([2])).item() // 20
 */
export const ewc = operation(
  'ewc',
  {},
  <P, A extends readonly unknown[], R extends Lost>(
    loss: (params: P, ...batch: A) => R,
    anchors: Anchors<P>,
    lambda: Scalar,
  ): Loss<P, A, R> => {
    checkStrength('ewc', 'lambda', lambda)
    const all = listed('ewc', anchors)
    return (params, ...batch) => {
      checkAnchors('ewc', all, params)
      const lost = loss(params, ...batch)
      if (all.length === 0) return lost
      const value = valueOf(lost)
      return withValue(lost, value.add(stretched(all, params).mul(lambda).mul(0.5).astype(value.dtype)))
    }
  },
)

/** Gradients plus strength · importance · (parameter − anchor) for each anchor. */
export const pulled = <P>(grads: P, anchors: readonly Anchor<unknown>[], params: P, strength: Scalar): P =>
  anchors.reduce(
    (sum, { params: place, importance }) =>
      mapTree(
        (g, p, at, weight) => g.add(p.sub(at).mul(weight).mul(strength).astype(g.dtype)),
        sum,
        params,
        place,
        importance,
      ),
    grads,
  )

/**
 * Adds λ F (θ − θ*) to each gradient: the slope of what `ewc` adds to a loss, as a gradient transformation, for a training that
 * leaves the loss to someone else, such as `fit` of train. It comes first in a chain.
 * @throws TreeError if `update` gets no parameters; TreeError, ShapeError for anchors of other parameters; RangeError for a negative λ
 * @example
 * const anchor = { params: { w: np.array([0, 0]) }, importance: { w: np.array([1, 0]) } }
 * const optimizer = chain(addElasticPull(anchor, 10), sgd(0.1))
 * const params = { w: np.array([1, 1]) }
 * optimizer.update({ w: np.array([1, 1]) }, optimizer.init(params), params)[0] // { w: [-1.1, -0.1] }
 */
export const addElasticPull = operation(
  'addElasticPull',
  {},
  <P>(anchors: Anchors<P>, lambda: Scalar): GradientTransformation<null> => {
    checkStrength('addElasticPull', 'lambda', lambda)
    const all = listed('addElasticPull', anchors)
    return stateless((grads, params) => {
      if (params === undefined)
        throw new TreeError(
          'addElasticPull: the parameters are missing. Pass them as third argument: update(grads, state, params).',
        )
      checkAnchors<unknown>('addElasticPull', all, params)
      return pulled(grads, all, params, lambda)
    })
  },
)

export interface OnlineEwcOptions {
  /** What is left of earlier tasks' importance at each new one, γ: 1 unless said, which forgets none of them. */
  readonly decay?: Scalar
}

/**
 * Online elastic weight consolidation: one anchor for all tasks, however many. It stands where the last one ended, and importance
 * adds up: F ← γ F + Fₜ. Schwarz et al. 2018, section 3.2.
 * @param before the anchor of all tasks until then, or null before the first  @param after what the last one left
 * @throws TreeError, ShapeError for anchors of other parameters than each other; RangeError for a decay outside 0 … 1
 * @example
 * const anchor = (at: number, importance: number) => ({ params: { w: np.array(at) }, importance: { w: np.array(importance) } })
 * onlineEwc(anchor(0, 4), anchor(1, 2), { decay: 0.5 }) // { params: { w: 1 }, importance: { w: 4 } }
 */
export const onlineEwc = operation(
  'onlineEwc',
  { at: 2, names: ['decay'] },
  <P>(before: Anchor<P> | null, after: Anchor<P>, { decay = 1 }: OnlineEwcOptions = {}): Anchor<P> => {
    if (typeof decay === 'number' && !(decay >= 0 && decay <= 1))
      throw new RangeError(`onlineEwc: decay is ${decay}, and has to be between 0 and 1.`)
    checkAnchors('onlineEwc', [after], after.params)
    if (before === null) return after
    checkAnchors('onlineEwc', [before], after.params)
    const importance = mapTree((f, old) => f.add(old.mul(decay)).astype(f.dtype), after.importance, before.importance)
    return { params: after.params, importance }
  },
)
