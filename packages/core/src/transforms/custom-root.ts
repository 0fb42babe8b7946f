/** `customRoot`: x with f(x) = 0 by any solver, differentiated by the implicit function theorem. */
import { neg } from '../primitives/arithmetic.js'
import { evaluateProgram } from '../program/evaluate.js'
import type { Program } from '../program/program.js'
import type { Tensor } from '../tensor.js'
import { flattenTensors } from '../tree/flat-function.js'
import { type Tensors, unflatten } from '../tree/structure.js'
import { shareConstants, traceFunction } from './control.js'
import { customJvp } from './custom-jvp.js'
import { jvp } from './jvp.js'
import { customLinearSolve } from './linear-solve.js'

/**
 * A root of `f` that `solve(f, initialGuess)` finds by any means that can be traced. Its derivative solves the equation linearised
 * at the root: ∂f/∂x dx = −∂f/∂θ dθ, by `tangentSolve(linear, rhs)`. What `f` closes over is differentiated; the guess has no influence.
 * @example
 * const newton = (f: (x: Tensor) => Tensor, guess: Tensor) =>
 *   foriLoop(0, 20, (_, x) => x.sub(f(x).div(grad(f)(x))), guess)
 * const squareRoot = (a: Tensor) =>
 *   lax.customRoot((x: Tensor) => x.mul(x).sub(a), np.array(1), newton, (linear, rhs) => rhs.div(linear(np.array(1))))
 * squareRoot(np.array(4)) // 2
 * grad(squareRoot)(np.array(4)) // 0.25
 */
export const customRoot = <T>(
  f: (x: T) => T,
  initialGuess: T,
  solve: (f: (x: T) => T, initialGuess: T) => T,
  tangentSolve: (linear: (x: T) => T, rhs: T) => T,
): Tensors<T> => {
  const [leaves, structure] = flattenTensors(initialGuess)
  const [, single] = flattenTensors([initialGuess])
  const traced = [f, (guess: T) => solve(f, guess)].map((g) => traceFunction(g as never, single, leaves))
  const { programs, constants } = shareConstants(traced)
  const [equation, solver] = programs as [Program, Program]
  const run = (program: Program, c: readonly Tensor[], x: T): T =>
    unflatten(structure, evaluateProgram(program, [...c, ...flattenTensors(x)[0]])) as T
  const root: (c: readonly Tensor[], guess: T) => Tensors<T> = customJvp(
    (c: readonly Tensor[], guess: T): T => run(solver, c, guess),
    ([c, guess], [dc]) => {
      const x = root(c, guess) as T
      const [, residual] = jvp((cs: readonly Tensor[]) => run(equation, cs, x), [c], [dc as never])
      const rhs = unflatten(structure, flattenTensors(residual)[0].map(neg)) as T
      const linear = (v: T): T => jvp((y: T) => run(equation, c, y), [x], [v])[1] as T
      return [x, customLinearSolve(linear, rhs, tangentSolve, { transposeSolve: tangentSolve })] as never
    },
  )
  return root(constants, initialGuess) as Tensors<T>
}
