/** Which arguments a transform differentiates. */
import { isFloat } from '../dtype.js'
import { ArgumentError, DTypeError, RangeError } from '../errors.js'
import { showType } from '../print.js'
import { show } from '../show.js'
import { toTensor } from '../tensor.js'
import { leafPaths, showPath, type Tensors, takeApart } from '../tree/structure.js'

export type Argnums = number | readonly number[]

/** The type of the chosen arguments' gradients: one for a number, a tuple for a list. */
export type Selected<A extends readonly unknown[], N extends Argnums> = N extends readonly number[]
  ? { -readonly [K in keyof N]: Tensors<A[N[K] & keyof A]> }
  : N extends number
    ? Tensors<A[N]>
    : never

/** The types of the chosen arguments: one for a number, a tuple for a list. */
export type Chosen<A extends readonly unknown[], N extends Argnums> = N extends readonly number[]
  ? { -readonly [K in keyof N]: A[N[K] & keyof A] }
  : N extends number
    ? A[N]
    : never

/** @throws ArgumentError unless this is the list of a function's arguments */
export const checkList = (transform: string, role: string, given: unknown, example: string): void => {
  if (Array.isArray(given)) return
  throw new ArgumentError(
    `${transform}: the ${role} are the list of the function's arguments, not ${show(given)}. Write ${example}.`,
  )
}

/** @throws RangeError naming the arguments that there are */
export const checkArgnums = (transform: string, argnums: Argnums, count: number): readonly number[] => {
  const list = typeof argnums === 'number' ? [argnums] : argnums
  return list.map((n) => {
    const index = n < 0 ? n + count : n
    if (Number.isInteger(n) && index >= 0 && index < count) return index
    throw new RangeError(
      `${transform}: argnums ${show(argnums)} names no argument: the function was called with ${count}.`,
    )
  })
}

/** @throws DTypeError naming the first leaf that is not a float */
export const checkDifferentiable = (transform: string, argument: unknown, index: number): void => {
  const [leaves] = takeApart(argument, `${transform}: argument ${index}`)
  const paths = leafPaths(argument)
  leaves.forEach((leaf, i) => {
    const x = toTensor(leaf)
    if (isFloat(x.dtype)) return
    throw new DTypeError(
      `${transform}: ${showPath(paths[i] ?? [], `argument ${index}`)} is ${showType(x)}; only floats have derivatives. ` +
        "Convert with x.astype('float32'), or pass it as an argument that is not in argnums.",
    )
  })
}
