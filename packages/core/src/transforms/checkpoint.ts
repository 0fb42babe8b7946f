/** `checkpoint`: reverse mode recomputes the inside of a function instead of keeping its intermediate results. */

import { compile } from '../compile/executable.js'
import { checkOptions } from '../operation.js'
import { batchInFront } from '../primitives/batching.js'
import { atLeast, oneOf, program } from '../primitives/parameters.js'
import { bind, LinearInput, type MaybeZero, type Params, type Primitive, primitive } from '../primitives/primitive.js'
import { eliminateDeadCode } from '../program/dce.js'
import { checkTakes } from '../program/interface.js'
import { type Atom, outputTypes, type Program } from '../program/program.js'
import { Substitution } from '../program/rewrite.js'
import type { ConcreteTensor, Tensor } from '../tensor.js'
import { batchProgram } from '../trace/batch.js'
import { jvpProgram } from '../trace/jvp.js'
import { merge, splitProgram } from '../trace/partial.js'
import { stage } from '../trace/stage.js'
import { transposeFlat } from '../trace/transpose.js'
import { flatFunction, flattenTensors } from '../tree/flat-function.js'
import { type MapLeaves, unflatten, type WithNumbers } from '../tree/structure.js'
import { others, some } from './masks.js'

/** Which results the forward pass keeps: none, or those of products (the expensive ones). */
export type CheckpointPolicy = 'nothing_saveable' | 'dots_saveable' | 'everything_saveable'

interface CheckpointParams extends Params {
  readonly program: Program
  readonly policy: CheckpointPolicy
}

const saveable: Readonly<Record<CheckpointPolicy, (primitive: string) => boolean>> = {
  nothing_saveable: () => false,
  dots_saveable: (name) => name === 'dotGeneral' || name === 'convGeneralDilated',
  everything_saveable: () => true,
}

const checkpointP: Primitive<CheckpointParams> = primitive<CheckpointParams>({
  name: 'checkpoint',
  operands: atLeast(0),
  parameters: { program, policy: oneOf('nothing_saveable', 'dots_saveable', 'everything_saveable') },
  abstract: (inputs, { program }) => {
    checkTakes('checkpoint: program', program, inputs)
    return outputTypes(program)
  },
  evaluate: (inputs, { program }) => compile(program).run(inputs as readonly ConcreteTensor[]),
  inline: ({ program }) => program,
  isolated: true,
  jvp: (primals, tangents, { program, policy }) => {
    const nonzero = tangents.map((t) => t !== null)
    const derived = jvpProgram(program, nonzero, [])
    const values = bind(checkpointP, [...primals, ...(some(tangents, nonzero) as Tensor[])], {
      program: derived.program,
      policy,
    })
    const n = program.outputs.length
    const mask = derived.nonzeroOutputs
    return [
      values.slice(0, n),
      merge(
        mask,
        values.slice(n),
        others(mask, mask).map(() => null),
      ),
    ]
  },
  partial: (trace, inputs, { program, policy }) => {
    const unknown = inputs.map((x) => trace.owns(x))
    const { known, unknownOutputs, rest } = rematerialise(program, unknown, policy)
    const values = bind(checkpointP, others(inputs, unknown), { program: known, policy })
    const plain = others(unknownOutputs, unknownOutputs).length
    const results = trace.record(checkpointP as unknown as Primitive, [...inputs, ...values.slice(plain)], {
      program: rest,
      policy,
    })
    return merge(unknownOutputs, results, values.slice(0, plain))
  },
  transpose: (cotangents, inputs, { program, policy }) => {
    const linear = inputs.map((x) => x instanceof LinearInput)
    const known = others(inputs, linear) as Tensor[]
    const parts = splitProgram(program, linear)
    // As a checkpoint of its own, so that a compiler does not share the recomputation with the forward pass.
    const values = bind(checkpointP, known, { program: parts.known, policy })
    const residuals = values.slice(values.length - parts.residuals)
    const isLinear = parts.unknown.inputs.map((_, i) => i >= parts.residuals)
    const results: readonly MaybeZero[] = transposeFlat(
      parts.unknown,
      isLinear,
      residuals,
      some(cotangents, parts.unknownOutputs),
    )
    return merge(
      linear,
      results,
      known.map(() => null),
    )
  },
  batch: (inputs, axes, { program, policy }, axis) => {
    const derived = batchProgram(
      program,
      axes.map((a) => a !== null),
      [],
      axis,
    )
    const values = bind(checkpointP, batchInFront(inputs, axes), { program: derived.program, policy })
    return [values, derived.batchedOutputs.map((b) => (b ? 0 : null))]
  },
})

interface Rematerialised {
  /** From the known inputs to the known outputs and what the policy saves. */
  readonly known: Program
  /** From all inputs and what was saved to the unknown outputs, computing everything else anew. */
  readonly rest: Program
  readonly unknownOutputs: readonly boolean[]
}

const rematerialise = (program: Program, unknown: readonly boolean[], policy: CheckpointPolicy): Rematerialised => {
  // Split first, so that what a nested loop or call knows is told apart from what it does not.
  const { known, unknown: tail, unknownOutputs, residuals } = splitProgram(program, unknown)
  const plain = known.outputs.length - residuals
  const saving = known.equations.filter((e) => saveable[policy](e.primitive.name))
  const saves = saving.flatMap((e) => e.outputs)
  const substitution = new Substitution()
  tail.inputs.slice(0, residuals).forEach((v, i) => {
    substitution.set(v, known.outputs[plain + i] as Atom)
  })
  const rest = {
    inputs: [...merge(unknown, tail.inputs.slice(residuals), known.inputs), ...saves],
    equations: [
      ...known.equations.filter((e) => !saving.includes(e)),
      ...tail.equations.map((e) => ({ ...e, inputs: e.inputs.map(substitution.read) })),
    ],
    outputs: tail.outputs.map(substitution.read),
  }
  return {
    known: eliminateDeadCode({ ...known, outputs: [...known.outputs.slice(0, plain), ...saves] }).program,
    rest: eliminateDeadCode(rest).program,
    unknownOutputs,
  }
}

export interface CheckpointOptions {
  /** What the forward pass may keep. Default: nothing but the arguments. */
  readonly policy?: CheckpointPolicy
}

/**
 * The same function, but reverse mode keeps only its arguments (and what `policy` allows) and computes the rest again on the
 * way back: less memory for more time. Gradients have the same bits.
 * @example grad(checkpoint((x: Tensor) => np.sin(np.sin(x))))(np.array(0)).item() // 1
 */
export function checkpoint<A extends readonly unknown[], R>(
  f: ((...args: A) => R) & WithNumbers<R>,
  options?: CheckpointOptions,
): (...args: A) => MapLeaves<R, Tensor>
export function checkpoint<A extends readonly unknown[], R>(
  f: (...args: A) => R,
  options?: CheckpointOptions,
): (...args: A) => R
export function checkpoint<A extends readonly unknown[], R>(
  f: (...args: A) => R,
  options: CheckpointOptions = {},
): (...args: A) => R {
  checkOptions('checkpoint', options, ['policy'])
  return (...args) => {
    const [leaves, structure] = flattenTensors([...args], 'checkpoint: arguments')
    const flat = flatFunction(f as (...a: never[]) => unknown, structure)
    const { program, constants } = stage(flat.call, leaves)
    const policy = options.policy ?? 'nothing_saveable'
    return unflatten(flat.outputStructure(), bind(checkpointP, [...constants, ...leaves], { program, policy })) as R
  }
}
