/** Public functions: options that they have, operands that are tensors, and errors that say whose they are. */
import { isDType } from './dtype.js'
import { ArgumentError, OperandError } from './errors.js'
import { show } from './show.js'
import { closest } from './spelling.js'
import { Tensor } from './tensor.js'

/** How a function is called: where its options stand among its arguments, and what they are called. */
export interface Calling {
  readonly at?: number
  readonly names?: readonly string[]
  /** Its data may come later: with fewer arguments it gives a function of the data. */
  readonly dual?: boolean
  /** What its first arguments are called, as far as they are numbers, or tensors or functions in place of them. */
  readonly numbers?: readonly string[]
}

/** Where a function tells the names of its options, for a test that compares them with its type. */
export const optionNames = Symbol.for('@puregrad/core option names')

type AnyFunction = (...args: never[]) => unknown

/** Whether something may be options: an object that is no tensor, array or buffer. @internal */
export const isRecord = (x: unknown): x is Readonly<Record<string, unknown>> =>
  typeof x === 'object' && x !== null && !(x instanceof Tensor) && !Array.isArray(x) && !ArrayBuffer.isView(x)

/** Names of options that a bare value of each kind is likely meant for, the likeliest first. */
const meant = (x: unknown, names: readonly string[]): string | undefined => {
  const among = (...likely: readonly string[]): string | undefined => likely.find((name) => names.includes(name))
  if (isDType(x)) return among('dtype')
  if (typeof x === 'number')
    return (
      among('axis', 'argnums', 'k', 'num', 'length', 'decimals') ??
      (names.length === 1 && names[0] !== 'dtype' ? names[0] : undefined)
    )
  if (typeof x === 'string') return among('mode', 'axisName', 'method', 'policy', 'side')
  if (typeof x === 'boolean')
    return among('keepdims', 'hasAux', 'reverse', 'returned', 'invert') ?? (names.length === 1 ? names[0] : undefined)
  if (Array.isArray(x)) return among('inAxes', 'axis', 'argnums', 'shape', 'axes', 'staticArgnums', 'strides')
  return undefined
}

/** @throws ArgumentError for options that are no record, or have names that the function does not know. @internal */
export const checkOptions = (operation: string, options: unknown, names: readonly string[]): void => {
  if (options === undefined) return
  if (!isRecord(options)) {
    if (names.length === 0)
      throw new ArgumentError(`${operation}: there are too many arguments, ${show(options)} is one.`)
    const name = meant(options, names)
    const instead =
      name === undefined ? `They are { ${names.join(', ')} }.` : `Did you mean { ${name}: ${show(options)} }?`
    throw new ArgumentError(`${operation}: options are given as a record, not as ${show(options)}. ${instead}`)
  }
  for (const name in options) {
    if (names.includes(name)) continue
    if (names.length === 0) throw new ArgumentError(`${operation}: there is no option '${name}', nor any other.`)
    const near = closest(name, names)
    throw new ArgumentError(
      `${operation}: there is no option '${name}'. ${near === undefined ? '' : `Did you mean '${near}'? `}Options are ${names.join(', ')}.`,
    )
  }
}

/** @throws ArgumentError for the first of these arguments that is no number, nor may stand in place of one */
const checkNumbers = (operation: string, args: readonly unknown[], numbers: readonly string[]): void => {
  for (let i = 0; i < numbers.length; i++) {
    const x = args[i]
    if (typeof x === 'number' || typeof x === 'function' || x instanceof Tensor) continue
    const inside = isRecord(x) ? Object.values(x).find((value) => typeof value === 'number') : undefined
    const cure =
      i > 0 || inside === undefined
        ? `Its arguments are (${numbers.join(', ')}, …).`
        : `It comes by itself, before any options: ${operation}(${inside}).`
    throw new ArgumentError(`${operation}: ${numbers[i]} is ${show(x)}, and has to be a number. ${cure}`)
  }
}

/** The same error about an operand, with the name of the function and which of its arguments it is. */
export const located = (error: unknown, operation: string, args: readonly unknown[]): unknown => {
  if (!(error instanceof OperandError)) return error
  const position = args.findIndex((x) => Object.is(x, error.operand))
  if (position < 0 && error.message !== error.why) return error
  const which = position < 0 ? 'an argument' : `argument ${position + 1} of ${args.length}`
  return new OperandError(error.operand, error.why, `${operation}: ${which}`)
}

/** `f` with this name, and the names of its options for whoever asks. */
export const titled = <F extends AnyFunction>(name: string, f: F, names?: readonly string[]): F =>
  Object.defineProperties(f, { name: { value: name }, [optionNames]: { value: names && Object.freeze([...names]) } })

/**
 * `f` with checked options, whose errors about operands say its name and which of its arguments they mean. It stays a function
 * of the same type.
 * @internal
 */
export const operation = <F extends AnyFunction>(
  name: string,
  { at = Number.POSITIVE_INFINITY, names, numbers, dual = false }: Calling,
  f: F,
): F => {
  const call = f as unknown as (...args: readonly unknown[]) => unknown
  if (at === 1 && names !== undefined && numbers === undefined && !dual) {
    // Most functions, and the ones called most: without a list of arguments.
    const one = (x: unknown, options: unknown): unknown => {
      if (options !== undefined) checkOptions(name, options, names)
      try {
        return call(x, options)
      } catch (error) {
        throw located(error, name, options === undefined ? [x] : [x, options])
      }
    }
    return titled(name, one as unknown as F, names)
  }
  const checked = (...args: readonly unknown[]): unknown => {
    if (numbers !== undefined) checkNumbers(name, args, numbers)
    const last = args.length - 1
    if (names !== undefined) {
      if (last >= at) checkOptions(name, args[at], names)
      else if (dual && isRecord(args[last])) checkOptions(name, args[last], names)
    }
    try {
      const result = call(...args)
      return dual && typeof result === 'function' ? named(name, result as AnyFunction) : result
    } catch (error) {
      throw located(error, name, args)
    }
  }
  return titled(name, checked as unknown as F, names)
}

/** As `operation`, for a function without options. @internal */
export const named = <F extends AnyFunction>(name: string, f: F): F => operation(name, {}, f)

/** As `named`, for a function of one operand. */
export const namedUnary = <X, R>(name: string, f: (x: X) => R): ((x: X) => R) =>
  titled(name, (x: X): R => {
    try {
      return f(x)
    } catch (error) {
      throw located(error, name, [x])
    }
  })
