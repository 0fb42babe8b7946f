/** Which equations become one loop: elementwise ones of one shape that feed each other, where nothing in between waits for them. */
import { ownElements, type Params, type Primitive, primitives } from '../../primitives/primitive.js'
import { type Atom, type Equation, Literal, type Program, Var } from '../../program/program.js'
import { readersOf } from '../../program/readers.js'
import { compiledOnly } from '../compiled-only.js'
import { fusible, isCounted } from './operations.js'

const mostSteps = 48
const mostOperands = 24

/** The equations that a fused one stands for, in order. */
export interface FusedParams extends Params {
  readonly members: readonly Equation[]
}

export const fused = compiledOnly('fused', { accepts: 'broadcast', elements: ownElements })

interface Group {
  readonly shape: string
  /** Positions in the program and the equations there, in order. */
  members: readonly (readonly [index: number, equation: Equation])[]
  operands: ReadonlySet<Atom>
  /** Nothing outside reads a result yet, so that more may join. */
  open: boolean
}

/** The program with groups of at least two equations, elementwise or counting, fused, each at the place of its last member. */
export const fuse = (source: Program): Program => {
  const program = withoutClamps(source)
  const groups = new Map<Equation, Group>()
  const producers = new Map<Var, Group>()
  const recent: Group[] = []
  const enter = (group: Group, equation: Equation): void => {
    groups.set(equation, group)
    for (const v of equation.outputs) producers.set(v, group)
  }
  program.equations.forEach((equation, index) => {
    const feeding = new Set(equation.inputs.flatMap((a) => (a instanceof Literal ? [] : (producers.get(a) ?? []))))
    const joins = isCounted(equation) || fusible(equation) !== null
    const joined = joins ? candidates(equation, feeding, recent) : []
    for (const group of feeding) if (!joined.includes(group)) group.open = false
    if (!joins) return
    const [group = newGroup(equation, recent), ...merged] = joined
    for (const other of merged) {
      group.members = [...group.members, ...other.members].sort(([a], [b]) => a - b)
      group.operands = new Set([...group.operands, ...other.operands])
      other.open = false
      for (const [, member] of other.members) enter(group, member)
    }
    group.members = [...group.members, [index, equation]]
    group.operands = new Set([...group.operands, ...readBy(equation).filter((a) => !isScalarLiteral(a))])
    enter(group, equation)
  })
  const readers = readersOf(program)
  const equations = program.equations.flatMap((equation, index): readonly Equation[] => {
    const group = groups.get(equation)
    if (group === undefined || group.members.length < 2) return [equation]
    const last = group.members[group.members.length - 1] as Group['members'][number]
    return last[0] === index
      ? [
          assemble(
            group.members.map(([, e]) => e),
            readers,
          ),
        ]
      : []
  })
  return { ...program, equations }
}

/** A clamp is a maximum and a minimum, which share their loop. */
const withoutClamps = (program: Program): Program =>
  program.equations.some((e) => e.primitive.name === 'clamp')
    ? { ...program, equations: program.equations.flatMap((e) => (e.primitive.name === 'clamp' ? maxAndMin(e) : [e])) }
    : program

const maxAndMin = (equation: Equation): readonly Equation[] => {
  const [low, x, high] = equation.inputs as readonly [Atom, Atom, Atom]
  const [y] = equation.outputs as readonly [Var]
  if (y.abstract.dtype === 'uint8') return [equation]
  const raised = new Var(y.abstract)
  const [max, min] = ['max', 'min'].map((name) => primitives.get(name) as Primitive) as [Primitive, Primitive]
  return [
    { primitive: max, inputs: [x, low], params: {}, outputs: [raised] },
    { primitive: min, inputs: [raised, high], params: {}, outputs: [y] },
  ]
}

/** The operands that a loop reads: not the counts of shifts, which are in its code. */
const readBy = (equation: Equation): readonly Atom[] =>
  equation.inputs.slice(0, fusible(equation)?.operands.length ?? 0)

const isScalarLiteral = (a: Atom): boolean =>
  a instanceof Literal && (a.abstract.shape.length === 0 || a.value.isUniform())
const shapeOf = (equation: Equation): string => (equation.outputs[0] as Var).abstract.shape.join()

/** How many groups back an equation looks for one that reads an operand of its own. */
const lookBack = 8

/** The open groups that an equation brings together: those that feed it, else one that reads an operand of its own. */
const candidates = (equation: Equation, feeding: ReadonlySet<Group>, recent: readonly Group[]): readonly Group[] => {
  const shape = shapeOf(equation)
  let steps = 1
  let operands = equation.inputs.length
  const fits = (g: Group): boolean => {
    const fitting =
      g.open && g.shape === shape && steps + g.members.length <= mostSteps && operands + g.operands.size <= mostOperands
    if (fitting) {
      steps += g.members.length
      operands += g.operands.size
    }
    return fitting
  }
  const fed = [...feeding].filter(fits)
  if (fed.length > 0) return fed
  const shares = (g: Group): boolean => equation.inputs.some((a) => !isScalarLiteral(a) && g.operands.has(a))
  const neighbour = recent
    .slice(-lookBack)
    .reverse()
    .find((g) => shares(g) && fits(g))
  return neighbour === undefined ? [] : [neighbour]
}

const newGroup = (equation: Equation, recent: Group[]): Group => {
  const group: Group = { shape: shapeOf(equation), members: [], operands: new Set(), open: true }
  recent.push(group)
  return group
}

const assemble = (members: readonly Equation[], readers: ReadonlyMap<Var, readonly (Equation | null)[]>): Equation => {
  const inside = new Set(members)
  const made = new Set(members.flatMap((e) => e.outputs))
  const inputs = [...new Set(members.flatMap((e) => readBy(e).filter((a) => a instanceof Literal || !made.has(a))))]
  const outputs = [...made].filter((v) => (readers.get(v) ?? []).some((r) => r === null || !inside.has(r)))
  return { primitive: fused, inputs, params: { members } satisfies FusedParams, outputs }
}
