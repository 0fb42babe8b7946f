/** `customJvp`: a function with a derivative of the user's own. */

import { compile } from '../compile/executable.js'
import { isFloat } from '../dtype.js'
import { TreeError } from '../errors.js'
import { moveBatchAxis } from '../primitives/batching.js'
import { atLeast, code, nullable, program } from '../primitives/parameters.js'
import { bind, type MaybeZero, type Params, type Primitive, primitive } from '../primitives/primitive.js'
import { evaluateProgram } from '../program/evaluate.js'
import { checkTakes } from '../program/interface.js'
import { outputTypes, type Program } from '../program/program.js'
import { type Abstract, type ConcreteTensor, type Tensor, uniform } from '../tensor.js'
import { batchFlat } from '../trace/batch.js'
import { stage } from '../trace/stage.js'
import { flatFunction, flattenTensors } from '../tree/flat-function.js'
import { checkSameStructure, type Tensors, unflatten } from '../tree/structure.js'

type Flat = (inputs: readonly Tensor[]) => readonly Tensor[]
type FlatRule = (
  primals: readonly Tensor[],
  tangents: readonly Tensor[],
) => readonly [readonly Tensor[], readonly MaybeZero[]]

interface CustomJvpParams extends Params {
  readonly function: Flat
  readonly rule: FlatRule
  /** The function as a program, once a staging trace has seen it. */
  readonly program: Program | null
}

const customJvpP: Primitive<CustomJvpParams> = primitive<CustomJvpParams>({
  name: 'customJvp',
  operands: atLeast(0),
  parameters: { function: code<Flat>(), rule: code<FlatRule>(), program: nullable(program) },
  abstract: (inputs, { program, function: f }) => {
    if (program === null) return outputTypes(stage(f, inputs).program)
    checkTakes('customJvp: program', program, inputs)
    return outputTypes(program)
  },
  evaluate: (inputs, { program, function: f }) =>
    program === null ? f(inputs) : compile(program).run(inputs as readonly ConcreteTensor[]),
  inline: ({ program }) => program as Program,
  jvp: (primals, tangents, { rule }) =>
    rule(
      primals,
      tangents.map((t, i) => t ?? uniform(0, primals[i] as Tensor)),
    ),
  batch: (inputs, axes, { function: f, rule }, axis) => {
    // Which results are batched is learnt when the function runs, and asked of the rule alike.
    const forced =
      (g: Flat): Flat =>
      (xs) => {
        const [ys, yAxes] = batchFlat(g, xs, axes, axis)
        return ys.map((y, i) => moveBatchAxis(y, yAxes[i] ?? null, 0, axis.size))
      }
    const batchedRule: FlatRule = (primals, tangents) => {
      const n = primals.length
      const [ys, yAxes] = batchFlat(
        (all) => {
          const [outputs, outputTangents] = rule(all.slice(0, n), all.slice(n))
          return [...outputs, ...outputTangents.map((t, i) => t ?? uniform(0, outputs[i] as Tensor))]
        },
        [...primals, ...tangents],
        [...axes, ...axes],
        axis,
      )
      const fronts = ys.map((y, i) => moveBatchAxis(y, yAxes[i] ?? null, 0, axis.size))
      return [fronts.slice(0, fronts.length / 2), fronts.slice(fronts.length / 2)]
    }
    const outputs = bind(customJvpP, inputs, { function: forced(f), rule: batchedRule, program: null })
    return [outputs, outputs.map(() => 0)]
  },
  stage: (trace, inputs, params) => {
    if (params.program !== null) return trace.record(customJvpP as unknown as Primitive, inputs, params)
    const { program, constants } = stage(params.function, inputs)
    const n = constants.length
    return trace.record(customJvpP as unknown as Primitive, [...constants, ...inputs], {
      program,
      function: (xs: readonly Tensor[]) => evaluateProgram(program, xs),
      rule: (primals: readonly Tensor[], tangents: readonly Tensor[]) =>
        params.rule(primals.slice(n), tangents.slice(n)),
    })
  },
})

/**
 * A function whose derivative is given: `rule(primals, tangents)` returns `[out, tangentOut]`, linear in the tangents. Every
 * transform uses it, reverse mode by transposing it.
 * @example
 * const clipped = customJvp((x: Tensor) => x.mul(x), ([x], [dx]) => [x.mul(x), dx.mul(7)])
 * grad(clipped)(np.array(3)).item() // 7
 */
export const customJvp =
  <A extends readonly unknown[], R>(
    f: (...args: A) => R,
    rule: (primals: A, tangents: { -readonly [K in keyof A]: Tensors<A[K]> }) => readonly [R, Tensors<R> | R],
  ): ((...args: A) => Tensors<R>) =>
  (...args) => {
    const [leaves, structure] = flattenTensors([...args])
    const flat = flatFunction(f as (...a: never[]) => unknown, structure)
    let outputs: ReturnType<typeof flat.outputStructure> | undefined
    const flatRule: FlatRule = (primals, tangents) => {
      const result = rule(unflatten(structure, primals) as A, unflatten(structure, tangents) as never)
      if (!Array.isArray(result) || result.length !== 2) {
        throw new TreeError('customJvp: the rule returns a pair [out, tangentOut].')
      }
      checkSameStructure('customJvp: out and tangentOut', result[0], result[1])
      const [values, s] = flattenTensors(result[0])
      outputs = s
      return [values, flattenTensors(result[1])[0].map((t, i) => (isFloat((values[i] as Abstract).dtype) ? t : null))]
    }
    const call: Flat = (xs) => {
      const ys = flat.call(xs)
      outputs = flat.outputStructure()
      return ys
    }
    const results = bind(customJvpP, leaves, { function: call, rule: flatRule, program: null })
    return unflatten(outputs as never, results) as Tensors<R>
  }
