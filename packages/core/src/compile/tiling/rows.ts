/** Rows of equations: which operands a part of the result needs in part, and the same equation for fewer rows. */
import type { Params, Rows } from '../../primitives/primitive.js'
import { type Atom, type Equation, Literal, Var } from '../../program/program.js'
import { type Abstract, uniform } from '../../tensor.js'
import { type FusedParams, fused } from '../fusion/group.js'

const ruleOf = ({ primitive, inputs, outputs, params }: Equation): Rows<Params> | null => {
  const types = [...inputs, ...outputs].map((a) => a.abstract)
  if (outputs.length === 0 || outputs.some((v) => (v.abstract.shape[0] ?? 0) === 0)) return null
  return primitive.rows?.(types.slice(0, inputs.length), types.slice(inputs.length), params) ?? null
}

/**
 * For each operand, whether rows of the results need the same rows of it, in proportion ('own'), or all of it; null if the
 * results have no rows of their own.
 */
export const rowsOf = (equation: Equation): Rows<Params>['uses'] | null => {
  if (equation.primitive !== fused) return ruleOf(equation)?.uses ?? null
  const { members } = equation.params as FusedParams
  return members.every((e) => ruleOf(e) !== null) ? equation.inputs.map(() => 'own') : null
}

/** A type with `to` rows for every `from`. */
export const resizedType = (type: Abstract, from: number, to: number): Abstract => {
  const [rows, ...rest] = type.shape as readonly [number, ...number[]]
  return { ...type, shape: [(rows / from) * to, ...rest] }
}

/** A number for every element, for another number of rows; null for other constants. */
export const resizedLiteral = ({ value, abstract }: Literal, from: number, to: number): Literal | null =>
  value.isUniform() && value.size > 0
    ? new Literal(uniform(value.view().array[0] as number, resizedType(abstract, from, to)))
    : null

/** An equation of which `operand` gives the operands, for `to` of `from` rows; `result` gives a variable for each of its results. */
export const resized = (
  equation: Equation,
  from: number,
  to: number,
  operand: (atom: Atom, index: number) => Atom,
  result: (v: Var) => Var,
): Equation => {
  const { primitive, params } = equation
  const inputs = equation.inputs.map(operand)
  if (primitive !== fused) {
    const outputs = equation.outputs.map(result)
    const rows = outputs[0]?.abstract.shape[0] as number
    return { primitive, inputs, outputs, params: ruleOf(equation)?.resized?.(rows) ?? params }
  }
  const { members } = params as FusedParams
  const known = new Map<Atom, Atom>(equation.inputs.map((a, i) => [a, inputs[i] as Atom]))
  const inner = members.map((member) =>
    resized(
      member,
      from,
      to,
      (a) => known.get(a) ?? (a instanceof Literal ? (resizedLiteral(a, from, to) as Atom) : a),
      (v) => {
        const own = equation.outputs.includes(v) ? result(v) : new Var(resizedType(v.abstract, from, to))
        known.set(v, own)
        return own
      },
    ),
  )
  return {
    primitive,
    inputs,
    outputs: equation.outputs.map((v) => known.get(v) as Var),
    params: { members: inner } satisfies FusedParams,
  }
}
