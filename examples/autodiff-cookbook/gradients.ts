/** Gradients: by one argument, by several, by a record; and whether they are right. */
import { grad, jit, np, random, type Tensor, tree, valueAndGrad } from '@puregrad/core'
import { checkGrads } from '@puregrad/core/testing'
import { bias, loss, lossOf, type Params, params, weights } from './logistic.js'

/** The derivative of tanh, of its derivative, and of that one's. */
export const tanhAt2 = (): readonly Tensor[] => {
  const tanh = (x: Tensor): Tensor => np.tanh(x)
  const two = np.array(2)
  return [grad(tanh)(two), grad(grad(tanh))(two), grad(grad(grad(tanh)))(two)]
}

/** One argument, both, or all that a record holds: the gradient has the type of what it is by. */
export const gradients = () => {
  const [byWeights, byBias] = grad(loss, { argnums: [0, 1] })(weights, bias)
  return {
    byFirst: grad(loss)(weights, bias),
    byBoth: { weights: byWeights, bias: byBias } satisfies Params,
    byRecord: grad(lossOf)(params) satisfies Params,
  }
}

/** The loss and its gradient cost one evaluation together. */
export const valueAndGradient = () => valueAndGrad(lossOf)(params)

/** Central differences, one for the bias and one for the weights along a random direction of length 1. */
export const differences = () => {
  const step = 1e-3
  const quotient = (f: (t: number) => Tensor): Tensor =>
    f(step / 2)
      .sub(f(-step / 2))
      .div(step)
  const raw = random.normal(random.key(1), [3])
  const direction = raw.div(np.sqrt(np.sum(np.square(raw))))
  const { weights: byWeights, bias: byBias } = grad(lossOf)(params)
  return {
    bias: { difference: quotient((t) => loss(weights, bias.add(t))), derivative: byBias },
    weights: {
      difference: quotient((t) => loss(weights.add(direction.mul(t)), bias)),
      derivative: np.sum(byWeights.mul(direction)),
    },
  }
}

/** The same for every mode and the first two orders, in float64. @throws GradientError at the first mismatch */
export const checkAll = (): void => checkGrads(loss, [weights, bias], { order: 2 })

/** Descent: a pure step, compiled once. */
export const descend = (steps: number): readonly [Params, readonly number[]] => {
  const step = jit((p: Params) => {
    const [value, gradient] = valueAndGrad(lossOf)(p)
    return [tree.map((w: Tensor, g: Tensor) => w.sub(g.mul(0.1)), p, gradient) as Params, value] as const
  })
  let current = params
  const losses: number[] = []
  for (let i = 0; i < steps; i++) {
    const [next, value] = step(current)
    losses.push(value.item())
    current = next
  }
  return [current, losses]
}
