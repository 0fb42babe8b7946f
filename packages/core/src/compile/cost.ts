/** What a program will cost, known before it runs: from its shapes, its passes and its memory plan. */
import { bytesOf } from '../dtype.js'
import { showType } from '../print.js'
import { type Atom, type Equation, Literal, type Program, type Var } from '../program/program.js'
import { sizeOf } from '../shape.js'
import { arrange } from './arrange.js'
import { compile } from './executable.js'
import { type FusedParams, fused } from './fusion/group.js'
import { type Plan, planMemory } from './plan.js'
import { type TiledParams, tiled } from './tiling/tile.js'
import { titleOf } from './title.js'

/** @see Jitted.cost */
export interface Cost {
  /** Floating-point operations by the textbook's count: 2mnk for a product, one an element for exp as for +. */
  readonly flops: number
  /** Bytes that kernels and fused loops read and write, each operand once. */
  readonly bytesMoved: number
  /** The memory that it works in, inputs and results included, at its largest. */
  readonly peakBytes: number
  /** Calls of kernels and fused loops in the compiled code, in parts where threads share the work; those in a loop once. */
  readonly kernels: number
  /** What runs, in order, where its result is and how long it stays. */
  readonly plan: string
}

/** The cost of a program that is given up these inputs; it is compiled for that but does not run. */
export const costOf = (source: Program, givenUp: readonly number[] = []): Cost => {
  const { arenaBytes, kernelCalls, program } = compile(source, givenUp)
  const { flops, bytesMoved } = workOf(program)
  return Object.freeze({ flops, bytesMoved, peakBytes: arenaBytes, kernels: kernelCalls, plan: showPlan(program) })
}

interface Work {
  readonly flops: number
  readonly bytesMoved: number
}

const bytesOfAtom = ({ abstract: { shape, dtype } }: Atom): number => sizeOf(shape) * bytesOf(dtype)

const planOf = (program: Program): Plan => {
  const results = program.outputs.filter((a): a is Var => !(a instanceof Literal))
  return planMemory(program, new Set([...program.inputs, ...results]))
}

const workOf = (program: Program): Work => {
  const { views } = planOf(program)
  let [flops, bytesMoved] = [0, 0]
  for (const equation of program.equations) {
    if (views.has(equation)) continue
    const runs = equation.primitive.runs?.(equation.params)
    if (runs === undefined) {
      flops += flopsOf(equation)
      bytesMoved += [...equation.inputs, ...equation.outputs].reduce((sum, a) => sum + bytesOfAtom(a), 0)
      continue
    }
    for (const [nested, times] of runs) {
      const step = workOf(arrange(nested))
      flops += times * step.flops
      bytesMoved += times * step.bytesMoved
    }
  }
  return { flops, bytesMoved }
}

const flopsOf = (equation: Equation): number => {
  const { primitive, inputs, outputs, params } = equation
  if (primitive === fused || primitive === tiled) {
    return (params as FusedParams | TiledParams).members.reduce((sum, e) => sum + flopsOf(e), 0)
  }
  const types = outputs.map((v) => v.abstract)
  if (primitive.flops !== undefined) {
    return primitive.flops(
      inputs.map((a) => a.abstract),
      types,
      params,
    )
  }
  return primitive.view === undefined ? types.reduce((sum, t) => sum + sizeOf(t.shape), 0) : 0
}

const showPlan = (program: Program): string => {
  const { views, offsets, places } = planOf(program)
  const last = new Map<Var, number>()
  program.equations.forEach((equation, index) => {
    for (const a of equation.inputs) {
      const root = a instanceof Literal ? a : places.get(a)?.root
      if (root !== undefined && !(root instanceof Literal)) last.set(root, index)
    }
  })
  const rows = program.equations.flatMap((equation, index) => {
    if (views.has(equation)) return []
    return equation.outputs.map((v) => {
      const offset = offsets.get(v)
      const [place, until] = offset === undefined ? ['result', 'end'] : [String(offset), String(last.get(v) ?? index)]
      return [String(index), titleOf(equation), showType(v.abstract), place, String(bytesOfAtom(v)), until]
    })
  })
  const head = ['at', 'what', 'result', 'offset', 'bytes', 'until']
  const widths = head.map((h, i) => Math.max(h.length, ...rows.map((row) => (row[i] as string).length)))
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, i) => (i === 1 || i === 2 ? cell.padEnd(widths[i] as number) : cell.padStart(widths[i] as number)))
      .join('  ')
      .trimEnd()
  return [head, ...rows].map(line).join('\n')
}
