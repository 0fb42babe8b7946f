/** `customLinearSolve`: x with A x = b by any solver, differentiated by solving again instead of through the solver. */

import { compile } from '../compile/executable.js'
import { TransformError } from '../errors.js'
import { operation } from '../operation.js'
import { sub } from '../primitives/arithmetic.js'
import { moveBatchAxis } from '../primitives/batching.js'
import { atLeast, count, nullable, program } from '../primitives/parameters.js'
import { bind, LinearInput, type MaybeZero, type Params, type Primitive, primitive } from '../primitives/primitive.js'
import { evaluateProgram } from '../program/evaluate.js'
import { checkCounts, checkGives, checkTakes } from '../program/interface.js'
import { inputTypes, outputTypes, type Program } from '../program/program.js'
import { type Abstract, abstractOf, type ConcreteTensor, type Tensor } from '../tensor.js'
import { batchProgram } from '../trace/batch.js'
import { jvpFlat } from '../trace/jvp.js'
import { stageClosed } from '../trace/stage.js'
import { instantiate, transposeFlat } from '../trace/transpose.js'
import { flattenTensors } from '../tree/flat-function.js'
import { type Tensors, unflatten } from '../tree/structure.js'
import { shareConstants, traceFunction } from './control.js'

/** All programs take the same constants first: everything that any of the user's functions closed over. */
interface SolveParams extends Params {
  /** From the constants, then x, to A x. */
  readonly apply: Program
  /** From the constants, then b, to x. */
  readonly solve: Program
  /** The same for Aᵀ; null if nobody said how. */
  readonly transposeSolve: Program | null
  readonly constants: number
}

const cut = <T>(list: readonly T[], n: number): readonly [readonly T[], readonly T[]] => [
  list.slice(0, n),
  list.slice(n),
]

/** x ↦ Aᵀ x as a program, from x ↦ A x. */
const transposed = (apply: Program, constants: number): Program => {
  const types = inputTypes(apply)
  const linear = types.map((_, i) => i >= constants)
  return stageClosed(
    (all) => {
      const [known, cotangents] = cut(all, constants)
      return transposeFlat(apply, linear, known, cotangents).map((t, i) =>
        instantiate(t, types[constants + i] as Abstract),
      )
    },
    [...types.slice(0, constants), ...outputTypes(apply)],
  )
}

const solveP: Primitive<SolveParams> = primitive<SolveParams>({
  name: 'linearSolve',
  operands: atLeast(0),
  parameters: { apply: program, solve: program, transposeSolve: nullable(program), constants: count },
  abstract: (inputs, { apply, solve, transposeSolve, constants }) => {
    checkCounts('linearSolve', { constants }, inputs.length)
    const right = inputs.slice(constants).map(abstractOf)
    for (const [role, program] of Object.entries({ apply, solve, transposeSolve })) {
      if (program === null) continue
      checkTakes(`linearSolve: ${role}`, program, inputs)
      checkGives(`linearSolve: ${role}`, program, right)
    }
    return right
  },
  evaluate: (inputs, { solve }) => compile(solve).run(inputs as readonly ConcreteTensor[]),
  inline: ({ solve }) => solve,
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
      solve: transposeSolve,
      transposeSolve: solve,
      constants,
    })
    return [...c.map(() => null), ...b.map((v, i) => (v instanceof LinearInput ? (x[i] as Tensor) : null))]
  },
  batch: (inputs, axes, { apply, constants, solve, transposeSolve }, axis) => {
    const batched = inputs.map((_, i) => i >= constants || axes[i] !== null)
    const everywhere = apply.outputs.map(() => true)
    const lift = (program: Program): Program => batchProgram(program, batched, everywhere, axis).program
    const fronts = inputs.map((x, i) => (batched[i] ? moveBatchAxis(x, axes[i] ?? null, 0, axis.size) : x))
    const results = bind(solveP, fronts, {
      apply: lift(apply),
      solve: lift(solve),
      transposeSolve: transposeSolve && lift(transposeSolve),
      constants,
    })
    return [results, results.map(() => 0)]
  },
})

export interface LinearSolveOptions<T> {
  /** Solves Aᵀ x = b, given x ↦ Aᵀ x and b; reverse mode needs it. */
  readonly transposeSolve?: (vecmat: (x: T) => T, b: T) => T
  /** A is its own transpose, so `solve` serves both. */
  readonly symmetric?: boolean
}

/**
 * The solution x of `matvec(x) = b`, which `solve(matvec, b)` finds by any means that can be traced, loops included. `matvec` is
 * linear; what it closes over is differentiated too. The solver itself never is.
 * @throws TransformError in reverse mode without `transposeSolve` or `symmetric`
 * @example lax.customLinearSolve((x: Tensor) => x.mul(4), np.array(2), (_, b) => b.div(4)).item() // 0.5
 */
export const customLinearSolve = operation(
  'customLinearSolve',
  { at: 3, names: ['transposeSolve', 'symmetric'] },
  <T>(
    matvec: (x: T) => T,
    b: T,
    solve: (matvec: (x: T) => T, b: T) => T,
    options: LinearSolveOptions<T> = {},
  ): Tensors<T> => {
    const [leaves, structure] = flattenTensors(b)
    const [, single] = flattenTensors([b])
    const trace = (f: (x: T) => T) => traceFunction(f as never, single, leaves)
    const onTrees =
      (flat: (x: readonly Tensor[]) => readonly Tensor[]) =>
      (x: T): T =>
        unflatten(structure, flat(flattenTensors(x)[0])) as T

    const apply = trace(matvec)
    const matvecTransposed = (x: readonly Tensor[]): readonly Tensor[] =>
      evaluateProgram(transposed(apply.program, apply.constants.length), [...apply.constants, ...x])
    const transposeSolve = options.transposeSolve
    const solvers = [trace((right) => solve(matvec, right))]
    if (transposeSolve !== undefined) solvers.push(trace((right) => transposeSolve(onTrees(matvecTransposed), right)))

    const { programs, constants } = shareConstants([apply, ...solvers])
    const [shared, forward, backward] = programs as [Program, Program, Program | undefined]
    const results = bind(solveP, [...constants, ...leaves], {
      apply: shared,
      solve: forward,
      transposeSolve: backward ?? (options.symmetric ? forward : null),
      constants: constants.length,
    })
    return unflatten(structure, results) as Tensors<T>
  },
)
