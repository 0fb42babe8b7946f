/** The program of a tile. */
import type { RowUse } from '../../primitives/primitive.js'
import { type Atom, type Equation, Literal, type Program, Var } from '../../program/program.js'
import type { Abstract } from '../../tensor.js'
import { leading } from './costs.js'
import { resized, resizedLiteral, resizedType, rowsOf } from './rows.js'

/** A program for some of the rows, and what its inputs are a part, or all, of. */
export interface Part {
  readonly program: Program
  readonly inputs: readonly Atom[]
  readonly uses: readonly RowUse[]
}

/** The members for `size` of `rows` rows, after the views through which they read; null if they read own rows of a view without. */
export const partOf = (
  members: readonly Equation[],
  outputs: readonly Var[],
  rows: number,
  size: number,
  views: ReadonlyMap<Atom, Equation>,
): Part | null => {
  const known = { own: new Map<Atom, Atom>(), all: new Map<Atom, Atom>() }
  const inputs: { readonly atom: Atom; readonly use: RowUse; readonly variable: Var }[] = []
  const equations: Equation[] = []
  let possible = true
  const typeOf = (atom: Atom, use: RowUse): Abstract =>
    use === 'own' ? resizedType(atom.abstract, rows, size) : atom.abstract
  const add = (equation: Equation, uses: readonly RowUse[], as: RowUse): void => {
    const operand = (a: Atom, i: number): Atom => find(a, uses[i] as RowUse)
    const result = (v: Var): Var => {
      const variable = new Var(typeOf(v, as))
      known[as].set(v, variable)
      return variable
    }
    equations.push(
      as === 'own'
        ? resized(equation, rows, size, operand, result)
        : { ...equation, inputs: equation.inputs.map(operand), outputs: equation.outputs.map(result) },
    )
  }
  const find = (atom: Atom, use: RowUse): Atom => {
    const seen = known[use].get(atom)
    if (seen !== undefined) return seen
    if (atom instanceof Literal) {
      const number = use === 'all' ? atom : resizedLiteral(atom, rows, size)
      if (number !== null) return number
    } else {
      const view = views.get(atom)
      if (view !== undefined) {
        const uses = use === 'all' ? view.inputs.map((): RowUse => 'all') : rowsOf(view)
        possible &&= uses !== null && isDivisible(view, uses, rows)
        if (uses !== null && possible) {
          add(view, uses, use)
          return known[use].get(atom) as Atom
        }
      }
    }
    possible &&= use === 'all' || leading(atom) % rows === 0
    const variable = new Var(possible ? typeOf(atom, use) : atom.abstract)
    known[use].set(atom, variable)
    inputs.push({ atom, use, variable })
    return variable
  }
  for (const member of members) {
    const uses = rowsOf(member)
    if (uses !== null && possible) add(member, uses, 'own')
  }
  if (!possible) return null
  const program = {
    inputs: inputs.map((x) => x.variable),
    equations,
    outputs: outputs.map((v) => known.own.get(v) as Atom),
  }
  return { program, inputs: inputs.map((x) => x.atom), uses: inputs.map((x) => x.use) }
}

const isDivisible = (equation: Equation, uses: readonly RowUse[], rows: number): boolean =>
  [...equation.inputs.filter((_, i) => uses[i] === 'own'), ...equation.outputs].every((a) => leading(a) % rows === 0)
