/** The memory plan: which variables are views of others, and at which offset every buffer lives from first to last use. */
import { bytesOf } from '../dtype.js'
import { type Atom, type Equation, Literal, type Program, type Var } from '../program/program.js'
import { readersOf } from '../program/readers.js'
import { Heap } from '../runtime/heap.js'
import { isRowMajor, keepsStrides } from '../runtime/layout.js'
import { sizeOf } from '../shape.js'

/** Where a value is: a buffer of the plan or a literal, read through strides (null: row-major). */
export interface Place {
  readonly root: Var | Literal
  readonly strides: readonly number[] | null
}

export interface Plan {
  readonly places: ReadonlyMap<Var, Place>
  /** Byte offsets of the buffers. */
  readonly offsets: ReadonlyMap<Var, number>
  readonly bytes: number
  /** Equations that need no kernel: their result is a view. */
  readonly views: ReadonlySet<Equation>
}

const bytesOfVar = (v: Var): number => sizeOf(v.abstract.shape) * bytesOf(v.abstract.dtype)

export const placeOf = (places: ReadonlyMap<Var, Place>, atom: Atom): Place => {
  if (!(atom instanceof Literal)) return places.get(atom) as Place
  return { root: atom, strides: atom.value.view().strides }
}

/** Plans a program. `external` variables, all inputs among them, have places of their own, which nothing else may take. */
export const planMemory = (program: Program, external: ReadonlySet<Var>): Plan => {
  const readers = readersOf(program)
  const places = new Map<Var, Place>()
  const views = new Set<Equation>()
  for (const v of program.inputs) places.set(v, { root: v, strides: null })
  for (const equation of program.equations) {
    const view = viewPlace(equation, places, readers, external)
    if (view !== null) {
      places.set(equation.outputs[0] as Var, view)
      views.add(equation)
    } else for (const v of equation.outputs) places.set(v, { root: v, strides: null })
  }

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

const viewPlace = (
  equation: Equation,
  places: ReadonlyMap<Var, Place>,
  readers: ReadonlyMap<Var, readonly (Equation | null)[]>,
  external: ReadonlySet<Var>,
): Place | null => {
  const output = equation.outputs[0] as Var
  if (equation.primitive.view === undefined || external.has(output)) return null
  const input = equation.inputs[0] as Atom
  const from = placeOf(places, input)
  const view = equation.primitive.view(from.strides, input.abstract.shape, equation.params)
  if (view === null) return null
  const { shape } = output.abstract
  const strides = isRowMajor(shape, view.strides) ? null : view.strides
  const accepted =
    strides === null ||
    (readers.get(output) ?? []).every((r) => r !== null && keepsStrides(r.primitive, strides, shape))
  return accepted ? { root: from.root, strides } : null
}

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

/** An operand that dies here and whose buffer a result may take: row-major, of its size, read in no other way, not taken yet. */
const reusable = (
  equation: Equation,
  output: Var,
  index: number,
  places: ReadonlyMap<Var, Place>,
  last: ReadonlyMap<Var, number>,
  external: ReadonlySet<Var>,
  taken: ReadonlySet<Var>,
): Var | null => {
  if (equation.primitive.inPlace !== true) return null
  for (const atom of equation.inputs) {
    const { root, strides } = placeOf(places, atom)
    if (
      root instanceof Literal ||
      strides !== null ||
      last.get(root) !== index ||
      external.has(root) ||
      taken.has(root)
    )
      continue
    const sameBytes =
      bytesOfVar(root) === bytesOfVar(output) && bytesOf(root.abstract.dtype) === bytesOf(output.abstract.dtype)
    const readOtherwise = equation.inputs.some((other) => {
      const place = placeOf(places, other)
      return place.root === root && place.strides !== null
    })
    if (sameBytes && !readOtherwise) return root
  }
  return null
}
