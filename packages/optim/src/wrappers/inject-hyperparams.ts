/** Hyperparameters as part of the state: to be logged, changed between steps without a new trace, or scheduled. */
import { np, type Tensor } from '@puregrad/core'
import { increment, noSteps } from '../moments.js'
import type { ScalarOrSchedule } from '../schedules/decay.js'
import type { GradientTransformation } from '../transformation.js'
import { widestOf } from '../trees.js'

/** Numbers, scalar tensors and schedules by name. */
export type Hyperparams = Readonly<Record<string, ScalarOrSchedule>>

/** Their values as scalar tensors. */
export type Injected<H extends Hyperparams> = { readonly [K in keyof H]: Tensor }

export interface InjectHyperparamsState<H extends Hyperparams, S> {
  readonly count: Tensor
  /** What the last step was made with. Other values put here hold from the next step on, unless a schedule gives them. */
  readonly hyperparams: Injected<H>
  readonly innerState: S
}

/**
 * A transformation made anew at each step from hyperparameters that are in its state. Schedules among them are asked at each
 * step; all others stay what the state says.
 * @example
 * const optimizer = injectHyperparams(({ learningRate }) => sgd(learningRate), { learningRate: 0.5 })
 * const state = optimizer.init({ w: np.zeros([1]) })
 * const slower = { ...state, hyperparams: { learningRate: np.array(0.1) } }
 * optimizer.update({ w: np.array([1]) }, slower)[0] // { w: [-0.1] }
 */
export const injectHyperparams = <const H extends Hyperparams, S>(
  make: (hyperparams: Injected<H>) => GradientTransformation<S>,
  hyperparams: H,
): GradientTransformation<InjectHyperparamsState<H, S>> => {
  const valuesAt = (count: Tensor, current: (name: string, given: number | Tensor) => Tensor): Injected<H> =>
    Object.fromEntries(
      Object.entries(hyperparams).map(([name, given]) => [
        name,
        typeof given === 'function' ? given(count) : current(name, given),
      ]),
    ) as Injected<H>
  return {
    init: (params) => {
      const dtype = widestOf(params)
      const count = noSteps()
      const values = valuesAt(count, (_, given) => (typeof given === 'number' ? np.array(given, { dtype }) : given))
      return { count, hyperparams: values, innerState: make(values).init(params) }
    },
    update: (grads, state, params, extra) => {
      const values = valuesAt(state.count, (name) => state.hyperparams[name] as Tensor)
      const [updates, innerState] = make(values).update(grads, state.innerState, params, extra)
      return [updates, { count: increment(state.count), hyperparams: values, innerState }]
    },
  }
}
