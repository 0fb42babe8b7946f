/** `cond` and `switchCase`: branches of which one runs. Under `vmap` over the choice all run and one is selected. */
import { isFloat } from '../dtype.js'
import { DTypeError, ShapeError, TreeError } from '../errors.js'
import { moveBatchAxis } from '../primitives/batching.js'
import { eq } from '../primitives/compare.js'
import { convertElementType } from '../primitives/convert.js'
import { stopGradient } from '../primitives/identity.js'
import { atLeast, programs } from '../primitives/parameters.js'
import {
  type AxisData,
  type BatchAxis,
  bind,
  LinearInput,
  type MaybeZero,
  type Operand,
  type Params,
  type Primitive,
  primitive,
} from '../primitives/primitive.js'
import { clamp, select, selectN } from '../primitives/select.js'
import { broadcastInDim } from '../primitives/shape.js'
import { showType } from '../print.js'
import { evaluateProgram } from '../program/evaluate.js'
import { checkGives, checkTakes } from '../program/interface.js'
import { inputTypes, Literal, outputTypes, type Program, Var } from '../program/program.js'
import { withOutputs } from '../program/prune.js'
import { sameShape } from '../shape.js'
import { type Abstract, ConcreteTensor, scalar, type Tensor, type TensorLike, toTensor, uniform } from '../tensor.js'
import { batchProgram } from '../trace/batch.js'
import { jvpProgram } from '../trace/jvp.js'
import { merge, splitProgram } from '../trace/partial.js'
import { stageClosed } from '../trace/stage.js'
import { transposeProgram } from '../trace/transpose.js'
import { flattenTensors } from '../tree/flat-function.js'
import { type Structure, type Tensors, unflatten } from '../tree/structure.js'
import { losesFraction, shareConstants, traceFunction } from './control.js'
import { or, others, some } from './masks.js'

interface CondParams extends Params {
  /** All take the same operands and return the same types. The first input of `cond` is the int32 index of the one to run. */
  readonly branches: readonly Program[]
}

const checkChoice = (index: Abstract): void => {
  if (index.shape.length > 0) throw new ShapeError(`cond: the index is a scalar, not ${showType(index)}.`)
  if (index.dtype !== 'int32') throw new DTypeError(`cond: the index is an int32, not ${showType(index)}.`)
}

const union = (masks: readonly (readonly boolean[])[]): readonly boolean[] => masks.reduce((a, b) => or(a, b))

const condP: Primitive<CondParams> = primitive<CondParams>({
  name: 'cond',
  operands: atLeast(1),
  parameters: { branches: programs },
  abstract: ([index, ...operands], { branches }) => {
    const results = outputTypes(branches[0] as Program)
    checkChoice(index as Abstract)
    branches.forEach((branch, k) => {
      checkTakes(`cond: branches[${k}]`, branch, operands)
      checkGives(`cond: branches[${k}]`, branch, results)
    })
    return results.map((t, i) => ({
      ...t,
      weakType: branches.every((b) => (outputTypes(b)[i] as Abstract).weakType),
    }))
  },
  // Like `emit.branch`: the last one for numbers beyond.
  evaluate: ([index, ...operands], { branches }) =>
    evaluateProgram((branches[(index as ConcreteTensor).item()] ?? branches[branches.length - 1]) as Program, operands),
  control: (emit, [index, ...operands], outputs, { branches }) =>
    emit.branch(
      (index as Operand).pointer,
      branches.map((b) => () => emit.run(b, operands, outputs)),
    ),
  // One of them runs; all are counted as if each did, in equal parts.
  runs: ({ branches }) => branches.map((b) => [b, 1 / branches.length] as const),
  prune: ({ branches }, used) => {
    const parts = branches.map((b) => withOutputs(b, used))
    const reads = union(parts.map((p) => p.reads))
    if (reads.every((r) => r) && used.every((u) => u)) return null
    return {
      inputs: [true, ...reads],
      outputs: used,
      params: {
        branches: parts.map((p, k) => ({
          ...p.program,
          inputs: (branches[k] as Program).inputs.filter((_, i) => reads[i]),
        })),
      },
    }
  },
  jvp: ([index, ...primals], [, ...tangents], { branches }) => {
    const nonzero = tangents.map((t) => t !== null)
    const none = (branches[0] as Program).outputs.map(() => false)
    const mask = union(branches.map((b) => jvpProgram(b, nonzero, none).nonzeroOutputs))
    const derived = branches.map((b) => jvpProgram(b, nonzero, mask).program)
    const values = bind(condP, [index as Tensor, ...primals, ...(some(tangents, nonzero) as Tensor[])], {
      branches: derived,
    })
    return [
      values.slice(0, mask.length),
      merge(
        mask,
        values.slice(mask.length),
        others(mask, mask).map(() => null),
      ),
    ]
  },
  partial: (trace, inputs, params) => {
    const [index, ...operands] = inputs as [Tensor, ...Tensor[]]
    if (trace.owns(index)) return trace.record(condP as unknown as Primitive, inputs, params)
    const unknown = operands.map((x) => trace.owns(x))
    const mask = union(params.branches.map((b) => splitProgram(b, unknown).unknownOutputs))
    const parts = params.branches.map((b) => splitProgram(b, unknown, mask))
    const residualTypes = parts.map(({ known, residuals }) =>
      outputTypes(known).slice(known.outputs.length - residuals),
    )
    const known = parts.map(({ known: program, residuals }, k) => {
      const plain = program.outputs.length - residuals
      const own = program.outputs.slice(plain)
      const filled = residualTypes.flatMap((types, j) => (j === k ? own : types.map((t) => zeroLiteral(t))))
      return { ...program, outputs: [...program.outputs.slice(0, plain), ...filled] }
    })
    const values = bind(condP, [index, ...others(operands, unknown)], { branches: known })
    const plain = others(mask, mask).length
    const rest = parts.map(({ unknown: program, residuals }, k) => {
      const own = program.inputs.slice(0, residuals)
      const all = residualTypes.flatMap((types, j) => (j === k ? own : types.map((t) => new Var(t))))
      return { ...program, inputs: [...all, ...program.inputs.slice(residuals)] }
    })
    const unknownValues = trace.record(
      condP as unknown as Primitive,
      [index, ...values.slice(plain), ...some(operands, unknown)],
      { branches: rest },
    )
    return merge(mask, unknownValues, values.slice(0, plain))
  },
  transpose: (cotangents, [index, ...operands], { branches }) => {
    const linear = operands.map((x) => x instanceof LinearInput)
    const nonzero = cotangents.map((c) => c !== null)
    const derived = branches.map((b) => transposeProgram(b, linear, nonzero, true).program)
    const known = others(operands, linear) as Tensor[]
    const values = bind(condP, [index as Tensor, ...known, ...(some(cotangents, nonzero) as Tensor[])], {
      branches: derived,
    })
    const results: readonly MaybeZero[] = merge(
      linear,
      values,
      known.map(() => null),
    )
    return [null, ...results]
  },
  batch: ([index, ...operands], [indexAxis, ...axes], { branches }, axis) => {
    if (indexAxis !== null && indexAxis !== undefined) {
      return chosenPerExample(index as Tensor, operands, axes, branches, axis)
    }
    const batched = axes.map((a) => a !== null)
    const none = (branches[0] as Program).outputs.map(() => false)
    const mask = union(branches.map((b) => batchProgram(b, batched, none, axis).batchedOutputs))
    const derived = branches.map((b) => batchProgram(b, batched, mask, axis).program)
    const fronts = operands.map((x, i) => (batched[i] ? moveBatchAxis(x, axes[i] ?? null, 0, axis.size) : x))
    return [bind(condP, [index as Tensor, ...fronts], { branches: derived }), mask.map((m) => (m ? 0 : null))]
  },
})

/**
 * All branches run on all examples, and each example takes the results of its own. So that an infinite slope of another branch
 * does not reach its derivative as 0·∞, derivatives pass to operands of the chosen branch only: what an operand that has no batch
 * gets is a sum over examples, so it is repeated for them, unless it is a constant.
 */
const chosenPerExample = (
  index: Tensor,
  operands: readonly Tensor[],
  axes: readonly BatchAxis[],
  branches: readonly Program[],
  axis: AxisData,
): readonly [readonly Tensor[], readonly BatchAxis[]] => {
  const differs = operands.map((x) => isFloat(x.dtype) && !(x instanceof ConcreteTensor))
  const batched = operands.map((_, i) => axes[i] !== null || differs[i] === true)
  const fronts = operands.map((x, i) => (batched[i] ? moveBatchAxis(x, axes[i] ?? null, 0, axis.size) : x))
  const everywhere = (branches[0] as Program).outputs.map(() => true)
  const results = branches.map((branch, k) => {
    const chosen = eq(index, k)
    const own = fronts.map((x, i) =>
      differs[i] ? select(broadcastInDim(chosen, x.sizes, [0]), x, stopGradient(x)) : x,
    )
    return evaluateProgram(batchProgram(branch, batched, everywhere, axis).program, own)
  })
  const values = everywhere.map((_, i) => {
    const cases = results.map((r) => r[i] as Tensor)
    return selectN(broadcastInDim(index, (cases[0] as Tensor).sizes, [0]), ...cases)
  })
  return [values, values.map(() => 0)]
}

const zeroLiteral = (type: Abstract): Program['outputs'][number] => new Literal(uniform(0, type))

/**
 * Runs the branch that `index` names (clamped into range) on the operands; only that branch is computed, and differentiated.
 * Under `vmap` over the index all are computed, and each example has the value and the derivative of its own.
 * @throws TreeError if the branches return different structures or types
 * @example switchCase(1, [(x: Tensor) => x, (x: Tensor) => x.mul(2)], np.array(3)).item() // 6
 */
export const switchCase = <A extends readonly unknown[], R>(
  index: TensorLike,
  branches: readonly ((...operands: A) => R)[],
  ...operands: A
): Tensors<R> => {
  if (branches.length === 0) throw new ShapeError('switchCase: needs at least one branch.')
  const given = toTensor(index)
  const last = branches.length - 1
  const choice =
    given.dtype === 'int32' && !(given instanceof ConcreteTensor)
      ? clamp(scalar(0, 'int32'), given, scalar(last, 'int32'))
      : clampNow(given, last)
  return choose('switchCase', choice, branches, operands)
}

const clampNow = (index: Tensor, last: number): Tensor => {
  if (index.sizes.length > 0) throw new ShapeError(`switchCase: the index is a scalar, not ${showType(index)}.`)
  if (index instanceof ConcreteTensor) return scalar(Math.min(last, Math.max(0, Math.trunc(index.item()))), 'int32')
  throw new DTypeError(
    `switchCase: the index is an int32 scalar, not ${showType(index)}. Convert with i.astype('int32').`,
  )
}

/**
 * Runs `onTrue` or `onFalse` on the operands. Only the chosen branch is computed, and differentiated. Under `vmap` over the
 * predicate both are computed, and each example has the value and the derivative of its own.
 * @throws TreeError if the branches return different structures or types
 * @example cond(np.array(2).gt(1), (x: Tensor) => x.mul(10), (x: Tensor) => x, np.array(3)).item() // 30
 */
export const cond = <A extends readonly unknown[], R>(
  predicate: TensorLike,
  onTrue: (...operands: A) => R,
  onFalse: (...operands: A) => R,
  ...operands: A
): Tensors<R> => {
  const given = toTensor(predicate)
  if (given.sizes.length > 0) {
    throw new ShapeError(
      `cond: the predicate is a scalar, not ${showType(given)}. Reduce it (np.all, np.any), or use np.where elementwise.`,
    )
  }
  const index =
    given instanceof ConcreteTensor
      ? scalar(Number(given.item()) === 0 ? 0 : 1, 'int32')
      : convertElementType(given.dtype === 'bool' ? given : convertElementType(given, 'bool'), 'int32')
  return choose('cond', index, [onFalse, onTrue], operands)
}

const choose = <A extends readonly unknown[], R>(
  operation: string,
  index: Tensor,
  branches: readonly ((...operands: A) => R)[],
  operands: A,
): Tensors<R> => {
  const [leaves, structure] = flattenTensors([...operands], `${operation}: operands`)
  const traced = branches.map((b) => traceFunction(b as never, structure, leaves))
  const { programs, constants } = shareConstants(traced)
  const outputs = (traced[0] as { outputs: Structure }).outputs
  const settled = settleBranches(
    operation,
    traced.map((t) => t.outputs),
    programs,
  )
  return unflatten(outputs, bind(condP, [index, ...constants, ...leaves], { branches: settled })) as Tensors<R>
}

/** Branches with one result type: weakly typed results (JS numbers) take the dtype of the others. */
const settleBranches = (
  operation: string,
  structures: readonly Structure[],
  programs: readonly Program[],
): readonly Program[] => {
  const [first, ...rest] = structures as [Structure, ...Structure[]]
  for (const other of rest) {
    if (!first.equals(other)) {
      throw new TreeError(
        `${operation}: the branches return different structures: ${first.toString()} and ${other.toString()}.`,
      )
    }
  }
  const types = programs.map(outputTypes)
  const wanted = (types[0] as readonly Abstract[]).map((_, i) => {
    const column = types.map((t) => t[i] as Abstract)
    const strong = column.find((t) => !t.weakType) ?? (column[0] as Abstract)
    for (const [k, t] of column.entries()) {
      const atom = (programs[k] as Program).outputs[i]
      const cut = atom instanceof Literal && losesFraction(atom.value, strong.dtype)
      if (!sameShape(t.shape, strong.shape) || (t.dtype !== strong.dtype && (!t.weakType || cut))) {
        throw new TreeError(
          `${operation}: the branches return different types: ${column.map(showType).join(' and ')}. Give them one shape and dtype.`,
        )
      }
    }
    return strong
  })
  return programs.map((program, k) => {
    if ((types[k] as readonly Abstract[]).every((t, i) => t.dtype === (wanted[i] as Abstract).dtype)) return program
    return stageClosed(
      (inputs) => evaluateProgram(program, inputs).map((y, i) => convertElementType(y, (wanted[i] as Abstract).dtype)),
      inputTypes(program),
    )
  })
}
