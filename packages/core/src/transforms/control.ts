/** What control-flow primitives share: running them eagerly, tracing their functions, checking loop types, moving bytes. */
import { compile } from '../compile/executable.js'
import { bytesOf, type DType, isFloat } from '../dtype.js'
import { TreeError } from '../errors.js'
import { convertElementType } from '../primitives/convert.js'
import type { ControlEmitter, Cursor, Operand, Params, Primitive } from '../primitives/primitive.js'
import { showType } from '../print.js'
import { memoByProgram, type Program, Var } from '../program/program.js'
import { sameShape, sizeOf } from '../shape.js'
import { type Abstract, ConcreteTensor, type Tensor } from '../tensor.js'
import { stage } from '../trace/stage.js'
import { flatFunction } from '../tree/flat-function.js'
import { leafPaths, type Structure, showPath, unflatten } from '../tree/structure.js'

/** Evaluates a control-flow primitive by compiling it alone; remembered with the program that `params` hold. */
export const runCompiled = (
  primitive: () => Primitive,
  of: (params: never) => Program,
  key: (params: never) => string,
) => {
  const single = memoByProgram(
    (params: Params, types: readonly Abstract[]) => `${key(params as never)}|${types.map(showType).join()}`,
    (_: Program, params: Params, types: readonly Abstract[]): Program => {
      const inputs = types.map((t) => new Var(t))
      const outputs = primitive()
        .abstract(types, params)
        .map((t) => new Var(t))
      return { inputs, equations: [{ primitive: primitive(), inputs, params, outputs }], outputs }
    },
  )
  return (inputs: readonly Tensor[], params: Params): readonly Tensor[] =>
    compile(
      single(
        of(params as never),
        params,
        inputs.map((x) => x.type),
      ),
    ).run(inputs as readonly ConcreteTensor[])
}

export const bytesOfOperand = (x: Operand): number => sizeOf(x.shape) * bytesOf(x.dtype)

/** A cursor that starts at an operand's place, and the operand wherever the cursor is. */
export const cursorAt = (emit: ControlEmitter, at: Operand): { readonly cursor: Cursor; readonly operand: Operand } => {
  const cursor = emit.cursor()
  cursor.point(at.pointer)
  return { cursor, operand: { ...at, pointer: cursor.pointer } }
}

/** A function of a control-flow operation as a program. */
export interface TracedFunction {
  readonly program: Program
  /** Tracers that it closed over: the program's first inputs. */
  readonly constants: readonly Tensor[]
  readonly outputs: Structure
}

export const traceFunction = (
  f: (...args: never[]) => unknown,
  structure: Structure,
  types: readonly Abstract[],
): TracedFunction => {
  const flat = flatFunction(f, structure)
  const recording = stage(flat.call, types)
  return { ...recording, outputs: flat.outputStructure() }
}

/** Where programs of several functions each start with constants of their own: the same programs with the constants of all. */
export const shareConstants = (
  functions: readonly TracedFunction[],
): { readonly programs: readonly Program[]; readonly constants: readonly Tensor[] } => {
  const constants = [...new Set(functions.flatMap((f) => f.constants))]
  const programs = functions.map((f) => {
    const own = new Map(f.constants.map((c, i) => [c, f.program.inputs[i] as Var]))
    const first = constants.map((c) => own.get(c) ?? new Var(c))
    return { ...f.program, inputs: [...first, ...f.program.inputs.slice(f.constants.length)] }
  })
  return { programs, constants }
}

/** `true` for a known number that an integer type would truncate. */
export const losesFraction = (x: Tensor, to: DType): boolean =>
  x instanceof ConcreteTensor && !isFloat(to) && to !== 'bool' && x.view().array.some((n) => !Number.isInteger(n))

/**
 * A loop's carry has one type from start to end. Weakly typed starts (JS numbers) take the type that the body returns.
 * @returns the start to trace again with, or null if types agree
 */
export const settleCarry = (
  operation: string,
  init: readonly Tensor[],
  initStructure: Structure,
  returned: readonly Abstract[],
  returnedStructure: Structure,
): readonly Tensor[] | null => {
  if (!initStructure.equals(returnedStructure)) {
    throw new TreeError(
      `${operation}: the body has to return a carry of the structure it was given, ${initStructure.toString()}, not ${returnedStructure.toString()}.`,
    )
  }
  const paths = leafPaths(unflatten(initStructure, init))
  let changed = false
  const settled = init.map((x, i) => {
    const y = returned[i] as Abstract
    const fits = sameShape(x.sizes, y.shape) && (x.dtype === y.dtype || x.weakType)
    if (!fits) {
      throw new TreeError(
        `${operation}: the carry changes type: ${showPath(paths[i] ?? [], 'carry')} comes in as ${showType(x)} and is returned as ${showType(y)}. ` +
          'Start with the final shape and dtype (np.zeros, x.astype).',
      )
    }
    if (x.dtype === y.dtype && (x.weakType === y.weakType || !x.weakType)) return x
    if (losesFraction(x, y.dtype)) {
      throw new TreeError(
        `${operation}: the carry changes type: ${showPath(paths[i] ?? [], 'carry')} starts as the number ${x.item()} and is returned as ${showType(y)}, which would cut it. ` +
          "Let the body return a float (y.astype('float32')), or start with a whole number.",
      )
    }
    changed = true
    return convertElementType(x, y.dtype, y.weakType)
  })
  return changed ? settled : null
}
