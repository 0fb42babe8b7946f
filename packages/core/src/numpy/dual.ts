/**
 * One function, two ways to call it: data first, `np.add(a, b)`, or data last for a pipe, `pipe(a, np.add(b))`. Where both
 * forms fit, the data-first type stands last as well, because that is the one TypeScript infers from in `pipe(x, np.sum)`.
 */
import { isRecord, operation } from '../operation.js'
import { Tensor, type TensorLike } from '../tensor.js'

/** Two operands: `f(x, y)`, or `f(y)` for `x ↦ f(x, y)`. */
export interface DualBinary<R = Tensor> {
  (x: TensorLike, y: TensorLike): R
  (y: TensorLike): (x: TensorLike) => R
}

/** An operand and optional options: `f(x)`, `f(x, options)`, or `f(options)` for `x ↦ f(x, options)`. */
export interface DualOptions<O, R = Tensor> {
  (x: TensorLike, options?: O): R
  (options: O): (x: TensorLike) => R
  (x: TensorLike, options?: O): R
}

/** An operand and further arguments, of which the first is required: `f(x, …rest)`, or `f(…rest)` for `x ↦ f(x, …rest)`. */
export interface Dual<A extends readonly unknown[], R = Tensor> {
  (x: TensorLike, ...rest: A): R
  (...rest: A): (x: TensorLike) => R
}

/** A tensor and an optional positional argument that is none: `f(x)`, `f(x, a)`, or `f(a)` for `x ↦ f(x, a)`. */
export interface DualOptional<A, R = Tensor> {
  (x: Tensor, argument?: A): R
  (argument: A): (x: TensorLike) => R
  (x: Tensor, argument?: A): R
}

/** Two operands, told apart by how many there are. */
export const dualBinary = <R = Tensor>(name: string, f: (x: TensorLike, y: TensorLike) => R): DualBinary<R> => {
  const call = (...args: readonly TensorLike[]): unknown =>
    args.length === 1
      ? (x: TensorLike): R => f(x, args[0] as TensorLike)
      : f(args[0] as TensorLike, args[1] as TensorLike)
  return operation(name, { dual: true }, call) as DualBinary<R>
}

/** An operand and options with these names, told apart by whether the first argument is an options record. */
export const dualOptions = <O extends object, R = Tensor>(
  name: string,
  names: readonly (keyof O & string)[],
  f: (x: TensorLike, options: O) => R,
): DualOptions<O, R> => {
  const none = {} as O
  const call = (first: TensorLike | O, options?: O): unknown =>
    isRecord(first) ? (x: TensorLike): R => f(x, first as O) : f(first as TensorLike, options ?? none)
  return operation(name, { at: 1, names, dual: true }, call) as DualOptions<O, R>
}

/**
 * An operand and further arguments, told apart by their number: `required` arguments besides the data, not counting a
 * trailing options record with some of these names.
 */
export const dual = <A extends readonly unknown[], R = Tensor>(
  name: string,
  required: number,
  names: readonly string[],
  f: (x: TensorLike, ...rest: A) => R,
): Dual<A, R> => {
  const call = (...args: readonly unknown[]): unknown => {
    const given = args.length > required && isRecord(args[args.length - 1]) ? args.length - 1 : args.length
    return given > required
      ? f(args[0] as TensorLike, ...(args.slice(1) as unknown as A))
      : (x: TensorLike): R => f(x, ...(args as unknown as A))
  }
  const calling = names.length === 0 ? { dual: true } : { at: required + 1, names, dual: true }
  return operation(name, calling, call as (...args: never[]) => unknown) as Dual<A, R>
}

/** An operand and an optional argument that is no tensor, told apart by whether the first one is. */
export const dualOptional = <A, R = Tensor>(
  name: string,
  f: (x: TensorLike, argument: A | undefined) => R,
): DualOptional<A, R> => {
  const call = (first: Tensor | A, second?: A): unknown =>
    first instanceof Tensor ? f(first, second) : (x: TensorLike): R => f(x, first)
  return operation(name, { dual: true }, call) as DualOptional<A, R>
}
