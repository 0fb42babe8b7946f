/** Derivatives that are given rather than found. */
import { customJvp, customVjp, grad, jit, np, type Tensor, vmap } from '@puregrad/core'
import { sigmoid } from './logistic.js'

/** log(1 + eˣ) as written: where eˣ overflows, its derivative is ∞/∞. */
export const softplusPlain = (x: Tensor): Tensor => np.log(np.exp(x).add(1))

/** The same function with the derivative that it has, the sigmoid. */
export const softplus = customJvp(softplusPlain, ([x], [dx]) => [softplusPlain(x), sigmoid(x).mul(dx)])

/** x itself, whose gradient on the way back stays between −1 and 1. */
export const clipGradient = customVjp(
  (x: Tensor) => x,
  (x: Tensor) => [x, null] as const,
  (_, cotangent: Tensor) => [np.clip(cotangent, -1, 1)],
)

/** At 100, where only the given rule has a derivative; and under the other transforms. */
export const softplusSlopes = () => ({
  plain: grad(softplusPlain)(np.array(100)),
  given: grad(softplus)(np.array(100)),
  second: grad(grad(softplus))(np.array(0)),
  batched: jit(vmap(grad(softplus)))(np.array([-1, 0, 100])),
})

/** The slope of 10 · sin, clipped where it is steep. */
export const clippedSlopes = (xs: Tensor): Tensor => vmap(grad((x: Tensor) => np.sin(clipGradient(x)).mul(10)))(xs)
