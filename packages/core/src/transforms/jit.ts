/** `jit`: a function becomes a program once per type of its arguments, and the program runs inside one arena. */

import { type Cost, costOf } from '../compile/cost.js'
import { compile, compiled } from '../compile/executable.js'
import { TransformError } from '../errors.js'
import { checkOptions } from '../operation.js'
import { batchInFront } from '../primitives/batching.js'
import { atLeast, program, text } from '../primitives/parameters.js'
import {
  baseTrace,
  bind,
  currentTrace,
  LinearInput,
  type MaybeZero,
  type Params,
  primitive,
} from '../primitives/primitive.js'
import { showType } from '../print.js'
import { checkTakes } from '../program/interface.js'
import { memoByProgram, outputTypes, type Program } from '../program/program.js'
import { explainOverflow } from '../runtime/environment.js'
import { type Abstract, ConcreteTensor, type Tensor } from '../tensor.js'
import { axesKey } from '../trace/axes.js'
import { batchProgram } from '../trace/batch.js'
import { bits, jvpProgram } from '../trace/jvp.js'
import { merge, type SplitProgram, splitProgram } from '../trace/partial.js'
import { stage } from '../trace/stage.js'
import { transposeProgram } from '../trace/transpose.js'
import { flatFunction, flattenTensors } from '../tree/flat-function.js'
import { leafPaths, type MapLeaves, type Structure, showPath, unflatten, type WithNumbers } from '../tree/structure.js'
import { typesOf } from './eval-shape.js'
import { staticKey } from './static-key.js'

interface CallParams extends Params {
  readonly program: Program
  /** What programs print it as. */
  readonly name: string
}

const callP = primitive<CallParams>({
  name: 'jit',
  operands: atLeast(0),
  parameters: { program, name: text },
  abstract: (inputs, { program }) => {
    checkTakes('jit: program', program, inputs)
    return outputTypes(program)
  },
  evaluate: (inputs, { program }) => compile(program).run(inputs as readonly ConcreteTensor[]),
  inline: ({ program }) => program,
  jvp: (primals, tangents, { program, name }) => {
    const { program: derived, nonzeroOutputs } = jvpProgram(
      program,
      tangents.map((t) => t !== null),
      [],
    )
    const results = call(derived, `jvp(${name})`, [...primals, ...tangents.filter((t) => t !== null)])
    const count = program.outputs.length
    const zeros = nonzeroOutputs.filter((n) => !n).map(() => null)
    return [results.slice(0, count), merge(nonzeroOutputs, results.slice(count), zeros)]
  },
  transpose: (cotangents, inputs, { program, name }) => {
    const linear = inputs.map((x) => x instanceof LinearInput)
    const { program: derived, nonzeroOutputs } = transposeProgram(
      program,
      linear,
      cotangents.map((c) => c !== null),
      false,
    )
    const known = inputs.filter((x): x is Tensor => !(x instanceof LinearInput))
    const results = call(derived, `transpose(${name})`, [...known, ...cotangents.filter((c) => c !== null)])
    const zeros = nonzeroOutputs.filter((n) => !n).map(() => null)
    const ofLinear: readonly MaybeZero[] = merge(nonzeroOutputs, results, zeros)
    return merge(
      linear,
      ofLinear,
      known.map(() => null),
    )
  },
  batch: (inputs, axes, { program, name }, axis) => {
    const { program: derived, batchedOutputs } = batchProgram(
      program,
      axes.map((a) => a !== null),
      [],
      axis,
    )
    return [call(derived, `vmap(${name})`, batchInFront(inputs, axes)), batchedOutputs.map((b) => (b ? 0 : null))]
  },
  partial: (trace, inputs, { program, name }) => {
    const unknown = inputs.map((x) => trace.owns(x))
    const split = splitOnce(program, unknown)
    const known = call(
      split.known,
      name,
      inputs.filter((_, i) => !unknown[i]),
    )
    const count = known.length - split.residuals
    const rest = trace.record(callP as never, [...known.slice(count), ...inputs.filter((_, i) => unknown[i])], {
      program: split.unknown,
      name,
    })
    return merge(split.unknownOutputs, rest, known.slice(0, count))
  },
})

const splitOnce = memoByProgram(
  (unknown: readonly boolean[]) => bits(unknown),
  (program: Program, unknown: readonly boolean[]): SplitProgram => splitProgram(program, unknown),
)

/** Calls a program as one equation. */
export const call = (program: Program, name: string, inputs: readonly Tensor[]): readonly Tensor[] =>
  bind(callP, inputs, { program, name })

/** What a jitted function has done so far. */
export interface JitStats {
  /** How often the function itself ran, to be traced. */
  readonly traces: number
  /** How many programs were compiled for it. */
  readonly compiles: number
  /** Calls answered by a program that was there already. */
  readonly cacheHits: number
  /** Bytes of memory that its largest program works in. */
  readonly arenaBytes: number
}

export interface JitOptions {
  /** Arguments that are part of the program instead of its inputs: a new value traces anew. Any type; primitives compared by value, the rest by identity. */
  readonly staticArgnums?: number | readonly number[]
  /**
   * Arguments that the caller gives up: results may stand in their places, what is left of their memory is free when the call
   * returns, and reading them afterwards is an error, also if the call failed. A training loop that donates its state keeps one copy
   * of it less, and copies nothing. Inside another transform nothing is given up.
   */
  readonly donateArgnums?: number | readonly number[]
}

/** A jitted function. */
export interface Jitted<A extends readonly unknown[], R> {
  (...args: A): R
  readonly stats: () => JitStats
  /**
   * What a call with such arguments costs, without running it: they may be tensors, or `{ shape, dtype }` in their places.
   * @example
   * const product = jit((a: Tensor, b: Tensor) => np.matmul(a, b))
   * product.cost({ shape: [64, 32], dtype: 'float32' }, { shape: [32, 16], dtype: 'float32' }).flops // 65536
   */
  readonly cost: (...args: readonly unknown[]) => Cost
}

interface Traced {
  readonly program: Program
  readonly constants: readonly Tensor[]
  readonly outputs: Structure
}

/** Programs that one function keeps before the least recently used is dropped. */
const cacheSize = 256

/**
 * Compiles a pure function: it is traced once per structure, shapes and dtypes of its arguments, then runs as a program.
 * Numbers among the arguments are traced like tensors. Closed-over tensors become constants of the program.
 * @throws ConcretizationError if the function needs the number of a traced value; TransformError if a tensor is donated that is
 * an argument twice, OutOfMemoryError if the program could never fit into memory, naming its largest tensor
 * @example
 * const step = jit((w: Tensor) => w.sub(grad((v: Tensor) => v.mul(v))(w).mul(0.1)))
 * step(np.array(1)).item() // 0.8
 */
export function jit<A extends readonly unknown[], R>(
  f: ((...args: A) => R) & WithNumbers<R>,
  options?: JitOptions,
): Jitted<A, MapLeaves<R, Tensor>>
export function jit<A extends readonly unknown[], R>(f: (...args: A) => R, options?: JitOptions): Jitted<A, R>
export function jit<A extends readonly unknown[], R>(f: (...args: A) => R, options: JitOptions = {}): Jitted<A, R> {
  checkOptions('jit', options, ['staticArgnums', 'donateArgnums'])
  const cache = new Map<string, Traced>()
  const programs = new Set<Program>()
  let traces = 0
  let cacheHits = 0
  const name = f.name || 'anonymous'

  const jitted = (...args: A): R => {
    const statics = positions(options.staticArgnums, args.length)
    const dynamic = statics.length === 0 ? args : args.filter((_, i) => !statics.includes(i))
    const [leaves, structure] = flattenTensors(dynamic, 'jit: arguments')
    const key = `${structure.toString()}|${leaves.map((x) => typeKey(x.type)).join()}|${statics.map((i) => staticKey(args[i])).join()}|${args.length}|${axesKey()}`
    let traced = cache.get(key)
    if (traced === undefined) {
      traces++
      traced = trace(f as never, args, statics, structure, leaves)
    } else {
      cacheHits++
      cache.delete(key)
    }
    // A program that closed over tracers belongs to this one call of an outer transform.
    if (traced.constants.length === 0) {
      cache.set(key, traced)
      programs.add(traced.program)
    }
    if (cache.size > cacheSize) {
      const [oldest, { program }] = cache.entries().next().value as [string, Traced]
      cache.delete(oldest)
      programs.delete(program)
    }
    const donated = options.donateArgnums === undefined ? [] : donations(name, args, options.donateArgnums, leaves)
    const inputs = [...traced.constants, ...leaves]
    const results =
      donated.length > 0 && currentTrace() === baseTrace() && inputs.every((x) => x instanceof ConcreteTensor)
        ? runGivingUp(traced.program, inputs, donated)
        : call(traced.program, name, inputs)
    for (const { tensor, message } of donated) if (!results.includes(tensor)) tensor.donate(message)
    return unflatten(traced.outputs, results) as R
  }
  const stats = (): JitStats => {
    const executables = [...programs].flatMap(compiled)
    return Object.freeze({
      traces,
      compiles: executables.length,
      cacheHits,
      arenaBytes: Math.max(0, ...executables.map((e) => e.arenaBytes)),
    })
  }
  const cost = (...args: readonly unknown[]): Cost => {
    const statics = positions(options.staticArgnums, args.length)
    const [types, structure] = typesOf(args.filter((_, i) => !statics.includes(i)))
    const { program, constants } = trace(f as never, args, statics, structure, types)
    const first = constants.length
    const donated = positions(options.donateArgnums, args.length)
    const before = (position: number): number =>
      typesOf(args.filter((_, i) => i < position && !statics.includes(i)))[0].length
    const count = (position: number): number => typesOf([args[position]])[0].length
    return costOf(
      program,
      donated.flatMap((p) => Array.from({ length: count(p) }, (_, i) => first + before(p) + i)),
    )
  }
  return Object.assign(jitted, { stats, cost })
}

const typeKey = (x: Abstract): string => `${x.dtype}${x.weakType ? '*' : ''}${x.shape.join('x')}`

interface Donation {
  readonly tensor: ConcreteTensor
  /** What whoever uses the tensor afterwards gets to read. */
  readonly message: string
}

/** The tensors among the donated arguments. Tracers are left alone: what they stand for is another transform's. */
const donations = (
  name: string,
  args: readonly unknown[],
  argnums: number | readonly number[],
  leaves: readonly Tensor[],
): readonly Donation[] =>
  positions(argnums, args.length).flatMap((position) => {
    const paths = leafPaths(args[position])
    return flattenTensors(args[position])[0].flatMap((tensor, i): readonly Donation[] => {
      if (!(tensor instanceof ConcreteTensor)) return []
      const at = showPath(paths[i] ?? [], `argument ${position}`)
      if (leaves.indexOf(tensor) !== leaves.lastIndexOf(tensor)) {
        throw new TransformError(
          `jit: ${name} is given one tensor twice, and ${at} donates it. Pass a copy, e.g. x.add(0), or do not donate it.`,
        )
      }
      const message = `jit: ${at} of ${name}, ${showType(tensor)}, was donated, so its memory may hold something else by now. Use what ${name} returned, or leave out donateArgnums.`
      return [{ tensor, message }]
    })
  })

/** Runs a program whose results may stand where donated arguments were. */
const runGivingUp = (
  program: Program,
  inputs: readonly ConcreteTensor[],
  donated: readonly Donation[],
): readonly Tensor[] => {
  const uses = new Map<unknown, number>()
  for (const x of inputs) uses.set(x.backing(), (uses.get(x.backing()) ?? 0) + 1)
  // Numbers that another argument reads, too, have to stay.
  const alone = new Set<Tensor>(donated.flatMap(({ tensor }) => (uses.get(tensor.backing()) === 1 ? [tensor] : [])))
  const givenUp = inputs.flatMap((x, i) => (alone.has(x) ? [i] : []))
  try {
    return compile(program, givenUp).run(inputs)
  } catch (error) {
    throw explainOverflow(error)
  }
}

const positions = (argnums: JitOptions['staticArgnums'], count: number): readonly number[] => {
  if (argnums === undefined) return []
  return (typeof argnums === 'number' ? [argnums] : argnums)
    .map((n) => (n < 0 ? n + count : n))
    .filter((n) => n < count)
}

const trace = (
  f: (...args: unknown[]) => unknown,
  args: readonly unknown[],
  statics: readonly number[],
  structure: Structure,
  leaves: readonly Abstract[],
): Traced => {
  const flat = flatFunction((...dynamic: unknown[]) => {
    let next = 0
    return f(...args.map((a, i) => (statics.includes(i) ? a : dynamic[next++])))
  }, structure)
  const { program, constants } = stage(flat.call, leaves)
  return { program, constants, outputs: flat.outputStructure() }
}
