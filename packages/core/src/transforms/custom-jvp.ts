/** `customJvp`: a function with a derivative of the user's own. */

import { compile } from '../compile/executable.js'
import { isFloat } from '../dtype.js'
import { TreeError } from '../errors.js'
import { moveBatchAxis } from '../primitives/batching.js'
import { atLeast, code, count, nullable, program } from '../primitives/parameters.js'
import { bind, type MaybeZero, type Params, type Primitive, primitive } from '../primitives/primitive.js'
import { evaluateProgram } from '../program/evaluate.js'
import { checkTakes } from '../program/interface.js'
import { outputTypes, type Program } from '../program/program.js'
import { type Abstract, type ConcreteTensor, type Tensor, uniform } from '../tensor.js'
import { batchFlat } from '../trace/batch.js'
import { stage } from '../trace/stage.js'
import { flatFunction, flattenTensors } from '../tree/flat-function.js'
import { checkSameStructure, type Tensors, unflatten } from '../tree/structure.js'
import { capturesOf, checkConstant, closed, type Flat, withCaptured } from './closures.js'

type FlatRule = (
  primals: readonly Tensor[],
  tangents: readonly Tensor[],
) => readonly [readonly Tensor[], readonly MaybeZero[]]

interface CustomJvpParams extends Params {
  readonly function: Flat
  readonly rule: FlatRule
  /** The function as a program, once a staging trace has seen it. */
  readonly program: Program | null
  /** How many of the first inputs are what the function and the rule close over. */
  readonly captured: number
}

/** A rule as a function of primals and tangents to results and their tangents. */
const flattened =
  (rule: FlatRule): Flat =>
  (all) => {
    const [outputs, tangents] = rule(all.slice(0, all.length / 2), all.slice(all.length / 2))
    return [...outputs, ...tangents.map((t, i) => t ?? uniform(0, outputs[i] as Tensor))]
  }

const paired = (all: readonly Tensor[]): ReturnType<FlatRule> => {
  const outputs = all.slice(0, all.length / 2)
  return [outputs, all.slice(all.length / 2).map((t) => (isFloat(t.dtype) ? t : null))]
}

const customJvpP: Primitive<CustomJvpParams> = primitive<CustomJvpParams>({
  name: 'customJvp',
  operands: atLeast(0),
  parameters: { function: code<Flat>(), rule: code<FlatRule>(), program: nullable(program), captured: count },
  abstract: (inputs, { program, function: f }) => {
    if (program === null) return outputTypes(stage(f, inputs).program)
    checkTakes('customJvp: program', program, inputs)
    return outputTypes(program)
  },
  evaluate: (inputs, { program, function: f }) =>
    program === null ? f(inputs) : compile(program).run(inputs as readonly ConcreteTensor[]),
  inline: ({ program }) => program as Program,
  captures: (inputs, { program, function: f, rule }) =>
    program === null ? capturesOf(f, inputs, flattened(rule), [...inputs, ...inputs]) : [],
  jvp: (primals, tangents, { rule, captured }) => {
    checkConstant('customJvp', tangents.slice(0, captured))
    return rule(
      primals,
      tangents.map((t, i) => t ?? uniform(0, primals[i] as Tensor)),
    )
  },
  batch: (inputs, axes, { function: f, rule, captured }, axis) => {
    // Which results are batched is learnt when the function runs, and asked of the rule alike.
    const forced =
      (g: Flat): Flat =>
      (xs) => {
        const [ys, yAxes] = batchFlat(g, xs, axes, axis)
        return ys.map((y, i) => moveBatchAxis(y, yAxes[i] ?? null, 0, axis.size))
      }
    const batchedRule: FlatRule = (primals, tangents) => {
      const [ys, yAxes] = batchFlat(flattened(rule), [...primals, ...tangents], [...axes, ...axes], axis)
      return paired(ys.map((y, i) => moveBatchAxis(y, yAxes[i] ?? null, 0, axis.size)))
    }
    const outputs = bind(customJvpP, inputs, { function: forced(f), rule: batchedRule, program: null, captured })
    return [outputs, outputs.map(() => 0)]
  },
  stage: (trace, inputs, params) => {
    if (params.program !== null) return trace.record(customJvpP as unknown as Primitive, inputs, params)
    const rule = flattened(params.rule)
    const { program, captured } = closed(params.function, inputs, rule, [...inputs, ...inputs])
    const n = captured.length
    return trace.record(customJvpP as unknown as Primitive, [...captured, ...inputs], {
      program,
      function: (xs: readonly Tensor[]) => evaluateProgram(program, xs),
      rule: (primals: readonly Tensor[], tangents: readonly Tensor[]) =>
        paired(withCaptured(rule, captured, primals.slice(0, n))([...primals.slice(n), ...tangents.slice(n)])),
      captured: n + params.captured,
    })
  },
})

/**
 * A function whose derivative is given: `rule(primals, tangents)` returns `[out, tangentOut]`, linear in the tangents. Every
 * transform uses it, reverse mode by transposing it. Both functions may close over values of transforms around them, of which the
 * rule gives no derivatives.
 * @throws TransformError, LeakedTracerError if a value that they close over is differentiated
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
    const results = bind(customJvpP, leaves, { function: call, rule: flatRule, program: null, captured: 0 })
    return unflatten(outputs as never, results) as Tensors<R>
  }
