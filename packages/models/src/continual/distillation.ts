/** Learning without forgetting: the network goes on saying about new examples what it said before. */
import { np, operation, RangeError, stopGradient, type Tensor, tree } from '@puregrad/core'
import { logSoftmax } from '@puregrad/nn'
import type { Scalar } from '@puregrad/optim'
import { checkStrength } from './elastic.js'
import { type Loss, type Lost, valueOf, withValue } from './loss.js'

export interface LwfOptions {
  /** Logits are divided by it, so that what the old network held for less likely counts, too: 2 unless said, as in the paper. */
  readonly temperature?: number
  /** How much the old tasks matter beside the new one: 1 unless said, as in the paper. */
  readonly weight?: Scalar
}

/** Mean over a batch of the Kullback–Leibler divergence of softened distributions, along the last axis. */
const divergence = (before: Tensor, now: Tensor, temperature: number): Tensor => {
  const [was, is] = [logSoftmax(before.div(temperature)), logSoftmax(now.div(temperature))]
  return np.mean(np.sum(np.exp(was).mul(was.sub(is)), { axis: -1 }))
}

/**
 * Learning without forgetting: the loss plus what the outputs for the new examples differ from those of the old parameters, the
 * divergence KL(softmax(old / T) ‖ softmax(new / T)). It needs nothing of earlier tasks but their network, and is zero at its
 * parameters. Li & Hoiem 2016, equations 2 and 3, whose cross entropy has the same gradient. For several heads of a shared network,
 * once around for each.
 * @param outputs logits of the old tasks, of parameters and the batch  @param old the parameters before the new task
 * @throws RangeError for a temperature that is not positive, or a negative weight
 * @example
 * const logits = ({ w }: { w: Tensor }, x: Tensor) => np.matmul(x, w)
 * const loss = (p: { w: Tensor }, x: Tensor, y: Tensor) =>
 *   losses.softmaxCrossEntropyWithIntegerLabels(logits(p, x), y).mean()
 * const [old, x, y] = [{ w: np.eye(2) }, np.ones([1, 2]), np.array([0], { dtype: 'int32' })]
 * // At the old parameters it is the loss alone.
 * lwf(loss, logits, old)(old, x, y).item() // 0.6931472
 */
export const lwf = operation(
  'lwf',
  { at: 3, names: ['temperature', 'weight'] },
  <P, A extends readonly unknown[], R extends Lost>(
    loss: (params: P, ...batch: A) => R,
    outputs: (params: P, ...batch: A) => Tensor,
    old: P,
    { temperature = 2, weight = 1 }: LwfOptions = {},
  ): Loss<P, A, R> => {
    if (!(temperature > 0)) throw new RangeError(`lwf: temperature is ${temperature}, and has to be positive.`)
    checkStrength('lwf', 'weight', weight)
    const still = tree.map((leaf) => stopGradient(leaf as Tensor), old) as unknown as P
    return (params, ...batch) => {
      const lost = loss(params, ...batch)
      const value = valueOf(lost)
      const kept = divergence(outputs(still, ...batch), outputs(params, ...batch), temperature)
      return withValue(lost, value.add(kept.mul(weight).astype(value.dtype)))
    }
  },
)
