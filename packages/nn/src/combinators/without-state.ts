/** Blocks whose children have no state. */
import { checkApply } from '../arguments.js'
import type { Layer } from '../layer.js'
import type { Stepping } from '../steps.js'
import { type Erased, noStates } from './erased.js'

/** The same layer with the state null in place of a record of nulls. */
export const withoutState = <P, S, I, O>(layer: Layer<P, S, I, O>): Layer<P, null, I, O> & Stepping<P, null, I, O> => {
  const { startCache, step, ...whole } = layer as unknown as Erased
  const plain: Erased = {
    ...whole,
    plan: (input) => {
      const planned = whole.plan(input)
      return planned._tag === 'Left' ? planned : { _tag: 'Right', right: { ...planned.right, state: null } }
    },
    apply: (params, state, x, ctx) => {
      checkApply(whole.name, params, state, x, ctx)
      return [whole.apply(params, noStates, x, ctx)[0], state]
    },
    ...(startCache === undefined ? {} : { startCache }),
    ...(step === undefined ? {} : { step: (params, _, cache, x, ctx) => step(params, noStates, cache, x, ctx) }),
  }
  return plain as never
}
