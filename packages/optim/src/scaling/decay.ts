/** Weight decay, apart from the gradient. */
import { operation, type Tensor, tree } from '@puregrad/core'
import { type Scalar, times } from '../moments.js'
import { chosenBy, type Mask } from '../prefixes.js'
import { type GradientTransformation, requiredParams, stateless } from '../transformation.js'

export interface DecayOptions {
  /** Which parameters decay: all unless said. */
  readonly mask?: Mask
}

/**
 * Adds weightDecay · parameter to each update: decoupled weight decay. Loshchilov & Hutter 2019.
 * @throws TreeError if `update` gets no parameters
 * @example
 * const params = { kernel: np.array([1, 2]), bias: np.array([3]) }
 * const grads = { kernel: np.array([1, 1]), bias: np.array([1]) }
 * const t = addDecayedWeights(0.1, { mask: { kernel: true, bias: false } })
 * t.update(grads, t.init(params), params)[0] // { kernel: [1.1, 1.2], bias: [1] }
 */
export const addDecayedWeights = operation(
  'addDecayedWeights',
  { at: 1, numbers: ['weightDecay'], names: ['mask'] },
  (weightDecay: Scalar, { mask = true }: DecayOptions = {}): GradientTransformation<null> =>
    stateless((grads, params) => {
      const given = requiredParams('addDecayedWeights', params)
      const decays = chosenBy('addDecayedWeights', mask, given)
      const weights = tree.leaves(given) as readonly Tensor[]
      const [leaves, structure] = tree.flatten(grads)
      const decayed = (leaves as readonly Tensor[]).map((g, i) =>
        decays[i] ? g.add(times(weights[i] as Tensor, weightDecay)) : g,
      )
      return tree.unflatten(structure, decayed) as typeof grads
    }),
)
