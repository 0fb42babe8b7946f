/** `stopGradient` on trees. */
import { stopGradient as stop } from '../primitives/identity.js'
import { flattenTensors } from '../tree/flat-function.js'
import { type Tensors, unflatten } from '../tree/structure.js'

/**
 * The same values, counted as constants by derivatives.
 * @example grad((x: Tensor) => x.mul(stopGradient(x)))(np.array(3)).item() // 3
 */
export const stopGradient = <T>(x: T): Tensors<T> => {
  const [leaves, structure] = flattenTensors(x)
  return unflatten(structure, leaves.map(stop)) as Tensors<T>
}
