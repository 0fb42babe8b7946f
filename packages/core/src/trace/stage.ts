/** Staging: every operation is written down, none is run. This is how functions become programs. */
import { installStage } from '../primitives/composite.js'
import { currentTrace, leaked, type Params, type Primitive, withTrace } from '../primitives/primitive.js'
import type { Program } from '../program/program.js'
import type { Abstract, Tensor } from '../tensor.js'
import { RecordedTracer, Recorder, type Recording } from './record.js'
import { noteComparison, warnOfUnread } from './unread.js'

class StageTrace extends Recorder {
  override readonly name = 'jit'
  /** Whether a method such as `gt` was called on what it traces. */
  compares = false
  override process(primitive: Primitive, inputs: readonly Tensor[], params: Params): readonly Tensor[] {
    return primitive.stage === undefined
      ? this.record(primitive, inputs, params)
      : primitive.stage(this, inputs, params)
  }
}

/** Traces a flat function on inputs of these types. Tracers that it closes over come first among the program's inputs. */
export const stage = (f: (inputs: readonly Tensor[]) => readonly Tensor[], types: readonly Abstract[]): Recording => {
  const trace = new StageTrace(currentTrace())
  const inputs = types.map((t) => trace.input(t))
  const recording = trace.finish(withTrace(trace, () => f(inputs)))
  if (trace.compares) warnOfUnread(recording.program)
  return recording
}

/** What a comparison by a method gave: if it stands for a variable, a warning may come of it. */
export const comparison = (result: Tensor, method: string): Tensor => {
  if (result instanceof RecordedTracer && result.trace instanceof StageTrace) {
    result.trace.compares = true
    noteComparison(result.variable, method)
  }
  return result
}

/**
 * As `stage`, for functions that use nothing but their inputs: derived programs, which outlive the traces around them.
 * @throws LeakedTracerError if a custom derivative rule closed over a tracer
 */
export const stageClosed = (
  f: (inputs: readonly Tensor[]) => readonly Tensor[],
  types: readonly Abstract[],
): Program => {
  const { program, constants } = stage(f, types)
  const [captured] = constants
  if (captured !== undefined) throw leaked(captured, 'a custom derivative rule')
  return program
}

installStage(stageClosed)
