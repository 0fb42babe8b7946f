/** Jacobians by columns and by rows, Hessians, and products with them that never build one. */
import { grad, hessian, hvp, jacfwd, jacrev, jvp, linearize, np, type Tensor, vjp, vmap } from '@puregrad/core'
import { bias, inputs, loss, predict, weights } from './logistic.js'

const probabilities = (w: Tensor): Tensor => predict(w, bias, inputs)
const lossOfWeights = (w: Tensor): Tensor => loss(w, bias)

/** One pass per input (forward) or one per output (reverse); the same matrix. */
export const jacobians = () => ({ forward: jacfwd(probabilities)(weights), reverse: jacrev(probabilities)(weights) })

/** The whole transforms are a vmap of one pushforward over a basis, or of one pullback. */
export const jacobiansByHand = () => {
  const pushforward = (tangent: Tensor): Tensor => jvp(probabilities, [weights], [tangent])[1]
  const [value, pullback] = vjp(probabilities, weights)
  return {
    forward: vmap(pushforward, { outAxes: 1 })(np.eye(3)),
    reverse: vmap((cotangent: Tensor) => pullback(cotangent)[0])(np.eye(value.size)),
  }
}

/** Forward over reverse is what `hessian` does; the other three orders agree. */
export const hessians = () => ({
  hessian: hessian(lossOfWeights)(weights),
  forwardOverReverse: jacfwd(jacrev(lossOfWeights))(weights),
  reverseOverForward: jacrev(jacfwd(lossOfWeights))(weights),
  forwardOverForward: jacfwd(jacfwd(lossOfWeights))(weights),
  reverseOverReverse: jacrev(jacrev(lossOfWeights))(weights),
})

/** The Hessian times a vector in the time of a few gradients. */
export const hessianVectorProducts = (v: Tensor) => ({
  forwardOverReverse: jvp(grad(lossOfWeights), [weights], [v])[1],
  reverseOverForward: grad((w: Tensor) => jvp(lossOfWeights, [w], [v])[1])(weights),
  reverseOverReverse: grad((w: Tensor) => np.sum(grad(lossOfWeights)(w).mul(v)))(weights),
  hvp: hvp(lossOfWeights, [weights], [v]),
})

/** Linearised once, the gradient's derivative is applied to many vectors without evaluating the loss again. */
export const manyProducts = (vectors: Tensor): Tensor => {
  const [, pushforward] = linearize(grad(lossOfWeights), weights)
  return vmap((v: Tensor) => pushforward(v))(vectors)
}
