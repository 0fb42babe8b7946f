/**
 * One function, two ways to call it: data first, `np.add(a, b)`, or data last for a pipe, `pipe(a, np.add(b))`. Where both
 * forms fit, the data-first type stands last as well, because that is the one TypeScript infers from in `pipe(x, np.sum)`.
 */
import { ArgumentError } from '../errors.js'
import { checkOptions, isRecord, located, namedUnary, titled } from '../operation.js'
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

/** @throws ArgumentError for an operand that was given and is not there: the function would fail later, without a name. */
const checkGiven = (name: string, args: readonly unknown[]): void => {
  const missing = args.indexOf(undefined)
  if (missing >= 0)
    throw new ArgumentError(
      `${name}: argument ${missing + 1} of ${args.length} is undefined. Tensors are made with np.array.`,
    )
}

/** Two operands, told apart by how many there are. */
export const dualBinary = <R = Tensor>(name: string, f: (x: TensorLike, y: TensorLike) => R): DualBinary<R> => {
  const call = (...args: readonly TensorLike[]): unknown => {
    const x = args[0] as TensorLike
    const y = args[1] as TensorLike
    if (args.length === 1) {
      checkGiven(name, args)
      return namedUnary(name, (data: TensorLike) => f(data, x))
    }
    try {
      return f(x, y)
    } catch (error) {
      throw located(error, name, args)
    }
  }
  return titled(name, call) as DualBinary<R>
}

/** An operand and options with these names, told apart by whether the first argument is an options record. */
export const dualOptions = <O extends object, R = Tensor>(
  name: string,
  names: readonly (keyof O & string)[],
  f: (x: TensorLike, options: O) => R,
): DualOptions<O, R> => {
  const none = {} as O
  const call = (first: TensorLike | O, options?: O): unknown => {
    if (isRecord(first)) {
      checkOptions(name, first, names)
      return namedUnary(name, (x: TensorLike) => f(x, first as O))
    }
    checkOptions(name, options, names)
    try {
      return f(first as TensorLike, options ?? none)
    } catch (error) {
      throw located(error, name, options === undefined ? [first] : [first, options])
    }
  }
  return titled(name, call, names) as unknown as DualOptions<O, R>
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
  const apply = f as unknown as (...args: readonly unknown[]) => R
  const call = (...args: readonly unknown[]): unknown => {
    const last = args.length - 1
    const record = isRecord(args[last])
    if (names.length > 0 && (record || last > required)) checkOptions(name, args[Math.min(last, required + 1)], names)
    if ((record ? last : args.length) <= required) return namedUnary(name, (x: TensorLike) => apply(x, ...args))
    try {
      return args.length === 2 ? apply(args[0], args[1]) : apply(...args)
    } catch (error) {
      throw located(error, name, args)
    }
  }
  return titled(name, call as (...args: never[]) => unknown, names.length === 0 ? undefined : names) as Dual<A, R>
}

/** An operand and an optional argument that is no tensor, told apart by whether the first one is. */
export const dualOptional = <A, R = Tensor>(
  name: string,
  f: (x: TensorLike, argument: A | undefined) => R,
): DualOptional<A, R> => {
  const call = (first: Tensor | A, second?: A): unknown => {
    if (!(first instanceof Tensor)) return namedUnary(name, (x: TensorLike) => f(x, first))
    try {
      return f(first, second)
    } catch (error) {
      throw located(error, name, [first, second])
    }
  }
  return titled(name, call) as DualOptional<A, R>
}
