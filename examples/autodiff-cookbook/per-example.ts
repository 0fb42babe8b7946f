/** One gradient per example, by a vmap of grad: what clipping each example's part needs. */
import { grad, np, type Tensor, vmap } from '@puregrad/core'
import { inputs, type Params, params, predict, targets } from './logistic.js'

const lossOfExample = ({ weights, bias }: Params, x: Tensor, y: Tensor): Tensor => {
  const probability = predict(weights, bias, x)
  return np.negative(np.log(np.where(y, probability, np.subtract(1, probability))))
}

/** The gradients of all examples at once, stacked: weights [4, 3] and bias [4]. */
export const perExampleGradients = (): Params =>
  vmap(grad(lossOfExample), { inAxes: [null, 0, 0] })(params, inputs, targets)

/** The same, one after the other. */
export const oneByOne = (): readonly Params[] =>
  Array.from({ length: targets.size }, (_, i) => grad(lossOfExample)(params, inputs.slice(i), targets.slice(i)))
