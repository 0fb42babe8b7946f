/**
 * Which equations run tile after tile: those whose rows (the leading axis) depend on the same rows of what feeds them, such as an
 * elementwise chain, a product with weights, a reduction or softmax of each row. A few rows of all of them stay in the cache, where
 * every equation for itself would walk memory from end to end.
 */
import { bytesOf } from '../../dtype.js'
import type { Params, Primitive, RowUse } from '../../primitives/primitive.js'
import { type Atom, type Equation, Literal, type Program, Var } from '../../program/program.js'
import { readersOf } from '../../program/readers.js'
import { sizeOf } from '../../shape.js'
import type { Abstract } from '../../tensor.js'
import { resized, resizedLiteral, resizedType, rowsOf } from './rows.js'

/** What compiled programs hold in place of a group. It is no primitive of the table: no trace ever meets it. */
export interface TiledParams extends Params {
  /** Rows of the whole, and of a tile; the last tile may have fewer. */
  readonly rows: number
  readonly perTile: number
  /** The same for some of the rows. Its inputs and outputs are those of the equation. */
  readonly program: (rows: number) => Program
  /** For each input, whether a tile reads its own rows of it, or all of it. */
  readonly uses: readonly RowUse[]
  /** The equations that it stands for. */
  readonly members: readonly Equation[]
  /** What all of it takes, roughly. */
  readonly nanoseconds: number
}

const neverTraced = (): never => {
  throw new Error('tiled: exists in compiled programs only')
}

export const tiled = {
  name: 'tiled',
  abstract: neverTraced,
  jvp: neverTraced,
  batch: neverTraced,
} as unknown as Primitive

/** What a tile works on stays in the second cache, with room for what its kernels pack. */
const tileBytes = 128 * 1024
/** Smaller groups stay in the second cache anyway. */
const smallestGroup = 512 * 1024
const fewestRows = 8
const mostMembers = 64
/** A byte that is not read or written in memory. */
const nanosecondsSaved = 0.04
/** A byte of weights that a product packs again for each tile. */
const nanosecondsPacked = 0.1
const nanosecondsOfCall = 100
/** A byte that is read or written and worked on, roughly. */
const nanosecondsTouched = 0.1

interface Group {
  readonly members: readonly (readonly [index: number, equation: Equation])[]
  readonly rows: number
}

const bytesOfAtom = ({ abstract: { shape, dtype } }: Atom): number => sizeOf(shape) * bytesOf(dtype)
const isView = (equation: Equation): boolean => equation.primitive.view !== undefined
/** How many rows it has; a scalar has none. */
const leading = (a: Atom): number => a.abstract.shape[0] ?? 0

/** The program with groups of equations that gain by it tiled, each at the place of its last member. */
export const tile = (program: Program): Program => {
  const readers = readersOf(program)
  const groups = groupsOf(program)
  const grouped = new Set(groups.flatMap(({ members }) => members.map(([, e]) => e)))
  const views = new Map<Atom, Equation>(
    program.equations.flatMap((e) => (isView(e) && !grouped.has(e) ? e.outputs.map((v) => [v, e] as const) : [])),
  )
  const found = groups.flatMap((group) => assemble(group, views, readers) ?? [])
  if (found.length === 0) return program
  const membersOf = (e: Equation): readonly Equation[] => (e.params as TiledParams).members
  const gone = new Set(found.flatMap(membersOf))
  const replaced = new Map(found.map((e) => [membersOf(e)[membersOf(e).length - 1] as Equation, e]))
  const equations = program.equations.flatMap((e) => replaced.get(e) ?? (gone.has(e) ? [] : [e]))
  return { ...program, equations }
}

const groupsOf = (program: Program): readonly Group[] => {
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

const assemble = (
  { members: places, rows }: Group,
  views: ReadonlyMap<Atom, Equation>,
  readers: ReadonlyMap<Var, readonly (Equation | null)[]>,
): Equation | null => {
  const members = places.map(([, e]) => e)
  const computed = members.filter((e) => !isView(e))
  const bytes = computed.flatMap((e) => [...e.inputs, ...e.outputs]).reduce((sum, a) => sum + bytesOfAtom(a), 0)
  if (computed.length < 2 || bytes < smallestGroup) return null
  const inside = new Set(members)
  const isRead = (v: Var): boolean => readers.get(v)?.some((r) => r === null || !inside.has(r)) ?? false
  const outputs = members.flatMap((e) => e.outputs.filter(isRead))
  const build = (size: number): Part | null => partOf(members, outputs, rows, size, views)
  const whole = build(rows)
  if (whole === null || outputs.length === 0) return null
  const plan = planTiles(whole, rows)
  if (plan === null) return null
  const programs = new Map<number, Program>()
  const program = (size: number): Program => {
    const known = programs.get(size) ?? (build(size) as Part).program
    programs.set(size, known)
    return known
  }
  const params: TiledParams = { ...plan, rows, uses: whole.uses, members, program }
  return { primitive: tiled, inputs: whole.inputs, params, outputs }
}

/** A program for some of the rows, and what its inputs are a part, or all, of. */
interface Part {
  readonly program: Program
  readonly inputs: readonly Atom[]
  readonly uses: readonly RowUse[]
}

/** The members for `size` of `rows` rows, after the views through which they read; null if they read own rows of a view without. */
const partOf = (
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

/** How many rows a tile has, if tiles gain anything. */
const planTiles = (
  { program, uses }: Part,
  rows: number,
): { readonly perTile: number; readonly nanoseconds: number } | null => {
  const roots = new Map<Atom, Atom | null>(program.inputs.map((v, i) => [v, uses[i] === 'own' ? v : null]))
  const rootOf = (a: Atom): Atom | null => (roots.has(a) ? (roots.get(a) as Atom | null) : null)
  const kept = new Set<Atom>()
  const keep = (a: Atom): number => {
    kept.add(a)
    return bytesOfAtom(a)
  }
  let [touched, weights, calls] = [0, 0, 0]
  for (const equation of program.equations) {
    if (isView(equation)) {
      roots.set(equation.outputs[0] as Var, rootOf(equation.inputs[0] as Atom))
      continue
    }
    calls++
    const packs = equation.primitive.rows !== undefined && rowsOf(equation)?.includes('all')
    for (const a of equation.inputs) {
      const root = rootOf(a)
      if (root !== null) touched += keep(root)
      else if (packs && !(a instanceof Literal)) weights += bytesOfAtom(a)
    }
    for (const v of equation.outputs) {
      roots.set(v, v)
      touched += keep(v)
    }
  }
  const own = [...kept].reduce((sum, a) => sum + bytesOfAtom(a), 0)
  const outside = new Set([...program.inputs.filter((v) => kept.has(v)), ...program.outputs])
  const needed = [...outside].reduce((sum, a) => sum + bytesOfAtom(a), 0)
  const perTile = evenly(Math.min(rows, Math.max(1, Math.floor((tileBytes * rows) / own))))
  const tiles = Math.ceil(rows / perTile)
  const gain = (touched - needed) * nanosecondsSaved
  const loss = tiles * (calls * nanosecondsOfCall + weights * nanosecondsPacked)
  return own >= smallestGroup && tiles > 1 && gain > 2 * loss
    ? { perTile, nanoseconds: touched * nanosecondsTouched }
    : null
}

/** Whole vectors and whole tiles of products, where there are so many rows. */
const evenly = (rows: number): number => rows - (rows >= 64 ? rows % 64 : rows >= 4 ? rows % 4 : 0)
