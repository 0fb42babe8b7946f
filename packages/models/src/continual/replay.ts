/** Replay: what is remembered is learnt again beside what is new. */
import { operation, RangeError } from '@puregrad/core'
import type { Scalar } from '@puregrad/optim'
import { type Lost, valueOf, withValue } from './loss.js'

export interface ReplayOptions {
  /** The part of the remembered in the loss: ½ unless said, as when both are one batch with equally many of each. */
  readonly weight?: Scalar
}

/**
 * Experience replay: the loss of a batch together with that of examples from a memory, such as a `reservoir`. What the loss returns
 * beside its value is that of the new batch. Chaudhry et al. 2019, On tiny episodic memories.
 * @returns a loss of parameters and two batches, lists of the arguments that the loss has behind the parameters
 * @throws RangeError for a weight outside 0 … 1
 * @example
 * const loss = ({ w }: { w: Tensor }, x: Tensor) => np.mean(np.square(x.sub(w)))
 * // Between 1 and 9:
 * replay(loss)({ w: np.array(0) }, [np.array([1])], [np.array([3])]).item() // 5
 */
export const replay = operation(
  'replay',
  { at: 1, names: ['weight'] },
  <P, A extends readonly unknown[], R extends Lost>(
    loss: (params: P, ...batch: A) => R,
    { weight = 0.5 }: ReplayOptions = {},
  ): ((params: P, batch: Readonly<A>, remembered: Readonly<A>) => R) => {
    if (typeof weight === 'number' && !(weight >= 0 && weight <= 1))
      throw new RangeError(`replay: weight is ${weight}, and has to be between 0 and 1.`)
    return (params, batch, remembered) => {
      const [now, then] = [loss(params, ...batch), loss(params, ...remembered)]
      const value = valueOf(now)
      return withValue(now, value.add(valueOf(then).sub(value).mul(weight).astype(value.dtype)))
    }
  },
)
