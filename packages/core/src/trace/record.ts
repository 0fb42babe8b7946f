/** Writing equations down: the builder that staging and linearising traces share. */
import { type Params, type Primitive, type RecordingTrace, type Trace, Tracer } from '../primitives/primitive.js'
import { showType } from '../print.js'
import { type Atom, type Equation, Literal, type Program, Var } from '../program/program.js'
import { checkShape } from '../shape.js'
import { type Abstract, ConcreteTensor, type Tensor } from '../tensor.js'
import { concretization } from './concretization.js'

/** Stands for a variable of the program being written. */
export class RecordedTracer extends Tracer {
  constructor(
    readonly trace: Recorder,
    readonly variable: Var,
  ) {
    super()
  }
  get type(): Abstract {
    return this.variable.abstract
  }
  override describe(): string {
    return `${showType(this)} traced by ${this.trace.name}`
  }
  override concrete(operation: string): ConcreteTensor {
    throw concretization(this, operation)
  }
}

/** A finished program; `constants` are the tracers of outer transforms that it closed over, its first inputs. */
export interface Recording {
  readonly program: Program
  readonly constants: readonly Tensor[]
}

/** The base of traces that record. */
export abstract class Recorder implements RecordingTrace {
  abstract readonly name: string
  readonly parent: Trace
  private readonly equations: Equation[] = []
  private readonly inputs: Var[] = []
  private readonly captured = new Map<Tensor, Var>()

  constructor(parent: Trace) {
    this.parent = parent
  }

  abstract process(primitive: Primitive, inputs: readonly Tensor[], params: Params): readonly Tensor[]

  input(abstract: Abstract): RecordedTracer {
    const tracer = new RecordedTracer(this, new Var(abstract))
    this.inputs.push(tracer.variable)
    return tracer
  }

  owns(x: Tensor): x is RecordedTracer {
    return x instanceof RecordedTracer && x.trace === this
  }

  record(primitive: Primitive, inputs: readonly Tensor[], params: Params): readonly Tensor[] {
    const atoms: Atom[] = []
    const given: Abstract[] = []
    for (let i = 0; i < inputs.length; i++) {
      const atom = this.atom(inputs[i] as Tensor)
      atoms.push(atom)
      given.push(atom.abstract)
    }
    const types = primitive.abstract(given, params)
    const outputs: Var[] = []
    const tracers: RecordedTracer[] = []
    for (let i = 0; i < types.length; i++) {
      const type = types[i] as Abstract
      checkShape(primitive.name, type.shape)
      const variable = new Var(type)
      outputs.push(variable)
      tracers.push(new RecordedTracer(this, variable))
    }
    this.equations.push({ primitive, inputs: atoms, params, outputs })
    return tracers
  }

  /** The program from its inputs to these outputs. */
  finish(outputs: readonly Tensor[]): Recording {
    const atoms = outputs.map((x) => this.atom(x))
    const program = { inputs: [...this.captured.values(), ...this.inputs], equations: this.equations, outputs: atoms }
    return { program, constants: [...this.captured.keys()] }
  }

  private atom(x: Tensor): Atom {
    if (this.owns(x)) return x.variable
    if (x instanceof ConcreteTensor) return new Literal(x)
    let variable = this.captured.get(x)
    if (variable === undefined) {
      variable = new Var(x)
      this.captured.set(x, variable)
    }
    return variable
  }
}
