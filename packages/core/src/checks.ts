/** Checks of arguments that are lists: each says which function and which argument, and what stands there. */
import { RangeError, ShapeError } from './errors.js'
import { show } from './show.js'
import { Tensor } from './tensor.js'

/** The list itself. @throws ShapeError unless it is an array of whole numbers */
export const wholeNumbers = (operation: string, name: string, list: readonly number[]): readonly number[] => {
  if (Array.isArray(list)) {
    let whole = true
    for (let i = 0; i < list.length; i++) if (!Number.isInteger(list[i])) whole = false
    if (whole) return list
  }
  throw new ShapeError(`${operation}: ${name} is ${show(list)}; it has to be an array of whole numbers.`)
}

/** One whole number as a list of one. @throws ShapeError unless it is a whole number or an array of them */
export const oneOrMore = (operation: string, name: string, given: number | readonly number[]): readonly number[] =>
  wholeNumbers(operation, name, typeof given === 'number' ? [given] : given)

/** The list itself. @throws ShapeError unless it is an array */
export const listOf = <T>(operation: string, name: string, list: readonly T[]): readonly T[] => {
  if (Array.isArray(list)) return list
  throw new ShapeError(`${operation}: ${name} is ${show(list)}; it has to be an array.`)
}

/** The list itself. @throws ShapeError unless it is an array of tensors */
export const tensorsIn = (operation: string, name: string, list: readonly Tensor[]): readonly Tensor[] => {
  if (Array.isArray(list) && list.every((x) => x instanceof Tensor)) return list
  throw new ShapeError(`${operation}: ${name} is ${show(list)}; it has to be an array of tensors.`)
}

/** @throws RangeError unless it is a number */
export const checkNumber = (operation: string, name: string, x: number): void => {
  if (typeof x !== 'number') throw new RangeError(`${operation}: ${name} is ${show(x)}; it has to be a number.`)
}
