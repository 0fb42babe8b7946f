/** Which equations could share tiles: those whose rows need the same rows of what feeds them. */
import type { RowUse } from '../../primitives/primitive.js'
import { type Equation, Literal, type Program, type Var } from '../../program/program.js'
import { bytesOfAtom, isView, leading, nanosecondsPacked, nanosecondsSaved, tileBytes } from './costs.js'
import { rowsOf } from './rows.js'

const fewestRows = 8
const mostMembers = 64

export interface Group {
  /** Positions in the program and the equations there, in order. */
  readonly members: readonly (readonly [index: number, equation: Equation])[]
  /** The rows of all operands and results are multiples of these. */
  readonly rows: number
}

export const groupsOf = (program: Program): readonly Group[] => {
  const groups = new Map<Equation, Group>()
  const producers = new Map<Var, Equation>()
  /** Groups of which something outside has read a result: nothing may join them any more. */
  const closed = new Set<Group>()
  program.equations.forEach((equation, index) => {
    const feeding = new Set(
      equation.inputs.flatMap((a) => (a instanceof Literal ? [] : (groups.get(producers.get(a) as Equation) ?? []))),
    )
    for (const v of equation.outputs) producers.set(v, equation)
    const merged = joined(equation, index, feeding, closed, (v) => groups.get(producers.get(v) as Equation))
    for (const group of feeding) if (merged === null || !merged.from.has(group)) closed.add(group)
    if (merged === null) return
    for (const [, member] of merged.group.members) groups.set(member, merged.group)
  })
  return [...new Set(groups.values())]
}

/** The group of an equation and those that feed it, as far as they may join; null if it has to stay alone. */
const joined = (
  equation: Equation,
  index: number,
  feeding: ReadonlySet<Group>,
  closed: ReadonlySet<Group>,
  groupOf: (v: Var) => Group | undefined,
): { readonly group: Group; readonly from: ReadonlySet<Group> } | null => {
  const uses = rowsOf(equation)
  if (uses === null || !gainsAlone(equation, uses)) return null
  const own = [...equation.inputs.filter((_, i) => uses[i] === 'own'), ...equation.outputs]
  let rows = Math.min(...own.map(leading))
  if (rows < fewestRows || own.some((a) => leading(a) % rows !== 0)) return null
  const from = new Set<Group>()
  let count = 1
  for (const group of feeding) {
    const least = Math.min(rows, group.rows)
    const fits =
      !closed.has(group) &&
      count + group.members.length <= mostMembers &&
      group.rows % least === 0 &&
      rows % least === 0 &&
      equation.inputs.every((a, i) => a instanceof Literal || groupOf(a) !== group || uses[i] === 'own')
    if (!fits) continue
    from.add(group)
    count += group.members.length
    rows = least
  }
  if (isView(equation) && from.size === 0) return null
  const members = [...[...from].flatMap((g) => g.members), [index, equation] as const].sort(([a], [b]) => a - b)
  return { group: { members, rows }, from }
}

/** Weights are packed once a tile: a product with many of them, for what one row of its result gains, does without. */
const gainsAlone = (equation: Equation, uses: readonly RowUse[]): boolean => {
  if (isView(equation)) return true
  const weights = equation.inputs.reduce((sum, a, i) => (uses[i] === 'all' ? sum + bytesOfAtom(a) : sum), 0)
  if (weights === 0) return true
  const own = [...equation.inputs.filter((_, i) => uses[i] === 'own'), ...equation.outputs]
  const rowBytes = own.reduce((sum, a) => sum + bytesOfAtom(a) / leading(a), 0)
  const resultBytes = equation.outputs.reduce((sum, v) => sum + bytesOfAtom(v) / leading(v), 0)
  const rowsOfTile = tileBytes / 2 / rowBytes
  return weights * nanosecondsPacked < rowsOfTile * 2 * resultBytes * nanosecondsSaved
}
