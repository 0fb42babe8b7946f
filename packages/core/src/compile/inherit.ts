/** Results in the places of inputs that are given up: which result may have which, and where updates stand so that many may. */
import { bytesOf } from '../dtype.js'
import { type Atom, type Equation, type Literal, type Program, Var } from '../program/program.js'
import { sizeOf } from '../shape.js'
import { findPlaces, type Places, placeOf, readsOwn } from './plan.js'

const bytesOfVar = ({ abstract: { shape, dtype } }: Var): number => sizeOf(shape) * bytesOf(dtype)

const placesIn = (program: Program): Places =>
  findPlaces(program, new Set([...program.inputs, ...program.outputs.filter((a): a is Var => a instanceof Var)]))

/**
 * For each result that may be written over an input, the input: one that is given up, as large as the result, and that nobody reads
 * once the result has begun, but for the equation itself, element by element.
 */
export const inheritances = (
  program: Program,
  givenUp: ReadonlySet<Var>,
  { places, views } = placesIn(program),
): ReadonlyMap<Var, Var> => {
  const rootOf = (a: Atom): Var | Literal => placeOf(places, a).root
  const last = new Map<Var | Literal, number>()
  program.equations.forEach(({ inputs }, index) => {
    for (const a of inputs) last.set(rootOf(a), index)
  })
  const results = new Set<Atom>(program.outputs)
  /** Inputs that nobody has taken, by their size. */
  const free = new Map<number, Set<Var>>()
  for (const p of givenUp) {
    const bytes = bytesOfVar(p)
    if (!results.has(p)) free.set(bytes, (free.get(bytes) ?? new Set()).add(p))
  }
  const heirs = new Map<Var, Var>()
  program.equations.forEach((equation, index) => {
    if (views.has(equation)) return
    for (const v of equation.outputs) {
      const offered = results.has(v) ? free.get(bytesOfVar(v)) : undefined
      if (offered === undefined) continue
      const fits = (p: Var): boolean => {
        const read = last.get(p) ?? -1
        return read < index || (read === index && readsOwn(equation, p, v, places))
      }
      const own = equation.inputs.map(rootOf).find((r): r is Var => offered.has(r as Var) && fits(r as Var))
      const found = own ?? [...offered].find(fits)
      if (found === undefined) continue
      offered.delete(found)
      heirs.set(v, found)
    }
  })
  return heirs
}

/** Smaller operands of updates wait for the end, where threads take all updates together. */
const largeOperand = 2 ** 22

/**
 * The program with its large updates as early as they can be: an equation that makes nothing but results stands right behind what it
 * reads, and behind whoever else reads the inputs that it may be written over, so that a gradient need not live to the end.
 */
export const updateEarly = (program: Program, givenUp: ReadonlySet<Var>, { places } = placesIn(program)): Program => {
  const { equations } = program
  const inputs = new Set<Atom>(program.inputs)
  const outputs = new Set<Atom>(program.outputs)
  const isLarge = (a: Atom): boolean => a instanceof Var && !inputs.has(a) && bytesOfVar(a) >= largeOperand
  const updates = new Set(
    equations.filter(
      (e) => e.primitive.view === undefined && e.outputs.every((v) => outputs.has(v)) && e.inputs.some(isLarge),
    ),
  )
  if (updates.size === 0) return program
  const rootOf = (a: Atom): Var | Literal => placeOf(places, a).root
  const ready = new Map<Atom, number>()
  const read = new Map<Var | Literal, number>()
  equations.forEach((e, index) => {
    for (const v of e.outputs) ready.set(v, index)
    if (!updates.has(e)) for (const a of e.inputs) read.set(rootOf(a), index)
  })
  const behind = new Map<number, Equation[]>()
  for (const e of equations) {
    if (!updates.has(e)) continue
    const isTaken = (a: Atom): boolean => givenUp.has(rootOf(a) as Var)
    const at = Math.max(
      -1,
      ...e.inputs.map((a) => Math.max(ready.get(a) ?? -1, isTaken(a) ? (read.get(rootOf(a)) ?? -1) : -1)),
    )
    for (const v of e.outputs) ready.set(v, at)
    behind.set(at, [...(behind.get(at) ?? []), e])
  }
  const others = equations.flatMap((e, index) => [...(updates.has(e) ? [] : [e]), ...(behind.get(index) ?? [])])
  return { ...program, equations: [...(behind.get(-1) ?? []), ...others] }
}

/** The program as it runs best if these inputs are given up, and which result has the place of which of them. */
export const givingUp = (
  program: Program,
  givenUp: ReadonlySet<Var>,
): { readonly program: Program; readonly heirs: ReadonlyMap<Var, Var> } => {
  if (givenUp.size === 0) return { program, heirs: new Map() }
  const places = placesIn(program)
  const early = updateEarly(program, givenUp, places)
  return { program: early, heirs: inheritances(early, givenUp, places) }
}
