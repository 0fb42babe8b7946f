/**
 * Partial evaluation: what depends only on known values is computed by the parent trace, what depends on unknown ones is
 * written down. Linearisation is jvp with known primals and unknown tangents.
 */
import { bind, currentTrace, type Params, type Primitive, withTrace } from '../primitives/primitive.js'
import { eliminateDeadCode } from '../program/dce.js'
import { evaluateProgram } from '../program/evaluate.js'
import { inputTypes, type Program } from '../program/program.js'
import type { Abstract, Tensor } from '../tensor.js'
import { type RecordedTracer, Recorder } from './record.js'
import { stageClosed } from './stage.js'

export class PartialTrace extends Recorder {
  override readonly name = 'grad'
  override process(primitive: Primitive, inputs: readonly Tensor[], params: Params): readonly Tensor[] {
    if (!inputs.some((x) => this.owns(x))) return withTrace(this.parent, () => bind(primitive, inputs, params))
    return primitive.partial === undefined
      ? this.record(primitive, inputs, params)
      : primitive.partial(this, inputs, params)
  }
}

/** Runs `f` on unknown inputs of these types, under a partial trace over the current one. */
export const partially = <R>(
  types: readonly Abstract[],
  f: (trace: PartialTrace, unknown: readonly RecordedTracer[]) => R,
): R => {
  const trace = new PartialTrace(currentTrace())
  return f(
    trace,
    types.map((t) => trace.input(t)),
  )
}

/** A program split by which of its inputs are known. */
export interface SplitProgram {
  /** From the known inputs to the known outputs, followed by the residuals. */
  readonly known: Program
  /** From the residuals, followed by the unknown inputs, to the unknown outputs. */
  readonly unknown: Program
  readonly unknownOutputs: readonly boolean[]
  readonly residuals: number
}

/** Splits a program; outputs that `force` names count as unknown even if they are known. */
export const splitProgram = (
  program: Program,
  unknown: readonly boolean[],
  force: readonly boolean[] = [],
): SplitProgram => {
  const types = inputTypes(program)
  let rest: Program | undefined
  let unknownOutputs: readonly boolean[] = []
  let residuals = 0
  const known = stageClosed(
    (knownInputs) =>
      partially(
        types.filter((_, i) => unknown[i]),
        (trace, unknownInputs) => {
          const inputs = merge(unknown, unknownInputs, knownInputs)
          const outputs = withTrace(trace, () => evaluateProgram(program, inputs))
          unknownOutputs = outputs.map((x, i) => trace.owns(x) || force[i] === true)
          const recording = trace.finish(outputs.filter((_, i) => unknownOutputs[i]))
          const pruned = eliminateDeadCode(recording.program, recording.constants.length)
          const constants = recording.constants.filter((_, i) => pruned.kept[i])
          rest = pruned.program
          residuals = constants.length
          return [...outputs.filter((_, i) => !unknownOutputs[i]), ...constants]
        },
      ),
    types.filter((_, i) => !unknown[i]),
  )
  return { known: eliminateDeadCode(known).program, unknown: rest as Program, unknownOutputs, residuals }
}

/** Takes the next of `whenTrue` where the mask is true, of `whenFalse` elsewhere. */
export const merge = <A, B>(mask: readonly boolean[], whenTrue: readonly A[], whenFalse: readonly B[]): (A | B)[] => {
  let t = 0
  let f = 0
  return mask.map((m) => (m ? (whenTrue[t++] as A) : (whenFalse[f++] as B)))
}
