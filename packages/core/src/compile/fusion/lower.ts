/** From a fused equation and the places of its operands to a loop nest and the pointers it runs on. */
import { bytesOf } from '../../dtype.js'
import type { Emitter, Operand } from '../../primitives/primitive.js'
import type { Atom, Equation, Var } from '../../program/program.js'
import { type TwoLoops, twoLoops } from '../../runtime/layout.js'
import { type Shape, sizeOf } from '../../shape.js'
import type { LoopNest, LoopOperand, Step } from './generate.js'
import type { FusedParams } from './group.js'
import { fusible, isCounted, type Operation } from './operations.js'

export interface FusedLoop {
  readonly nest: LoopNest
  /** Pointers of the inputs, then of the outputs. */
  readonly pointers: readonly number[]
}

/** The loop of a fused equation. Operands that take more than two loops to walk are copied first. */
export const fusedLoop = (
  emit: Emitter,
  equation: Equation,
  inputs: readonly Operand[],
  outputs: readonly Operand[],
): FusedLoop => {
  const { members } = equation.params as FusedParams
  const counted = members.filter(isCounted)
  const computed = members.filter((e) => !isCounted(e))
  const { shape } = outputs[0] as Operand
  const sources = [...inputs.map(fromMemory), ...counted.map(fromCounting)]
  const { loops, pointers } = walk(emit, shape, sources)
  const numbers = new Map<Atom, number>()
  const number = (atom: Atom): void => {
    numbers.set(atom, numbers.size)
  }
  equation.inputs.forEach(number)
  for (const e of [...counted, ...computed]) number(e.outputs[0] as Var)
  return {
    nest: {
      rows: loops.outer,
      columns: loops.inner,
      inputs: sources.map(({ operand: { dtype } }, i): LoopOperand => {
        const [rowStep, step] = loops.steps[i] as readonly [number, number]
        return { dtype, rowStep, step, counted: (pointers[i] as Pointer).counted }
      }),
      steps: computed.map((e): Step => {
        const operation = fusible(e) as Operation
        return { operation, operands: operation.operands.map((_, i) => numbers.get(e.inputs[i] as Atom) as number) }
      }),
      outputs: equation.outputs.map((v) => ({ value: numbers.get(v) as number, dtype: v.abstract.dtype })),
    },
    pointers: [...pointers.map((p) => p.at), ...outputs.map((y) => y.pointer)],
  }
}

/** What a loop reads: memory, or positions; the second can be written to memory where strides do not describe the walk. */
interface Source {
  readonly operand: Operand
  readonly counted: Equation | null
}

interface Pointer {
  readonly at: number
  readonly counted: boolean
}

const fromMemory = (operand: Operand): Source => {
  const { shape, strides } = operand
  return { operand: { ...operand, strides: sizeOf(shape) === 1 ? shape.map(() => 0) : strides }, counted: null }
}

/** A count is walked as if its value were an address. */
const fromCounting = (equation: Equation): Source => {
  const { shape, dtype } = (equation.outputs[0] as Var).abstract
  const { dimension } = equation.params as { readonly dimension: number }
  return {
    operand: { pointer: 0, shape, dtype, strides: shape.map((_, i) => Number(i === dimension)) },
    counted: equation,
  }
}

const walk = (
  emit: Emitter,
  shape: Shape,
  sources: readonly Source[],
): { readonly loops: TwoLoops; readonly pointers: readonly Pointer[] } => {
  const loops = twoLoops(shape, [...sources.map((s) => s.operand.strides), null])
  if (loops !== null) {
    return { loops, pointers: sources.map((s) => ({ at: s.operand.pointer, counted: s.counted !== null })) }
  }
  const rowMajor = ({ operand, counted }: Source): Pointer => {
    if (counted === null)
      return { at: isRepeated(operand) ? operand.pointer : emit.contiguous(operand), counted: false }
    const at = emit.scratch(sizeOf(shape) * bytesOf(operand.dtype))
    counted.primitive.lower?.(emit, [], [{ ...operand, pointer: at, strides: null }], counted.params)
    return { at, counted: false }
  }
  return {
    loops: {
      outer: 1,
      inner: sizeOf(shape),
      steps: sources.map((s) => [0, s.counted === null && isRepeated(s.operand) ? 0 : 1] as const),
    },
    pointers: sources.map(rowMajor),
  }
}

const isRepeated = ({ strides }: Operand): boolean => strides?.every((s) => s === 0) ?? false
