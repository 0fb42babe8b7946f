/** `customVjp`: a function with a pullback of the user's own. */

import { compile } from '../compile/executable.js'
import { isFloat } from '../dtype.js'
import { TransformError, TreeError } from '../errors.js'
import { moveBatchAxis } from '../primitives/batching.js'
import { atLeast, code, codes, count, nullable, program, types } from '../primitives/parameters.js'
import {
  type BatchAxis,
  bind,
  LinearInput,
  type MaybeZero,
  type Params,
  type Primitive,
  primitive,
} from '../primitives/primitive.js'
import { reduceSum } from '../primitives/reduction.js'
import { evaluateProgram } from '../program/evaluate.js'
import { checkCounts, checkTakes } from '../program/interface.js'
import { outputTypes, type Program } from '../program/program.js'
import { type Abstract, abstractOf, type ConcreteTensor, type Tensor, uniform } from '../tensor.js'
import { batchFlat } from '../trace/batch.js'
import { stage } from '../trace/stage.js'
import { instantiate } from '../trace/transpose.js'
import { flatFunction, flattenTensors } from '../tree/flat-function.js'
import { type Structure, type Tensors, takeApart, unflatten } from '../tree/structure.js'
import { capturesOf, checkConstant, closed, type Flat, withCaptured } from './closures.js'

/** What forward mode needs: outputs and residuals of the inputs, and cotangents of the inputs from those of the outputs. */
interface Rules {
  readonly forward: (inputs: readonly Tensor[]) => {
    readonly outputs: readonly Tensor[]
    readonly residuals: readonly Tensor[]
  }
  readonly backward: (residuals: readonly Tensor[], cotangents: readonly Tensor[]) => readonly Tensor[]
}

interface CustomVjpParams extends Params {
  readonly function: Flat
  readonly rules: Rules
  /** The function as a program, once a staging trace has seen it. */
  readonly program: Program | null
  /** How many of the first inputs are what the function and the rules close over. */
  readonly captured: number
}

/** Both rules as one function, with the results for their cotangents: only to see what they close over. */
const both =
  ({ forward, backward }: Rules): Flat =>
  (inputs) => {
    const { outputs, residuals } = forward(inputs)
    return backward(residuals, outputs)
  }

/** The rules with what they close over, of which they know no cotangents, among their inputs and residuals. */
const closedRules = ({ forward, backward }: Rules, captured: readonly Tensor[]): Rules => {
  const n = captured.length
  return {
    forward: (inputs) => {
      let results = 0
      const flat: Flat = (xs) => {
        const { outputs, residuals } = forward(xs)
        results = outputs.length
        return [...outputs, ...residuals]
      }
      const values = inputs.slice(0, n)
      const all = withCaptured(flat, captured, values)(inputs.slice(n))
      return { outputs: all.slice(0, results), residuals: [...values, ...all.slice(results)] }
    },
    backward: (residuals, cotangents) => {
      const values = residuals.slice(0, n)
      const own = residuals.slice(n)
      const flat: Flat = (xs) => backward(xs.slice(0, own.length), xs.slice(own.length))
      return [...values.map((v) => uniform(0, v)), ...withCaptured(flat, captured, values)([...own, ...cotangents])]
    },
  }
}

const customVjpP: Primitive<CustomVjpParams> = primitive<CustomVjpParams>({
  name: 'customVjp',
  operands: atLeast(0),
  parameters: { function: code<Flat>(), rules: codes<Rules>(), program: nullable(program), captured: count },
  abstract: (inputs, { program, function: f }) => {
    if (program === null) return outputTypes(stage(f, inputs).program)
    checkTakes('customVjp: program', program, inputs)
    return outputTypes(program)
  },
  evaluate: (inputs, { program, function: f }) =>
    program === null ? f(inputs) : compile(program).run(inputs as readonly ConcreteTensor[]),
  inline: ({ program }) => program as Program,
  captures: (inputs, { program, function: f, rules }) =>
    program === null ? capturesOf(f, inputs, both(rules), inputs) : [],
  jvp: (primals, tangents, { rules, captured }) => {
    checkConstant('customVjp', tangents.slice(0, captured))
    const { outputs, residuals } = rules.forward(primals)
    const results = bind(pullbackP, [...residuals, ...tangents.map((t, i) => t ?? uniform(0, primals[i] as Tensor))], {
      backward: rules.backward,
      residuals: residuals.length,
      outputs: outputs.map(abstractOf),
    })
    return [outputs, results.map((t, i) => (isFloat((outputs[i] as Tensor).dtype) ? t : null))]
  },
  batch: (inputs, axes, { function: f, rules, captured }, axis) => {
    const front = (ys: readonly Tensor[], yAxes: readonly BatchAxis[]): Tensor[] =>
      ys.map((y, i) => moveBatchAxis(y, yAxes[i] ?? null, 0, axis.size))
    const batched: Flat = (xs) => front(...batchFlat(f, xs, axes, axis))
    const forward: Rules['forward'] = (xs) => {
      let outputs = 0
      const all = front(
        ...batchFlat(
          (ys) => {
            const result = rules.forward(ys)
            outputs = result.outputs.length
            return [...result.outputs, ...result.residuals]
          },
          xs,
          axes,
          axis,
        ),
      )
      return { outputs: all.slice(0, outputs), residuals: all.slice(outputs) }
    }
    // The cotangent of an input without batch is the sum over the batch.
    const backward: Rules['backward'] = (residuals, cotangents) => {
      const all = [...residuals, ...cotangents]
      const results = front(
        ...batchFlat(
          (ys) => rules.backward(ys.slice(0, residuals.length), ys.slice(residuals.length)),
          all,
          all.map(() => 0),
          axis,
        ),
      )
      return results.map((r, i) => {
        const at = axes[i] ?? null
        if (at !== null) return moveBatchAxis(r, 0, at, axis.size)
        // What has no derivative has no sum of them either: its cotangent is nobody's.
        return isFloat(r.dtype) ? reduceSum(r, [0]) : uniform(0, { ...abstractOf(r), shape: r.sizes.slice(1) })
      })
    }
    const outputs = bind(customVjpP, inputs, {
      function: batched,
      rules: { forward, backward },
      program: null,
      captured,
    })
    return [outputs, outputs.map(() => 0)]
  },
  stage: (trace, inputs, params) => {
    if (params.program !== null) return trace.record(customVjpP as unknown as Primitive, inputs, params)
    const { program, captured } = closed(params.function, inputs, both(params.rules), inputs)
    return trace.record(customVjpP as unknown as Primitive, [...captured, ...inputs], {
      program,
      function: (xs: readonly Tensor[]) => evaluateProgram(program, xs),
      rules: closedRules(params.rules, captured),
      captured: captured.length + params.captured,
    })
  },
})

interface PullbackParams extends Params {
  readonly backward: Rules['backward']
  readonly residuals: number
  readonly outputs: readonly Abstract[]
}

/** The linear map of which only the transpose is known: the user's backward function. */
const pullbackP: Primitive<PullbackParams> = primitive<PullbackParams>({
  name: 'customPullback',
  operands: atLeast(0),
  parameters: { backward: code<Rules['backward']>(), residuals: count, outputs: types },
  abstract: (inputs, { outputs, residuals }) => {
    checkCounts('customPullback', { residuals }, inputs.length)
    return outputs
  },
  jvp: () => {
    throw forwardMode()
  },
  evaluate: () => {
    throw forwardMode()
  },
  transpose: (cotangents, inputs, { backward, residuals, outputs }) => {
    const known = inputs.slice(0, residuals) as readonly Tensor[]
    const results = backward(
      known,
      cotangents.map((c, i) => instantiate(c, outputs[i] as Abstract)),
    )
    const rest: readonly MaybeZero[] = inputs
      .slice(residuals)
      .map((x, i) => (x instanceof LinearInput ? (results[i] ?? null) : null))
    return [...known.map(() => null), ...rest]
  },
  batch: (inputs, axes, { backward, residuals, outputs }, axis) => {
    const batched = inputs.map((x, i) => moveBatchAxis(x, axes[i] ?? null, 0, axis.size))
    const lifted: Rules['backward'] = (known, cotangents) => {
      const all = [...known, ...cotangents]
      const [results, resultAxes] = batchFlat(
        (ys) => backward(ys.slice(0, known.length), ys.slice(known.length)),
        all,
        all.map(() => 0),
        axis,
      )
      return results.map((r, i) => moveBatchAxis(r, resultAxes[i] ?? null, 0, axis.size))
    }
    const results = bind(pullbackP, batched, {
      backward: lifted,
      residuals,
      outputs: outputs.map((t) => ({ ...t, shape: [axis.size, ...t.shape] })),
    })
    return [results, results.map(() => 0)]
  },
})

const forwardMode = (): TransformError =>
  new TransformError(
    'customVjp: this function has a pullback only, so forward mode (jvp, jacfwd, hessian by jacfwd) cannot go through it. Use reverse mode, or define it by customJvp.',
  )

/**
 * A function whose pullback is given: `forward(...args)` returns `[out, residuals]`, and `backward(residuals, cotangent)` a tuple
 * with a cotangent per argument (null where it is zero). They may close over values of transforms around them, of which they give
 * no cotangents.
 * @throws TransformError, LeakedTracerError if a value that they close over is differentiated
 * @example
 * const f = customVjp((x: Tensor) => x.mul(x), (x: Tensor) => [x.mul(x), x], (x: Tensor, ct: Tensor) => [ct.mul(x).mul(7)])
 * grad(f)(np.array(3)).item() // 21
 */
export const customVjp =
  <A extends readonly unknown[], R, S>(
    f: (...args: A) => R,
    forward: (...args: A) => readonly [R, S],
    backward: (residuals: S, cotangent: Tensors<R>) => { readonly [K in keyof A]: A[K] | Tensors<A[K]> | null },
  ): ((...args: A) => Tensors<R>) =>
  (...args) => {
    const [leaves, structure] = flattenTensors([...args])
    const flat = flatFunction(f as (...a: never[]) => unknown, structure)
    let outputs: Structure | undefined
    let residualStructure: Structure | undefined
    const call: Flat = (xs) => {
      const ys = flat.call(xs)
      outputs = flat.outputStructure()
      return ys
    }
    const rules: Rules = {
      forward: (xs) => {
        const result = forward(...(unflatten(structure, xs) as never as A))
        if (!Array.isArray(result) || result.length !== 2) {
          throw new TreeError('customVjp: the forward function returns a pair [out, residuals].')
        }
        const [values, s] = flattenTensors(result[0])
        const [residuals, r] = flattenTensors(result[1])
        outputs = s
        residualStructure = r
        return { outputs: values, residuals }
      },
      backward: (residuals, cotangents) => {
        const given = backward(
          unflatten(residualStructure as Structure, residuals) as S,
          unflatten(outputs as Structure, cotangents) as Tensors<R>,
        ) as unknown
        if (!Array.isArray(given) || given.length !== args.length) {
          throw new TreeError(
            `customVjp: the backward function returns a tuple with a cotangent for each of the ${args.length} arguments.`,
          )
        }
        return args.flatMap((argument, i) => {
          const [expected, s] = flattenTensors(argument)
          if (given[i] === null && expected.length > 0) return expected.map((x) => uniform(0, x))
          if (!takeApart(given[i])[1].equals(s)) {
            throw new TreeError(`customVjp: the cotangent of argument ${i} has another structure than the argument.`)
          }
          return flattenTensors(given[i])[0]
        })
      },
    }
    const results = bind(customVjpP, leaves, { function: call, rules, program: null, captured: 0 })
    return unflatten(outputs as Structure, results) as Tensors<R>
  }
