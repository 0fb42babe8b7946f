/** From a fused equation and the places of its operands to a loop nest and the pointers it runs on. */
import type { Emitter, Operand } from '../../primitives/primitive.js'
import type { Atom, Equation, Var } from '../../program/program.js'
import { type TwoLoops, twoLoops } from '../../runtime/layout.js'
import { sizeOf } from '../../shape.js'
import type { LoopNest, Step } from './generate.js'
import type { FusedParams } from './group.js'
import { fusible, type Kind, kindOf, type Operation } from './operations.js'

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
  const { shape } = outputs[0] as Operand
  const walked = walk(emit, shape, inputs)
  const { outer, inner, steps } = walked.loops
  const numbers = new Map<Atom, number>()
  equation.inputs.forEach((a, i) => numbers.set(a, i))
  members.forEach((e, i) => numbers.set(e.outputs[0] as Var, inputs.length + i))
  return {
    nest: {
      rows: outer,
      columns: inner,
      inputs: inputs.map((x, i) => {
        const [rowStep, step] = steps[i] as readonly [number, number]
        return { kind: kindOf(x.dtype) as Kind, rowStep, step }
      }),
      steps: members.map(
        (e): Step => ({
          name: e.primitive.name,
          operation: fusible(e) as Operation,
          operands: e.inputs.map((a) => numbers.get(a) as number),
        }),
      ),
      outputs: equation.outputs.map((v) => ({
        value: numbers.get(v) as number,
        kind: kindOf(v.abstract.dtype) as Kind,
      })),
    },
    pointers: [...walked.pointers, ...outputs.map((y) => y.pointer)],
  }
}

const walk = (
  emit: Emitter,
  shape: readonly number[],
  inputs: readonly Operand[],
): { readonly loops: TwoLoops; readonly pointers: readonly number[] } => {
  const strides = inputs.map((x) => (isOne(x) ? x.shape.map(() => 0) : x.strides))
  const loops = twoLoops(shape, [...strides, null])
  if (loops !== null) return { loops, pointers: inputs.map((x) => x.pointer) }
  const rowMajor = inputs.map((x, i) => (isRepeated(strides[i] ?? null) ? x.pointer : emit.contiguous(x)))
  return {
    loops: {
      outer: 1,
      inner: sizeOf(shape),
      steps: inputs.map((_, i) => (isRepeated(strides[i] ?? null) ? ([0, 0] as const) : ([0, 1] as const))),
    },
    pointers: rowMajor,
  }
}

const isRepeated = (strides: readonly number[] | null): boolean => strides?.every((s) => s === 0) ?? false
const isOne = (x: Operand): boolean => sizeOf(x.shape) === 1
