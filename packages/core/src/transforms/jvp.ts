/** Forward mode at a point. */
import type { Tensor } from '../tensor.js'
import { uniform } from '../tensor.js'
import { jvpFlat } from '../trace/jvp.js'
import { flatFunction, flattenTensors } from '../tree/flat-function.js'
import { type Tensors, unflatten } from '../tree/structure.js'
import { checkList } from './arguments.js'
import { matching } from './vjp.js'

/**
 * The value of `f` at `primals` and its directional derivative along `tangents`, in one pass.
 * @throws TreeError, ShapeError, DTypeError if tangents and primals differ
 * @example jvp(np.sin, [np.array(0)], [np.array(2)]) // [0, 2]
 */
export const jvp = <A extends readonly unknown[], R>(
  f: (...primals: A) => R,
  primals: readonly [...A],
  tangents: { readonly [K in keyof A]: Tensors<A[K]> | A[K] },
): readonly [Tensors<R>, Tensors<R>] => {
  checkList('jvp', 'primals', primals, 'jvp(f, [x], [t])')
  checkList('jvp', 'tangents', tangents, 'jvp(f, [x], [t])')
  const [leaves, structure] = flattenTensors([...primals], 'jvp: primals')
  const flat = flatFunction(f as (...args: never[]) => unknown, structure)
  const [outputs, outputTangents] = jvpFlat(flat.call, leaves, matching('jvp', 'tangents', [...tangents], [...primals]))
  return [
    unflatten(flat.outputStructure(), outputs),
    unflatten(
      flat.outputStructure(),
      outputs.map((y: Tensor, i) => outputTangents[i] ?? uniform(0, y)),
    ),
  ] as never
}
