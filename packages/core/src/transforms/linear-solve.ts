/** `customLinearSolve`: x with A x = b by any solver, differentiated by solving again instead of through the solver. */
import { compile } from '../compile/executable.js'
import { TransformError } from '../errors.js'
import { sub } from '../primitives/arithmetic.js'
import { moveBatchAxis } from '../primitives/batching.js'
import { bind, LinearInput, type MaybeZero, type Params, type Primitive, primitive } from '../primitives/primitive.js'
import { evaluateProgram } from '../program/evaluate.js'
import { outputTypes, type Program } from '../program/program.js'
import { type Abstract, abstractOf, type ConcreteTensor, type Tensor } from '../tensor.js'
import { batchFlat, batchProgram } from '../trace/batch.js'
import { jvpFlat } from '../trace/jvp.js'
import { stage } from '../trace/stage.js'
import { instantiate, transposeFlat } from '../trace/transpose.js'
import { flattenTensors } from '../tree/flat-function.js'
import { type Tensors, unflatten } from '../tree/structure.js'
import { traceFunction } from './control.js'

type Flat = (inputs: readonly Tensor[]) => readonly Tensor[]

interface SolveParams extends Params {
  /** From the constants of A, then x, to A x. */
  readonly apply: Program
  readonly constants: number
  /** From the constants of A, then b, to x. */
  readonly solve: Flat
  /** The same for Aᵀ; null if nobody said how. */
  readonly transposeSolve: Flat | null
  /** `solve` as a program, once a staging trace has seen it. */
  readonly program: Program | null
}

const cut = <T>(list: readonly T[], n: number): readonly [readonly T[], readonly T[]] => [
  list.slice(0, n),
  list.slice(n),
]

/** x ↦ Aᵀ x as a program, from x ↦ A x. */
const transposed = (apply: Program, constants: number): Program => {
  const types = apply.inputs.map((v) => v.abstract)
  const linear = types.map((_, i) => i >= constants)
  return stage(
    (all) => {
      const [known, cotangents] = cut(all, constants)
      return transposeFlat(apply, linear, known, cotangents).map((t, i) =>
        instantiate(t, types[constants + i] as Abstract),
      )
    },
    [...types.slice(0, constants), ...outputTypes(apply)],
  ).program
}

const solveP: Primitive<SolveParams> = primitive<SolveParams>({
  name: 'linearSolve',
  abstract: (inputs, { constants }) => inputs.slice(constants).map(abstractOf),
  evaluate: (inputs, { program, solve }) =>
    program === null ? solve(inputs) : compile(program).run(inputs as readonly ConcreteTensor[]),
  inline: ({ program }) => program as Program,
  // A x = b gives A dx = db − dA x.
  jvp: (primals, tangents, params) => {
    const [c, b] = cut(primals, params.constants)
    const [dc, db] = cut(tangents, params.constants)
    const x = bind(solveP, primals, params)
    let right: readonly MaybeZero[] = db
    if (dc.some((t) => t !== null)) {
      const [, change] = jvpFlat((cs) => evaluateProgram(params.apply, [...cs, ...x]), c, dc)
      right = change.map((t, i) => (t === null ? (db[i] ?? null) : sub(instantiate(db[i] ?? null, b[i] as Tensor), t)))
    }
    if (right.every((t) => t === null)) return [x, x.map(() => null)]
    const rest = right.map((t, i) => instantiate(t, b[i] as Tensor))
    return [x, bind(solveP, [...c, ...rest], params)]
  },
  transpose: (cotangents, inputs, { apply, constants, solve, transposeSolve }) => {
    if (transposeSolve === null) {
      throw new TransformError(
        'customLinearSolve: reverse mode solves the transposed equation. Pass transposeSolve, or symmetric: true.',
      )
    }
    const [c, b] = cut(inputs, constants)
    const given = cotangents.map((ct, i) => instantiate(ct, outputTypes(apply)[i] as Abstract))
    const x = bind(solveP, [...(c as readonly Tensor[]), ...given], {
      apply: transposed(apply, constants),
      constants,
      solve: transposeSolve,
      transposeSolve: solve,
      program: null,
    })
    return [...c.map(() => null), ...b.map((v, i) => (v instanceof LinearInput ? (x[i] as Tensor) : null))]
  },
  batch: (inputs, axes, { apply, constants, solve, transposeSolve }, axis) => {
    const batched = inputs.map((_, i) => i >= constants || axes[i] !== null)
    const lift =
      (f: Flat): Flat =>
      (xs) => {
        const [ys, yAxes] = batchFlat(
          f,
          xs,
          batched.map((b) => (b ? 0 : null)),
          axis,
        )
        return ys.map((y, i) => moveBatchAxis(y, yAxes[i] ?? null, 0, axis.size))
      }
    const fronts = inputs.map((x, i) => (batched[i] ? moveBatchAxis(x, axes[i] ?? null, 0, axis.size) : x))
    const results = bind(solveP, fronts, {
      apply: batchProgram(
        apply,
        batched,
        apply.outputs.map(() => true),
        axis,
      ).program,
      constants,
      solve: lift(solve),
      transposeSolve: transposeSolve && lift(transposeSolve),
      program: null,
    })
    return [results, results.map(() => 0)]
  },
  stage: (trace, inputs, params) => {
    // Tracers that the solver itself closes over become constants of A that A does not read.
    const { program, constants } = stage(params.solve, inputs)
    const n = constants.length
    const skip =
      (f: Flat): Flat =>
      (xs) =>
        f(xs.slice(n))
    const unread = stage(
      (xs) => evaluateProgram(params.apply, xs.slice(n)),
      [...constants, ...params.apply.inputs.map((v) => v.abstract)],
    ).program
    return trace.record(solveP as unknown as Primitive, [...constants, ...inputs], {
      apply: unread,
      constants: n + params.constants,
      solve: skip(params.solve),
      transposeSolve: params.transposeSolve && skip(params.transposeSolve),
      program,
    })
  },
})

export interface LinearSolveOptions<T> {
  /** Solves Aᵀ x = b, given x ↦ Aᵀ x and b; reverse mode needs it. */
  readonly transposeSolve?: (vecmat: (x: T) => T, b: T) => T
  /** A is its own transpose, so `solve` serves both. */
  readonly symmetric?: boolean
}

/**
 * The solution x of `matvec(x) = b`, which `solve(matvec, b)` finds by any means, loops included. `matvec` is linear; what it
 * closes over is differentiated too.
 * @throws TransformError in reverse mode without `transposeSolve` or `symmetric`
 * @example lax.customLinearSolve((x: Tensor) => x.mul(4), np.array(2), (_, b) => b.div(4)).item() // 0.5
 */
export const customLinearSolve = <T>(
  matvec: (x: T) => T,
  b: T,
  solve: (matvec: (x: T) => T, b: T) => T,
  options: LinearSolveOptions<T> = {},
): Tensors<T> => {
  const [leaves, structure] = flattenTensors(b)
  const [, single] = flattenTensors([b])
  const { program: apply, constants } = traceFunction(matvec as never, single, leaves)
  const n = constants.length
  const onTrees =
    (solver: typeof solve, map: Program): Flat =>
    (inputs) => {
      const [c, right] = cut(inputs, n)
      const applied = (x: T): T => unflatten(structure, evaluateProgram(map, [...c, ...flattenTensors(x)[0]])) as T
      return flattenTensors(solver(applied, unflatten(structure, right) as T))[0]
    }
  const transposeSolve = options.transposeSolve ?? (options.symmetric ? solve : undefined)
  const results = bind(solveP, [...constants, ...leaves], {
    apply,
    constants: n,
    solve: onTrees(solve, apply),
    transposeSolve:
      transposeSolve === undefined ? null : onTrees(transposeSolve, options.symmetric ? apply : transposed(apply, n)),
    program: null,
  })
  return unflatten(structure, results) as Tensors<T>
}
