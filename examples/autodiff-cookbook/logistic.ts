/** The problem of the whole cookbook: a logistic regression of four examples with three features. */
import { np, pipe, random, type Tensor } from '@puregrad/core'

export interface Params {
  readonly weights: Tensor
  readonly bias: Tensor
}

export const inputs = np.array([
  [0.52, 1.12, 0.77],
  [0.88, -1.08, 0.15],
  [0.52, 0.06, -1.3],
  [0.74, -2.49, 1.39],
])
export const targets = np.array([true, true, false, true])

const [weightsKey, biasKey] = random.split(random.key(0)) as unknown as readonly [Tensor, Tensor]
export const weights = random.normal(weightsKey, [3])
export const bias = random.normal(biasKey, [])
export const params: Params = { weights, bias }

export const sigmoid = (x: Tensor): Tensor => np.tanh(x.div(2)).add(1).mul(0.5)

/** The probability that the label is true. */
export const predict = (w: Tensor, b: Tensor, x: Tensor): Tensor => sigmoid(np.matmul(x, w).add(b))

/** −Σ log of the probability of each label. */
export const loss = (w: Tensor, b: Tensor): Tensor => {
  const probability = predict(w, b, inputs)
  const ofLabel = np.where(targets, probability, np.subtract(1, probability))
  return pipe(ofLabel, np.log, np.sum, np.negative)
}

export const lossOf = (p: Params): Tensor => loss(p.weights, p.bias)
