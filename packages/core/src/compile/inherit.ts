/** Results in the places of inputs that are given up: which result may have which, and where updates stand so that many may. */
import { bytesOf } from '../dtype.js'
import { type Atom, type Equation, type Literal, type Program, Var } from '../program/program.js'
import { sizeOf } from '../shape.js'
import { placeOf, planMemory, readsOwn } from './plan.js'

const bytesOfVar = ({ abstract: { shape, dtype } }: Var): number => sizeOf(shape) * bytesOf(dtype)

/** What reads which buffer, through views or not. */
const readsOf = (program: Program) => {
  const results = new Set(program.outputs.filter((a): a is Var => a instanceof Var))
  const { places, views } = planMemory(program, new Set([...program.inputs, ...results]))
  return { results, places, views, rootOf: (a: Atom): Var | Literal => placeOf(places, a).root }
}

/**
 * For each result that may be written over an input, the input: one that is given up, as large as the result, and that nobody reads
 * once the result has begun, but for the equation itself, element by element.
 */
export const inheritances = (program: Program, givenUp: ReadonlySet<Var>): ReadonlyMap<Var, Var> => {
  const { results, places, views, rootOf } = readsOf(program)
  const last = new Map<Var | Literal, number>()
  program.equations.forEach(({ inputs }, index) => {
    for (const a of inputs) last.set(rootOf(a), index)
  })
  const free = new Set([...givenUp].filter((p) => !results.has(p)))
  const heirs = new Map<Var, Var>()
  program.equations.forEach((equation, index) => {
    if (views.has(equation)) return
    for (const v of equation.outputs) {
      if (!results.has(v)) continue
      const fits = (p: Var): boolean => {
        if (bytesOfVar(p) !== bytesOfVar(v)) return false
        const read = last.get(p) ?? -1
        return read < index || (read === index && readsOwn(equation, p, v, places))
      }
      const own = equation.inputs.map(rootOf).find((r): r is Var => r instanceof Var && free.has(r) && fits(r))
      const found = own ?? [...free].find(fits)
      if (found === undefined) continue
      free.delete(found)
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
export const updateEarly = (program: Program, givenUp: ReadonlySet<Var>): Program => {
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
  const { rootOf } = readsOf(program)
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
