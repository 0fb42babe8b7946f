/** Updates multiplied by the step that a zoom line search finds along them. */
import { cond, np, operation, RangeError, type Tensor, TreeError, tree, valueAndGrad } from '@puregrad/core'
import { noSteps } from '../moments.js'
import {
  type GradientTransformation,
  type Moments,
  requiredExtra,
  requiredParams,
  type SomeTransformation,
} from '../transformation.js'
import { mapTree, momentsOf, widestOf } from '../trees.js'
import { type Line, type ZoomOptions, zoom } from './zoom.js'

export interface ZoomLinesearchState {
  /** The step that was found. */
  readonly learningRate: Tensor
  /** The value and the gradient at the new parameters, which need not be computed again. */
  readonly value: Tensor
  readonly grad: Moments
  readonly info: {
    readonly numLinesearchSteps: Tensor
    readonly decreaseError: Tensor
    readonly curvatureError: Tensor
  }
}

export interface ZoomLinesearchOptions extends ZoomOptions {
  /** The step to try first: that of the search before ('keep', unless said) or 1 ('one', for Newton's methods). */
  readonly initialGuessStrategy?: 'keep' | 'one'
}

/**
 * Multiplies updates u by a step η that fulfils the strong Wolfe conditions: f(w + ηu) ≤ f(w) + c₁η⟨u, ∇f⟩ and
 * |⟨u, ∇f(w + ηu)⟩| ≤ c₂|⟨u, ∇f⟩|. Nocedal & Wright 2006, Section 3.5. Its update needs `{ value, grad, valueFn }`.
 * @throws RangeError unless `maxLinesearchSteps` is positive, TreeError if `update` gets no parameters or not all it needs
 * @example
 * const valueFn = (p: { w: Tensor }) => np.sum(np.square(p.w))
 * const params = { w: np.array([2]) }
 * const optimizer = chain(sgd(0.125), scaleByZoomLinesearch(20, { curvRtol: 0.1 }))
 * const [value, gradient] = valueAndGrad(valueFn)(params)
 * const extra = { value, grad: gradient, valueFn }
 * const [updates, state] = optimizer.update(gradient, optimizer.init(params), params, extra)
 * applyUpdates(params, updates) // { w: [0] }
 */
export const scaleByZoomLinesearch = operation(
  'scaleByZoomLinesearch',
  {
    at: 1,
    numbers: ['maxLinesearchSteps'],
    names: [
      'initialGuessStrategy',
      'maxLearningRate',
      'tol',
      'increaseFactor',
      'slopeRtol',
      'curvRtol',
      'approxDecRtol',
      'stepsizePrecision',
    ],
  },
  (
    maxLinesearchSteps: number,
    { initialGuessStrategy = 'keep', ...options }: ZoomLinesearchOptions = {},
  ): GradientTransformation<ZoomLinesearchState> => {
    if (!(maxLinesearchSteps >= 1)) {
      throw new RangeError(`scaleByZoomLinesearch: ${maxLinesearchSteps} steps search nothing. Pass 1 or more.`)
    }
    const operation = 'scaleByZoomLinesearch'
    return {
      init: (params) => {
        const dtype = widestOf(params)
        const infinite = np.full([], Number.POSITIVE_INFINITY, { dtype })
        return {
          learningRate: np.ones([], { dtype }),
          value: infinite,
          grad: momentsOf(np.zerosLike, params),
          info: { numLinesearchSteps: noSteps(), decreaseError: infinite, curvatureError: infinite },
        }
      },
      update: (updates, state, params, extra) => {
        const valueFn = requiredExtra(operation, 'valueFn', extra)
        const { dtype } = state.learningRate
        const scalar = (x: Tensor | number): Tensor => np.array(x).astype(dtype)
        const [origin, unravel] = tree.ravel(requiredParams(operation, params))
        const [direction] = tree.ravel(updates)
        const [gradient] = tree.ravel(requiredExtra(operation, 'grad', extra))
        const lineAt = (value: Tensor | number, grad: Tensor): Line => ({
          value: scalar(value),
          slope: scalar(np.sum(grad.mul(direction))),
          grad,
        })
        const line = (step: Tensor): Line => {
          const place = origin.add(direction.mul(step.astype(direction.dtype)))
          const [value, grad] = valueAndGrad(valueFn as (p: unknown) => Tensor)(unravel(place))
          return lineAt(value, tree.ravel(grad)[0])
        }
        const start = lineAt(requiredExtra(operation, 'value', extra), gradient)
        const guess = initialGuessStrategy === 'one' ? np.onesLike(state.learningRate) : state.learningRate
        const found = zoom(line, start, guess, maxLinesearchSteps, options)
        const { step, value, grad, count, decreaseError, curvatureError } = found
        return [
          mapTree((u) => u.mul(step.astype(u.dtype)), updates),
          {
            learningRate: step,
            value,
            grad: unravel(grad) as unknown as Moments,
            info: { numLinesearchSteps: count, decreaseError, curvatureError },
          },
        ]
      },
    }
  },
)

interface Evaluated {
  readonly value: Tensor
  readonly grad: unknown
}

/** The first state in a tree of states that holds a value and its gradient. */
const evaluatedIn = (state: unknown): Evaluated | undefined => {
  if (typeof state !== 'object' || state === null || 'shape' in state) return undefined
  if ('value' in state && 'grad' in state) return state as Evaluated
  for (const child of Object.values(state)) {
    const found = evaluatedIn(child)
    if (found !== undefined) return found
  }
  return undefined
}

/**
 * The value and the gradient that the last line search ended with, or computed anew if none ran yet.
 * @throws TreeError if no state in the tree holds them
 * @example
 * const valueFn = (p: { w: Tensor }) => np.sum(np.square(p.w))
 * const params = { w: np.array([2]) }
 * const [value, gradient] = valueAndGradFromState(valueFn)(params, lbfgs().init(params))
 * gradient // { w: [4] }
 */
export const valueAndGradFromState =
  <P>(valueFn: (params: P) => Tensor) =>
  (params: P, state: ReturnType<SomeTransformation['init']>): readonly [value: Tensor, grad: P] => {
    const known = evaluatedIn(state)
    if (known === undefined) {
      throw new TreeError(
        'valueAndGradFromState: the state holds no value and gradient. Pass the state of an optimiser with a line search, such as lbfgs.',
      )
    }
    return cond(
      np.isfinite(known.value),
      (_: unknown, value: unknown, grad: unknown) => [value, grad],
      (p: unknown) => {
        const [value, grad] = valueAndGrad(valueFn as (p: unknown) => Tensor)(p)
        return [value.astype(known.value.dtype), grad]
      },
      params as unknown,
      known.value as unknown,
      known.grad,
    ) as unknown as readonly [Tensor, P]
  }
