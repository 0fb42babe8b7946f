/** Reverse mode and linearisation at a point. */
import { isFloat } from '../dtype.js'
import { DTypeError, ShapeError } from '../errors.js'
import { type MaybeZero, withTrace } from '../primitives/primitive.js'
import { showType } from '../print.js'
import { sameShape } from '../shape.js'
import { type Abstract, type Tensor, uniform } from '../tensor.js'
import { linearizeFlat } from '../trace/linearize.js'
import { partially } from '../trace/partial.js'
import { instantiate, transposeFlat } from '../trace/transpose.js'
import { flatFunction, flattenTensors } from '../tree/flat-function.js'
import { checkSameStructure, type Tensors, unflatten } from '../tree/structure.js'

/** The leaves of a tangent or cotangent, checked against what it belongs to; null where the dtype has no derivative. */
export const matching = (transform: string, role: string, given: unknown, like: unknown): readonly MaybeZero[] => {
  checkSameStructure(`${transform}: the ${role}`, like, given)
  const [expected] = flattenTensors(like)
  return flattenTensors(given)[0].map((x, i) => {
    const type = expected[i] as Tensor
    if (!sameShape(x.sizes, type.sizes)) {
      throw new ShapeError(
        `${transform}: the ${role} is ${showType(x)} where the value is ${showType(type)}. They need one shape.`,
      )
    }
    if (!isFloat(type.dtype)) return null
    if (x.dtype === type.dtype) return x
    if (x.weakType) return x.astype(type.dtype)
    throw new DTypeError(
      `${transform}: the ${role} is ${showType(x)} where the value is ${showType(type)}. Convert with x.astype(…).`,
    )
  })
}

/**
 * The value of `f` and its pullback, which maps a cotangent of the value to the tuple of cotangents of the primals.
 * @example
 * const [y, pullback] = vjp(np.sin, np.array(0))
 * pullback(np.array(1)) // [1]
 */
export const vjp = <A extends readonly unknown[], R>(
  f: (...primals: A) => R,
  ...primals: A
): readonly [Tensors<R>, (cotangent: Tensors<R> | R) => { -readonly [K in keyof A]: Tensors<A[K]> }] => {
  const [leaves, structure] = flattenTensors([...primals], 'vjp: primals')
  const flat = flatFunction(f as (...args: never[]) => unknown, structure)
  const linear = linearizeFlat(flat.call, leaves)
  const value = unflatten(flat.outputStructure(), linear.outputs)
  const pullback = (cotangent: unknown): unknown => {
    const results = linear.pullback(matching('vjp', 'cotangent', cotangent, value))
    return unflatten(
      structure,
      leaves.map((x, i) => instantiate(results[i] ?? null, x)),
    )
  }
  return [value, pullback] as never
}

/**
 * The value of `f` and its derivative there as a linear function of tangents, which can be applied many times.
 * @example
 * const [y, pushforward] = linearize(np.sin, np.array(0))
 * pushforward(np.array(2)).item() // 2
 */
export const linearize = <A extends readonly unknown[], R>(
  f: (...primals: A) => R,
  ...primals: A
): readonly [Tensors<R>, (...tangents: { [K in keyof A]: Tensors<A[K]> | A[K] }) => Tensors<R>] => {
  const [leaves, structure] = flattenTensors([...primals], 'linearize: primals')
  const flat = flatFunction(f as (...args: never[]) => unknown, structure)
  const linear = linearizeFlat(flat.call, leaves)
  const pushforward = (...tangents: unknown[]): unknown =>
    unflatten(flat.outputStructure(), linear.pushforward(matching('linearize', 'tangents', tangents, [...primals])))
  return [unflatten(flat.outputStructure(), linear.outputs), pushforward] as never
}

/**
 * The transpose of a linear function: cotangents of its result to the tuple of cotangents of its arguments. The primals
 * give shapes and dtypes only.
 * @throws TransformError if `f` is not linear
 * @example linearTranspose((x: Tensor) => x.mul(3), np.array(0))(np.array(2))[0].item() // 6
 */
export const linearTranspose = <A extends readonly unknown[], R>(
  f: (...primals: A) => R,
  ...primals: A
): ((cotangent: Tensors<R> | R) => { -readonly [K in keyof A]: Tensors<A[K]> }) => {
  const [leaves, structure] = flattenTensors([...primals], 'linearTranspose: primals')
  const flat = flatFunction(f as (...args: never[]) => unknown, structure)
  // What does not depend on the primals, such as the counter of a loop, is known: only the rest has to be linear.
  const { program, constants } = partially(leaves, (trace, unknown) =>
    trace.finish(withTrace(trace, () => flat.call(unknown))),
  )
  const linear = program.inputs.map((_, i) => i >= constants.length)
  const types: readonly Abstract[] = program.outputs.map((o) => o.abstract)
  return ((cotangent: unknown): unknown => {
    const like = unflatten(
      flat.outputStructure(),
      types.map((t) => uniform(0, t)),
    )
    const cotangents = matching('linearTranspose', 'cotangent', cotangent, like)
    const results = transposeFlat(program, linear, constants, cotangents)
    return unflatten(
      structure,
      leaves.map((x, i) => instantiate(results[i] ?? null, x)),
    )
  }) as never
}
