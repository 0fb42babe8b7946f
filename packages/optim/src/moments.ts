/** Arithmetic of running averages, which the transformations that remember gradients share. */
import { np, type Tensor } from '@puregrad/core'

/** A number that stays, or a scalar tensor: what is injected, batched or differentiated. */
export type Scalar = number | Tensor

/** `y` so that arithmetic with x stays in x's dtype. */
export const like = (x: Tensor, y: Scalar): Scalar => (typeof y === 'number' ? y : y.astype(x.dtype))

/** x · y in x's dtype. */
export const times = (x: Tensor, y: Scalar): Tensor => x.mul(like(x, y))

/** x + y in x's dtype. */
export const plus = (x: Tensor, y: Scalar): Tensor => x.add(like(x, y))

/** 1 − y. */
export const complement = (y: Scalar): Scalar => (typeof y === 'number' ? 1 - y : np.subtract(1, y))

/** How many steps were done: an int32 scalar. */
export interface CountState {
  readonly count: Tensor
}

export const noSteps = (): Tensor => np.zeros([], { dtype: 'int32' })
export const increment = (count: Tensor): Tensor => count.add(1)

/** decay · m + (1 − decay) · g. */
export const average =
  (decay: Scalar) =>
  (g: Tensor, m: Tensor): Tensor =>
    times(m, decay).add(times(g, complement(decay)))

/** decay · v + (1 − decay) · g². */
export const averageOfSquares =
  (decay: Scalar) =>
  (g: Tensor, v: Tensor): Tensor =>
    times(v, decay).add(times(np.square(g), complement(decay)))

/** t · log decay in float64. */
const logPower = (decay: Scalar, count: Tensor): Tensor =>
  count.astype('float64').mul(typeof decay === 'number' ? Math.log(decay) : np.log(decay.astype('float64')))

/** decay^t in float64. */
export const powerOf = (decay: Scalar, count: Tensor): Tensor => np.exp(logPower(decay, count))

/** 1 − decay^t, in float64 by expm1 because for small t nothing is left of the digits of 1 − 0.999^t. */
export const biasOf = (decay: Scalar, count: Tensor): Tensor => np.expm1(logPower(decay, count)).neg()

export const unbiased =
  (bias: Tensor) =>
  (m: Tensor): Tensor =>
    m.div(bias.astype(m.dtype))
