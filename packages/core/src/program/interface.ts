/** Whether nested programs fit the operands that a primitive hands them. */
import { DTypeError, ShapeError } from '../errors.js'
import { showType } from '../print.js'
import { sameShape } from '../shape.js'
import type { Abstract } from '../tensor.js'
import { inputTypes, outputTypes, type Program } from './program.js'

/** @throws ShapeError, DTypeError unless the types agree, weakness aside */
const checkAgree = (role: string, verb: string, own: readonly Abstract[], wanted: readonly Abstract[]): void => {
  if (own.length !== wanted.length) {
    throw new ShapeError(
      `${role} ${verb} ${own.length} tensors, and has to ${verb.replace(/s$/, '')} ${wanted.length}.`,
    )
  }
  own.forEach((type, i) => {
    const other = wanted[i] as Abstract
    if (type.dtype === other.dtype && sameShape(type.shape, other.shape)) return
    const message = `${role} ${verb} ${showType(type)} as number ${i}, and it has to be ${showType(other)}.`
    throw sameShape(type.shape, other.shape) ? new DTypeError(message) : new ShapeError(message)
  })
}

/** The program takes operands of these types. `role` is the primitive and its parameter, as in 'scan: body'. */
export const checkTakes = (role: string, program: Program, operands: readonly Abstract[]): void =>
  checkAgree(role, 'takes', inputTypes(program), operands)

/** The program's results have these types. */
export const checkGives = (role: string, program: Program, results: readonly Abstract[]): void =>
  checkAgree(role, 'gives', outputTypes(program), results)

/** The counts of constants and carries that a loop names are there. */
export const checkCounts = (name: string, counts: Readonly<Record<string, number>>, operands: number): void => {
  const total = Object.values(counts).reduce((sum, n) => sum + n, 0)
  if (total <= operands) return
  const named = Object.entries(counts).map(([key, n]) => `${key} ${n}`)
  throw new ShapeError(`${name}: ${named.join(' and ')} are more than its ${operands} operands.`)
}
