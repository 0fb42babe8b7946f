/**
 * Which equations run tile after tile: those whose rows (the leading axis) depend on the same rows of what feeds them, such as an
 * elementwise chain, a product with weights, a reduction or softmax of each row. A few rows of all of them stay in the cache, where
 * every equation for itself would walk memory from end to end.
 */
import type { Params, RowUse } from '../../primitives/primitive.js'
import { type Atom, type Equation, Literal, type Program, type Var } from '../../program/program.js'
import { readersOf } from '../../program/readers.js'
import { compiledOnly } from '../compiled-only.js'
import {
  bytesOfAtom,
  isView,
  nanosecondsOfCall,
  nanosecondsPacked,
  nanosecondsSaved,
  nanosecondsTouched,
  smallestGroup,
  tileBytes,
} from './costs.js'
import { type Group, groupsOf } from './groups.js'
import { type Part, partOf } from './part.js'
import { rowsOf } from './rows.js'

/** A group and how its tiles run. */
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

export const tiled = compiledOnly('tiled')

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
