/** Linearisation: the value of a function now, and its derivative there as a linear program. */
import { isFloat } from '../dtype.js'
import type { MaybeZero } from '../primitives/primitive.js'
import { eliminateDeadCode } from '../program/dce.js'
import { evaluateProgram } from '../program/evaluate.js'
import { type Tensor, uniform } from '../tensor.js'
import { jvpFlat } from './jvp.js'
import { merge, partially } from './partial.js'
import { transposeFlat } from './transpose.js'

/** A linear map between tangents at one point; integer inputs and outputs have none. */
export interface LinearMap {
  readonly outputs: readonly Tensor[]
  readonly pushforward: (tangents: readonly MaybeZero[]) => readonly Tensor[]
  readonly pullback: (cotangents: readonly MaybeZero[]) => readonly MaybeZero[]
}

/** Evaluates a flat function and keeps its derivative. The pullback gives null for inputs without influence. */
export const linearizeFlat = (
  f: (inputs: readonly Tensor[]) => readonly Tensor[],
  primals: readonly Tensor[],
): LinearMap => {
  const active = primals.map((x) => isFloat(x.dtype))
  const nothing = primals.map(() => null)
  const activePrimals = primals.filter((_, i) => active[i])
  const { outputs, nonzero, program, constants } = partially(activePrimals, (trace, unknown) => {
    const [values, tangents] = jvpFlat(f, primals, merge(active, unknown, nothing), trace, 'grad')
    const recording = trace.finish(tangents.filter((t) => t !== null))
    const pruned = eliminateDeadCode(recording.program, recording.constants.length)
    return {
      outputs: values,
      nonzero: tangents.map((t) => t !== null),
      program: pruned.program,
      constants: recording.constants.filter((_, i) => pruned.kept[i]),
    }
  })
  return {
    outputs,
    pushforward: (tangents) => {
      const inputs = tangents.filter((_, i) => active[i]).map((t, i) => t ?? uniform(0, activePrimals[i] as Tensor))
      const results = evaluateProgram(program, [...constants, ...inputs])
      return merge(
        nonzero,
        results,
        outputs.filter((_, i) => !nonzero[i]).map((y) => uniform(0, y)),
      )
    },
    pullback: (cotangents) => {
      const linear = program.inputs.map((_, i) => i >= constants.length)
      const results = transposeFlat(
        program,
        linear,
        constants,
        cotangents.filter((_, i) => nonzero[i]),
      )
      return merge(
        active,
        results,
        nothing.filter((_, i) => !active[i]),
      )
    },
  }
}
