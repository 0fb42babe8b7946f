/** One function, two ways to call it: `softmax(x, { axis: 0 })`, or `pipe(x, softmax({ axis: 0 }))`. */
import {
  ArgumentError,
  checkOptions,
  isRecord,
  named,
  np,
  operation,
  show,
  Tensor,
  type TensorLike,
} from '@puregrad/core'

/** A function of one tensor. */
export type Elementwise = (x: TensorLike) => Tensor

/** A tensor and options. The data-first form stands last because `pipe(x, softmax)` infers from the last. */
export interface WithOptions<O> {
  (options: O): (x: TensorLike) => Tensor
  (x: TensorLike, options?: O): Tensor
}

/** A tensor, a required argument and options. */
export interface WithArgument<A, O> {
  (argument: A, options?: O): (x: TensorLike) => Tensor
  (x: TensorLike, argument: A, options?: O): Tensor
}

/** A tensor and a required argument. */
export interface Binary<A = Tensor> {
  (argument: A): (x: TensorLike) => Tensor
  (x: TensorLike, argument: A): Tensor
}

export const tensor = (x: TensorLike): Tensor => (x instanceof Tensor ? x : np.array(x))

const isFloat = (x: Tensor): boolean => x.dtype === 'float32' || x.dtype === 'float64'

/** The same numbers as floats: integers and booleans become float32. */
export const floating = (x: TensorLike): Tensor => {
  const t = tensor(x)
  return isFloat(t) ? t : t.astype('float32')
}

/** A function of one float tensor. */
export const elementwise = (name: string, f: (x: Tensor) => Tensor): Elementwise =>
  named(name, (x: TensorLike) => f(floating(x)))

/** @throws ArgumentError for an operand that was given and is not there: it would look like one that comes later. */
const checkGiven = (name: string, args: readonly unknown[], operands: number): void => {
  for (let i = 0; i < Math.min(args.length, operands); i++) {
    const x = args[i]
    if (x !== undefined && x !== null) continue
    const later = operands > 1 ? ' To give the data later, leave it out.' : ''
    throw new ArgumentError(
      `${name}: argument ${i + 1} of ${args.length} is ${show(x)}. Tensors are made with np.array.${later}`,
    )
  }
}

const isData = (x: unknown): boolean => x instanceof Tensor || typeof x === 'number' || typeof x === 'boolean'

/** A function of a tensor and options with these names, told apart by what comes first. */
export const withOptions = <O extends object>(
  name: string,
  names: readonly (keyof O & string)[],
  f: (x: Tensor, options: O) => Tensor,
): WithOptions<O> => {
  const none = {} as O
  const call = (first: TensorLike | O, options?: O): unknown => {
    if (first === undefined || first === null) checkGiven(name, [first], 1)
    if (isData(first)) return f(floating(first as TensorLike), options ?? none)
    checkOptions(name, first, names)
    return (x: TensorLike) => f(floating(x), first as O)
  }
  return operation(name, { at: 1, names, dual: true }, call) as WithOptions<O>
}

/**
 * A function of a tensor, an argument and options with these names, told apart by the type of the second: options or nothing
 * mean data last.
 */
export const withArgument = <A, O extends object>(
  name: string,
  names: readonly (keyof O & string)[],
  isArgument: (x: unknown) => boolean,
  f: (x: Tensor, argument: A, options: O) => Tensor,
): WithArgument<A, O> => {
  const none = {} as O
  const call = (...args: readonly unknown[]): unknown => {
    const [first, second, third] = args as readonly [TensorLike | A, (A | O)?, O?]
    if (isArgument(second)) {
      if (first === undefined || first === null) checkGiven(name, args, 1)
      return f(tensor(first as TensorLike), second as A, third ?? none)
    }
    // An argument may come before options that are undefined, unless it is a tensor, which may be the data.
    checkGiven(name, args, args.length > 2 || first instanceof Tensor || !isArgument(first) ? 2 : 1)
    if (second !== undefined && !isRecord(second)) {
      throw new ArgumentError(
        `${name}: argument 2 is ${show(second)}, which it cannot be. Tensors are made with np.array.`,
      )
    }
    checkOptions(name, second, names)
    return (x: TensorLike) => f(tensor(x), first as A, (second as O | undefined) ?? none)
  }
  return operation(name, { at: 2, names, dual: true }, call) as WithArgument<A, O>
}

/** For arguments that are tensors, such as labels. */
export const isTensor = (x: unknown): boolean => x instanceof Tensor

/** A function of two tensors, data first or last by their number. */
export const binary = (name: string, f: (x: Tensor, y: Tensor) => Tensor): Binary => {
  const call = (...args: readonly TensorLike[]): unknown => {
    const [first, second] = args as readonly [TensorLike, TensorLike?]
    if (first === undefined || first === null || second === undefined || second === null) checkGiven(name, args, 2)
    return second === undefined ? (x: TensorLike) => f(tensor(x), tensor(first)) : f(tensor(first), tensor(second))
  }
  return operation(name, { dual: true }, call) as Binary
}
