/** Looking at functions without running them: result types, and programs. */
import type { DType } from '../dtype.js'
import { ShapeError } from '../errors.js'
import type { Program } from '../program/program.js'
import { seal } from '../program/seal.js'
import { frozenShape, type Shape } from '../shape.js'
import { type Abstract, Tensor, type TensorLike, toTensor } from '../tensor.js'
import { stage } from '../trace/stage.js'
import { flatFunction, flattenTensors } from '../tree/flat-function.js'
import { isLeaf, type MapLeaves, type Structure, takeApart, unflatten } from '../tree/structure.js'

/** The type of one tensor. */
export interface ShapeDType {
  readonly shape: Shape
  readonly dtype: DType
}

const isShapeDType = (x: unknown): x is ShapeDType =>
  typeof x === 'object' &&
  x !== null &&
  !(x instanceof Tensor) &&
  'shape' in x &&
  'dtype' in x &&
  Array.isArray(x.shape)

/** Types and structure of a tree whose leaves are tensors, numbers, or `{ shape, dtype }`. */
export const typesOf = (tree: unknown): readonly [readonly Abstract[], Structure] => {
  const found: Abstract[] = []
  const mark = (x: unknown): unknown => {
    if (isShapeDType(x)) {
      found.push({ shape: x.shape, dtype: x.dtype, weakType: false })
      return 0
    }
    if (isLeaf(x)) {
      found.push(toTensor(x as TensorLike))
      return 0
    }
    if (Array.isArray(x)) return x.map(mark)
    if (typeof x !== 'object' || x === null) return x
    return Object.fromEntries(
      Object.keys(x)
        .sort()
        .map((k) => [k, mark((x as Record<string, unknown>)[k])]),
    )
  }
  const [, structure] = takeApart(mark(tree))
  return [found, structure]
}

/**
 * Shapes and dtypes that `f` would return, without computing anything. Arguments may be tensors or `{ shape, dtype }`.
 * @example evalShape((x: Tensor) => x.sum(), { shape: [1000, 1000], dtype: 'float32' }) // { shape: [], dtype: 'float32' }
 */
export const evalShape = <R>(f: (...args: never[]) => R, ...args: readonly unknown[]): MapLeaves<R, ShapeDType> => {
  const [inputs, structure] = typesOf([...args])
  const flat = flatFunction(f, structure)
  const { program } = stage(flat.call, inputs)
  return unflatten(
    flat.outputStructure(),
    program.outputs.map(({ abstract: { shape, dtype } }) => Object.freeze({ shape: frozenShape(shape), dtype })),
  ) as MapLeaves<R, ShapeDType>
}

/** A traced function that can be looked at. */
export interface TracedProgram extends Program {
  toString(): string
}

/**
 * The program that `f` becomes for these arguments: what `jit` compiles. `String(program)` prints it like a jaxpr.
 * @throws ShapeError if the function closes over a tracer of an outer transform
 * @example String(makeProgram((x: Tensor) => x.mul(2))(np.array(1))) // { lambda a:float32[] . let b:float32[] = mul a 2.0 in (b) }
 */
export const makeProgram =
  <A extends readonly unknown[]>(f: (...args: A) => unknown) =>
  (...args: A): TracedProgram => {
    const [leaves, structure] = flattenTensors([...args])
    const flat = flatFunction(f as (...a: never[]) => unknown, structure)
    const { program, constants } = stage(flat.call, leaves)
    if (constants.length > 0)
      throw new ShapeError('makeProgram: the function closes over a tracer. Pass it as an argument.')
    return seal(program)
  }
