/** Vectorisation: values travel with the axis that a batch runs along, and every primitive answers by its batching rule. */

import { moveBatchAxis } from '../primitives/batching.js'
import {
  type AxisData,
  type BatchAxis,
  bind,
  currentTrace,
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
import { sizesOf, withoutAxes } from '../shape.js'
import type { Abstract, ConcreteTensor, Tensor } from '../tensor.js'
import { concretization } from './concretization.js'
import { stageClosed } from './stage.js'

class BatchTracer extends Tracer {
  readonly type: Abstract
  constructor(
    readonly trace: BatchTrace,
    readonly value: Tensor,
    readonly axis: number,
  ) {
    super()
    const { shape, dtype, weakType } = value.type
    this.type = { shape: withoutAxes(shape, [axis]), dtype, weakType }
  }
  override describe(): string {
    return `${showType(this)} traced by vmap`
  }
  override concrete(operation: string): ConcreteTensor {
    throw concretization(this, operation)
  }
}

class BatchTrace implements Trace {
  readonly name = 'vmap'
  constructor(
    readonly parent: Trace,
    readonly axis: AxisData,
  ) {}

  process(primitive: Primitive, inputs: readonly Tensor[], params: Params): readonly Tensor[] {
    const values = inputs.map((x) => this.valueOf(x))
    const axes = inputs.map((x) => this.axisOf(x))
    return withTrace(this.parent, () => {
      if (axes.every((a) => a === null) && !this.names(params) && !this.captured(primitive, values, params)) {
        return bind(primitive, values, params)
      }
      const [outputs, outputAxes] = primitive.batch(values, axes, params, this.axis)
      return outputs.map((y, i) => this.attach(y, outputAxes[i] ?? null))
    })
  }

  /** Collectives over this axis, and programs that may hold some, are batched even if no input is. */
  private names(params: Params): boolean {
    if (this.axis.name === null) return false
    return Object.values(params).some(
      (p) => p === this.axis.name || isProgram(p) || (Array.isArray(p) && p.some(isProgram)),
    )
  }
  /** Functions among the parameters may close over batched values. */
  private captured(primitive: Primitive, inputs: readonly Tensor[], params: Params): boolean {
    return primitive.captures?.(inputs, params).some((x) => this.owns(x)) ?? false
  }
  /** A batching rule runs functions under a trace of its own over the same axis, in which they meet values that they close over. */
  private owns(x: Tensor): x is BatchTracer {
    return x instanceof BatchTracer && x.trace.axis === this.axis
  }
  attach(value: Tensor, axis: BatchAxis): Tensor {
    return axis === null ? value : new BatchTracer(this, value, axis)
  }
  valueOf(x: Tensor): Tensor {
    return this.owns(x) ? x.value : x
  }
  axisOf(x: Tensor): BatchAxis {
    return this.owns(x) ? x.axis : null
  }
}

const isProgram = (p: unknown): boolean => typeof p === 'object' && p !== null && 'equations' in p

/** Outputs and their batch axes of a flat function on batched inputs. */
export const batchFlat = (
  f: (inputs: readonly Tensor[]) => readonly Tensor[],
  inputs: readonly Tensor[],
  axes: readonly BatchAxis[],
  axis: AxisData,
): readonly [readonly Tensor[], readonly BatchAxis[]] => {
  const trace = new BatchTrace(currentTrace(), axis)
  const outputs = withTrace(trace, () => f(inputs.map((x, i) => trace.attach(x, axes[i] ?? null))))
  return [outputs.map((y) => trace.valueOf(y)), outputs.map((y) => trace.axisOf(y))]
}

/** A program over batches; batched inputs and outputs carry the batch as axis 0. */
export interface BatchedProgram {
  readonly program: Program
  readonly batchedOutputs: readonly boolean[]
}

/** The batched form of a program; outputs that `force` names are batched even if they do not depend on batched inputs. */
export const batchProgram = memoByProgram(
  (batched: readonly boolean[], force: readonly boolean[], axis: AxisData) =>
    `${batched.map(Number).join('')}|${force.map(Number).join('')}|${axis.size}|${axis.name ?? ''}`,
  (program: Program, batched: readonly boolean[], force: readonly boolean[], axis: AxisData): BatchedProgram => {
    let batchedOutputs: readonly boolean[] = []
    const types = inputTypes(program).map((t, i) =>
      batched[i] ? { ...t, shape: [axis.size, ...sizesOf(t.shape)] } : t,
    )
    const derived = stageClosed((inputs) => {
      const axes = batched.map((b) => (b ? 0 : null))
      const [outputs, outputAxes] = batchFlat((xs) => evaluateProgram(program, xs), inputs, axes, axis)
      batchedOutputs = outputAxes.map((a, i) => a !== null || force[i] === true)
      return outputs.map((y, i) => (batchedOutputs[i] ? moveBatchAxis(y, outputAxes[i] ?? null, 0, axis.size) : y))
    }, types)
    return { program: eliminateDeadCode(derived).program, batchedOutputs }
  },
)
