/** The memory plan: which variables are views of others, and at which offset every buffer lives from first to last use. */
import { bytesOf } from '../dtype.js'
import { type Atom, type Equation, Literal, type Program, type Var } from '../program/program.js'
import { readersOf } from '../program/readers.js'
import { Heap } from '../runtime/heap.js'
import { isRowMajor, keepsStrides } from '../runtime/layout.js'
import { sizeOf } from '../shape.js'

/** Where a value is: a buffer of the plan or a literal, from an element on, read through strides (null: row-major). */
export interface Place {
  readonly root: Var | Literal
  readonly offset: number
  readonly strides: readonly number[] | null
}

/** Where values are, whatever the order in which equations run. */
export interface Places {
  readonly places: ReadonlyMap<Var, Place>
  /** Equations that need no kernel: their result is a view. */
  readonly views: ReadonlySet<Equation>
}

export interface Plan extends Places {
  /** Byte offsets of the buffers. */
  readonly offsets: ReadonlyMap<Var, number>
  readonly bytes: number
}

const bytesOfVar = (v: Var): number => sizeOf(v.abstract.shape) * bytesOf(v.abstract.dtype)

export const placeOf = (places: ReadonlyMap<Var, Place>, atom: Atom): Place => {
  if (!(atom instanceof Literal)) return places.get(atom) as Place
  return { root: atom, offset: 0, strides: atom.value.view().strides }
}

/** What is a view of what. `external` variables have places of their own. */
export const findPlaces = (program: Program, external: ReadonlySet<Var>): Places => {
  const readers = readersOf(program)
  const places = new Map<Var, Place>()
  const views = new Set<Equation>()
  for (const v of program.inputs) places.set(v, { root: v, offset: 0, strides: null })
  for (const equation of program.equations) {
    const seen = viewPlaces(equation, places, readers, external)
    if (seen !== null) views.add(equation)
    equation.outputs.forEach((v, i) => {
      places.set(v, seen?.[i] ?? { root: v, offset: 0, strides: null })
    })
  }
  return { places, views }
}

/** Plans a program. `external` variables, all inputs among them, have places of their own, which nothing else may take. */
export const planMemory = (program: Program, external: ReadonlySet<Var>): Plan => {
  const { places, views } = findPlaces(program, external)
  const last = lastUseOfRoots(program, places, external)
  const heap = new Heap()
  const offsets = new Map<Var, number>()
  program.equations.forEach((equation, index) => {
    if (views.has(equation)) return
    const reused = new Set<Var>()
    for (const v of equation.outputs) {
      if (external.has(v)) continue
      const root = reusable(equation, v, index, places, last, external, reused)
      if (root !== null) reused.add(root)
      offsets.set(v, root === null ? heap.take(bytesOfVar(v)) : (offsets.get(root) as number))
    }
    const dying = new Set<Var>()
    for (const atom of [...equation.inputs, ...equation.outputs]) {
      const { root } = placeOf(places, atom)
      if (!(root instanceof Literal) && last.get(root) === index && !reused.has(root)) dying.add(root)
    }
    for (const root of dying) heap.give(offsets.get(root) as number, bytesOfVar(root))
  })
  return { places, offsets, bytes: heap.peak, views }
}

/** The places of results that need no kernel, or null. */
const viewPlaces = (
  equation: Equation,
  places: ReadonlyMap<Var, Place>,
  readers: ReadonlyMap<Var, readonly (Equation | null)[]>,
  external: ReadonlySet<Var>,
): readonly Place[] | null => {
  const { primitive, inputs, outputs, params } = equation
  if (primitive.view === undefined && primitive.regions === undefined) return null
  const { shape } = (inputs[0] as Atom).abstract
  const { root, offset, strides } = placeOf(places, inputs[0] as Atom)
  const view = primitive.view?.(strides, shape, params) ?? null
  const regions =
    view !== null ? [{ offset: 0, strides: view.strides }] : (primitive.regions?.(strides, shape, params) ?? null)
  if (regions === null) return null
  const seen = outputs.map((v, i) => {
    const region = regions[i] as (typeof regions)[number]
    const own = isRowMajor(v.abstract.shape, region.strides) ? null : region.strides
    return { root, offset: offset + region.offset, strides: own }
  })
  const isReadable = (v: Var, own: readonly number[] | null): boolean =>
    !external.has(v) &&
    (own === null ||
      (readers.get(v) ?? []).every((r) => r !== null && keepsStrides(r.primitive, own, v.abstract.shape)))
  const isWorthKeeping = view !== null || isLargePart(root, outputs, external)
  return isWorthKeeping && outputs.every((v, i) => isReadable(v, (seen[i] as Place).strides)) ? seen : null
}

/** Parts keep the whole in memory for as long as they are read: small ones of what could go are copied instead. */
const isLargePart = (root: Var | Literal, parts: readonly Var[], external: ReadonlySet<Var>): boolean =>
  !(root instanceof Literal) &&
  (external.has(root) || leastPart * parts.reduce((sum, v) => sum + bytesOfVar(v), 0) >= bytesOfVar(root))
const leastPart = 8

const lastUseOfRoots = (
  program: Program,
  places: ReadonlyMap<Var, Place>,
  external: ReadonlySet<Var>,
): ReadonlyMap<Var, number> => {
  const last = new Map<Var, number>()
  const touch = (atom: Atom, index: number): void => {
    const { root } = placeOf(places, atom)
    if (!(root instanceof Literal)) last.set(root, Math.max(index, last.get(root) ?? -1))
  }
  program.equations.forEach((equation, index) => {
    for (const atom of equation.inputs) touch(atom, index)
    for (const v of equation.outputs) touch(v, index)
  })
  for (const atom of program.outputs) touch(atom, Number.POSITIVE_INFINITY)
  for (const v of external) touch(v, Number.POSITIVE_INFINITY)
  return last
}

/** Whether a result of an equation may be written over a buffer that the equation reads: read at its own positions only. */
export const readsOwn = (equation: Equation, root: Var, output: Var, places: ReadonlyMap<Var, Place>): boolean => {
  const { primitive, inputs } = equation
  const uses = primitive.elements?.(inputs.map((a) => a.abstract)) ?? []
  const fits = (x: Atom): boolean =>
    sizeOf(x.abstract.shape) === sizeOf(output.abstract.shape) &&
    bytesOf(x.abstract.dtype) === bytesOf(output.abstract.dtype)
  return (
    fits(root) &&
    inputs.every((atom, i) => {
      const { root: other, offset, strides } = placeOf(places, atom)
      return other !== root || (uses[i] === 'own' && strides === null && offset === 0 && fits(atom))
    })
  )
}

/** The buffer of an operand that dies here, which a result may take: read here at its own positions only, not taken yet. */
const reusable = (
  equation: Equation,
  output: Var,
  index: number,
  places: ReadonlyMap<Var, Place>,
  last: ReadonlyMap<Var, number>,
  external: ReadonlySet<Var>,
  taken: ReadonlySet<Var>,
): Var | null => {
  const roots = equation.inputs.map((atom) => placeOf(places, atom).root)
  const found = roots.find(
    (root): root is Var =>
      !(root instanceof Literal) &&
      last.get(root) === index &&
      !external.has(root) &&
      !taken.has(root) &&
      readsOwn(equation, root, output, places),
  )
  return found ?? null
}
