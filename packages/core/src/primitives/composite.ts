/**
 * Elementwise operations of one operand that are made of others, and whose derivative is better known than by theirs: slopes of other
 * operations, mostly. Programs keep them whole, so that every transform finds the rule; what is compiled has what they are made of in
 * their place.
 */
import type { Program } from '../program/program.js'
import type { Abstract, Tensor } from '../tensor.js'
import { checkDomain } from './elementwise.js'
import type { ParameterTypes } from './parameters.js'
import { bind1, ownRows, type Params, type Primitive, primitive } from './primitive.js'

type Stage = (f: (inputs: readonly Tensor[]) => readonly Tensor[], types: readonly Abstract[]) => Program

let written: Stage | undefined

/** How functions become programs; `trace/stage.ts` names it when it loads. */
export const installStage = (stage: Stage): void => {
  written = stage
}

export interface CompositeRules<P extends Params> {
  readonly parameters: ParameterTypes<P>
  readonly value: (x: Tensor, params: P) => Tensor
  /** The tangent of y = f(x). */
  readonly jvp: (dx: Tensor, x: Tensor, y: Tensor, params: P) => Tensor
}

export type Composite<P extends Params> = (x: Tensor, params: P) => Tensor

/** Defines an operation of one float operand by others. */
export const composite = <P extends Params>(name: string, rules: CompositeRules<P>): Composite<P> => {
  const definition: Primitive<P> = primitive<P>({
    name,
    operands: 1,
    parameters: rules.parameters,
    abstract: ([x]) => {
      checkDomain(name, (x as Abstract).dtype, 'float')
      return [x as Abstract]
    },
    rows: ownRows,
    evaluate: ([x], params) => [rules.value(x as Tensor, params)],
    inline: (params, types) => (written as Stage)(([x]) => [rules.value(x as Tensor, params)], types),
    jvp: ([x], [dx], params) => {
      const y = operation(x as Tensor, params)
      return [[y], [dx ? rules.jvp(dx, x as Tensor, y, params) : null]]
    },
    batch: ([x], [axis], params) => [[operation(x as Tensor, params)], [axis ?? null]],
  })
  const operation: Composite<P> = (x, params) => bind1(definition, [x], params)
  return operation
}
