/** Running programs that come from outside of this library's own transforms. */
import { listOf } from '../checks.js'
import { checkInputs } from '../program/check.js'
import { evaluateProgram as evaluate } from '../program/evaluate.js'
import type { Program } from '../program/program.js'
import { ensureSound } from '../program/seal.js'
import { type Tensor, type TensorLike, toTensor } from '../tensor.js'

/**
 * The outputs of `program` for these inputs, leaf by leaf, under whatever transform is running: what `jit` and `exportWasm` make
 * of a program is `evaluateProgram` inside of them. Programs of `makeProgram` and `programFromJson` are known to be right; others
 * are checked first, in every call.
 * @throws ProgramError if it is no program that could have been traced, ShapeError if inputs do not fit it
 * @example evaluateProgram(makeProgram((x: Tensor) => x.mul(2))(np.array(1)), [np.array(3)]) // [6]
 */
export const evaluateProgram = (program: Program, inputs: readonly TensorLike[]): readonly Tensor[] => {
  ensureSound(program)
  return evaluate(program, checkInputs(program, listOf('evaluateProgram', 'the list of inputs', inputs).map(toTensor)))
}
