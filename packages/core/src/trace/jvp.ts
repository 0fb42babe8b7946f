/** Forward mode: values travel with their tangents, and every primitive answers by its jvp rule. */

import { ConcretizationError } from '../errors.js'
import {
  bind,
  currentTrace,
  type MaybeZero,
  type Params,
  type Primitive,
  type Trace,
  Tracer,
  withTrace,
} from '../primitives/primitive.js'
import { showType } from '../print.js'
import { eliminateDeadCode } from '../program/dce.js'
import { evaluateProgram } from '../program/evaluate.js'
import { inputTypes, memoByProgram, type Program } from '../program/program.js'
import { type Abstract, type ConcreteTensor, type Tensor, uniform } from '../tensor.js'
import { merge } from './partial.js'
import { stageClosed } from './stage.js'

class JvpTracer extends Tracer {
  constructor(
    readonly trace: JvpTrace,
    readonly primal: Tensor,
    readonly tangent: Tensor,
  ) {
    super()
  }
  get type(): Abstract {
    return this.primal.type
  }
  override describe(): string {
    return `${showType(this)} traced by ${this.trace.name}`
  }
  override concrete(operation: string): ConcreteTensor {
    throw new ConcretizationError(
      `${operation}: ${this.describe()} would lose its derivative as a plain number. Use methods instead of JavaScript operators ` +
        '(x.add(1), not x + 1); stopGradient(x) or a comparison such as x.gt(0) gives a value that can be read.',
    )
  }
}

class JvpTrace implements Trace {
  constructor(
    readonly name: string,
    readonly parent: Trace,
  ) {}

  process(primitive: Primitive, inputs: readonly Tensor[], params: Params): readonly Tensor[] {
    const primals = inputs.map((x) => this.primalOf(x))
    const tangents = inputs.map((x) => this.tangentOf(x))
    return withTrace(this.parent, () => {
      if (tangents.every((t) => t === null)) return bind(primitive, primals, params)
      const [outputs, outputTangents] = primitive.jvp(primals, tangents, params)
      return outputs.map((y, i) => this.attach(y, outputTangents[i] ?? null))
    })
  }

  attach(primal: Tensor, tangent: MaybeZero): Tensor {
    return tangent === null ? primal : new JvpTracer(this, primal, tangent)
  }
  primalOf(x: Tensor): Tensor {
    return x instanceof JvpTracer && x.trace === this ? x.primal : x
  }
  tangentOf(x: Tensor): MaybeZero {
    return x instanceof JvpTracer && x.trace === this ? x.tangent : null
  }
}

/**
 * Outputs and output tangents of a flat function. `tangentTrace` interprets the tangent arithmetic and must be the current
 * trace or one above it whose tracers the tangents are.
 */
export const jvpFlat = (
  f: (inputs: readonly Tensor[]) => readonly Tensor[],
  primals: readonly Tensor[],
  tangents: readonly MaybeZero[],
  parent: Trace = currentTrace(),
  name = 'jvp',
): readonly [readonly Tensor[], readonly MaybeZero[]] => {
  const trace = new JvpTrace(name, parent)
  const outputs = withTrace(trace, () => f(primals.map((x, i) => trace.attach(x, tangents[i] ?? null))))
  return [outputs.map((y) => trace.primalOf(y)), outputs.map((y) => trace.tangentOf(y))]
}

/** A program of values and tangents. Its inputs are the primals, then the tangents that are not zero; outputs likewise. */
export interface JvpProgram {
  readonly program: Program
  readonly nonzeroOutputs: readonly boolean[]
}

/** The jvp of a program; outputs that `instantiate` names get a tangent even if it is zero. */
export const jvpProgram = memoByProgram(
  (nonzero: readonly boolean[], instantiate: readonly boolean[]) => `${bits(nonzero)}|${bits(instantiate)}`,
  (program: Program, nonzero: readonly boolean[], instantiate: readonly boolean[]): JvpProgram => {
    const types = inputTypes(program)
    let nonzeroOutputs: readonly boolean[] = []
    const derived = stageClosed(
      (inputs) => {
        const tangents = merge(
          nonzero,
          inputs.slice(types.length),
          types.map(() => null),
        )
        const [outputs, outputTangents] = jvpFlat(
          (xs) => evaluateProgram(program, xs),
          inputs.slice(0, types.length),
          tangents,
        )
        const tangentsOut = outputTangents.map(
          (t, i) => t ?? (instantiate[i] ? uniform(0, outputs[i] as Tensor) : null),
        )
        nonzeroOutputs = tangentsOut.map((t) => t !== null)
        return [...outputs, ...tangentsOut.filter((t) => t !== null)]
      },
      [...types, ...types.filter((_, i) => nonzero[i])],
    )
    return { program: eliminateDeadCode(derived).program, nonzeroOutputs }
  },
)

export const bits = (mask: readonly boolean[]): string => mask.map((m) => (m ? '1' : '0')).join('')
