/** A transformation of some parameters only; the others pass, or are frozen. */
import { chosenBy, type Mask, only, replaced } from '../prefixes.js'
import { setToZero } from '../scaling/scale.js'
import type { ExtraArgs, GradientTransformation } from '../transformation.js'

/** The state of what is masked, which knows `null` for the parameters that it does not see. */
export interface MaskedState<S> {
  readonly innerState: S
}

/** The extra arguments as `inner` sees them: trees have `null` for what is not chosen, functions fill it in again. */
const maskedExtra = <P>(extra: ExtraArgs<P> | undefined, chosen: readonly boolean[], params: P | undefined) => {
  if (extra === undefined) return undefined
  const { grad, valueFn, gradFn, ...rest } = extra
  const whole = (part: P): P => replaced(chosen, params ?? part, part)
  const seen: ExtraArgs<P> = {
    ...rest,
    ...(grad === undefined ? {} : { grad: only(chosen, grad) }),
    ...(valueFn && { valueFn: (part: P) => valueFn(whole(part)) }),
    ...(gradFn && { gradFn: (part: P, step: number) => only(chosen, gradFn(whole(part), step)) }),
  }
  return seen
}

/**
 * `inner` for the parameters that the mask chooses; updates of the others pass unchanged.
 * @throws TreeError if the mask is no prefix of the parameters
 * @example
 * const grads = { kernel: np.array([1, 2]), bias: np.array([3]) }
 * const t = masked(scale(-1), { kernel: true, bias: false })
 * t.update(grads, t.init(grads))[0] // { kernel: [-1, -2], bias: [3] }
 */
export const masked = <S>(inner: GradientTransformation<S>, mask: Mask): GradientTransformation<MaskedState<S>> => ({
  init: (params) => ({ innerState: inner.init(only(chosenBy('masked', mask, params), params)) }),
  update: (grads, state, params, extra) => {
    const chosen = chosenBy('masked', mask, grads)
    const seen = params === undefined ? undefined : only(chosen, params)
    const more = maskedExtra(extra, chosen, params)
    const [part, innerState] = inner.update(only(chosen, grads), state.innerState, seen, more)
    return [replaced(chosen, grads, part), { innerState }]
  },
})

/**
 * Updates of zero for the parameters that the mask chooses. Chained after an optimiser it freezes them.
 * @throws TreeError if the mask is no prefix of the parameters
 * @example
 * const t = chain(sgd(1), freeze({ kernel: true, bias: false }))
 * const grads = { kernel: np.array([1, 2]), bias: np.array([3]) }
 * t.update(grads, t.init(grads))[0] // { kernel: [0, 0], bias: [-3] }
 */
export const freeze = (mask: Mask): GradientTransformation<MaskedState<null>> => masked(setToZero(), mask)
