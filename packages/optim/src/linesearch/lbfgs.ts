/** L-BFGS: gradients times an inverse Hessian that the last few steps tell of. */
import { np, operation, RangeError, scan, type Tensor, tree } from '@puregrad/core'
import { increment, noSteps } from '../moments.js'
import { euclidean } from '../norms.js'
import { type GradientTransformation, requiredParams } from '../transformation.js'

/** Vectors are all parameters, or all gradients, one after the other; memories are those of the last steps, newest last. */
export interface LbfgsState {
  readonly count: Tensor
  readonly params: Tensor
  readonly updates: Tensor
  /** Differences s of parameters from step to step, and y of gradients, and 1 / ⟨s, y⟩. */
  readonly diffParamsMemory: Tensor
  readonly diffUpdatesMemory: Tensor
  readonly weightsMemory: Tensor
}

export interface ScaleByLbfgsOptions {
  /** How many steps are remembered: 10 unless said. */
  readonly memorySize?: number
  /** Whether the Hessian begins as ⟨s, y⟩ / ⟨y, y⟩, and at the first step as 1 / max(1, ‖g‖), rather than 1: true unless said. */
  readonly scaleInitPrecond?: boolean
}

const dot = (a: Tensor, b: Tensor): Tensor => np.sum(a.mul(b))

/** The memory without its oldest row, and with a new one. */
const remembered = (memory: Tensor, row: Tensor): Tensor =>
  np.concatenate([memory.slice({ start: 1 }), np.expandDims(row, 0)])

type Pair = readonly [s: Tensor, y: Tensor, weight: Tensor]

/** The two loops: (I − w s yᵀ) … H₀ … (I − w y sᵀ) g + …, newest pair first and then last. Nocedal 1980. */
const precondition = (gradient: Tensor, scale: Tensor | null, pairs: Pair): Tensor => {
  const [right, alphas] = scan(
    (g: Tensor, [s, y, weight]: Pair): readonly [Tensor, Tensor] => {
      const alpha = weight.mul(dot(s, g))
      return [g.sub(y.mul(alpha)), alpha]
    },
    gradient,
    pairs,
    { reverse: true },
  ) as readonly [Tensor, Tensor]
  const [left] = scan(
    (g: Tensor, [[s, y, weight], alpha]: readonly [Pair, Tensor]): readonly [Tensor, null] => [
      g.add(s.mul(alpha.sub(weight.mul(dot(y, g))))),
      null,
    ],
    scale === null ? right : right.mul(scale),
    [pairs, alphas] as const,
  ) as readonly [Tensor, null]
  return left
}

/**
 * The gradient times the inverse Hessian that fits the last steps s = Δw and y = Δg, without any matrix of that size: 2 · memorySize
 * products. Steps with ⟨s, y⟩ = 0 tell nothing. Nocedal & Wright 2006, Algorithm 7.4.
 * @throws RangeError unless `memorySize` is positive, TreeError if `update` gets no parameters
 * @example
 * const t = scaleByLbfgs()
 * const [at0, state] = t.update({ w: np.array([0.6, 0]) }, t.init({ w: np.zeros([2]) }), { w: np.array([0.3, 0]) })
 * t.update({ w: np.array([0.2, 0]) }, state, { w: np.array([0.1, 0]) })[0] // { w: [0.1, 0] }
 */
export const scaleByLbfgs = operation(
  'scaleByLbfgs',
  { at: 0, names: ['memorySize', 'scaleInitPrecond'] },
  (options: ScaleByLbfgsOptions = {}): GradientTransformation<LbfgsState> => {
    const { memorySize = 10, scaleInitPrecond = true } = options
    if (!(memorySize >= 1)) {
      throw new RangeError(`scaleByLbfgs: a memory of ${memorySize} steps. Pass 1 or more, such as 10.`)
    }
    return {
      init: (params) => {
        const vector = np.zerosLike(tree.ravel(params)[0])
        const memory = np.zeros([memorySize, vector.size], { dtype: vector.dtype })
        return {
          count: noSteps(),
          params: vector,
          updates: vector,
          diffParamsMemory: memory,
          diffUpdatesMemory: memory,
          weightsMemory: np.zeros([memorySize], { dtype: vector.dtype }),
        }
      },
      update: (grads, state, given) => {
        const [params] = tree.ravel(requiredParams('scaleByLbfgs', given))
        const [flat, unravel] = tree.ravel(grads)
        const gradient = flat.astype(params.dtype)
        const started = state.count.gt(0)
        const since = (now: Tensor, before: Tensor): Tensor => np.where(started, now.sub(before), 0)
        const [s, y] = [since(params, state.params), since(gradient, state.updates)]
        const curvature = dot(s, y)
        const inverse = (x: Tensor): Tensor => np.where(x.eq(0), 0, np.divide(1, np.where(x.eq(0), 1, x)))
        const diffParamsMemory = remembered(state.diffParamsMemory, s)
        const diffUpdatesMemory = remembered(state.diffUpdatesMemory, y)
        const weightsMemory = remembered(state.weightsMemory, inverse(curvature))
        const size = dot(y, y)
        const fitting = np.where(size.gt(0), curvature.mul(inverse(size)), 1)
        const first = np.divide(1, np.maximum(1, euclidean(gradient)))
        const scale = scaleInitPrecond ? np.where(started, fitting, first) : null
        const made = precondition(gradient, scale, [diffParamsMemory, diffUpdatesMemory, weightsMemory])
        const count = increment(state.count)
        return [
          unravel(made) as unknown as typeof grads,
          { count, params, updates: gradient, diffParamsMemory, diffUpdatesMemory, weightsMemory },
        ]
      },
    }
  },
)
