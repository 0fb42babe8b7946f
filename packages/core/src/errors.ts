/**
 * Tagged errors: every mistake of a user names the operation, the shapes or dtypes, and the likely cure.
 * `_tag` makes them matchable as data: `if (e instanceof PuregradError && e._tag === 'ShapeError') …`.
 */
export abstract class PuregradError extends Error {
  abstract readonly _tag: string
  // Not the name of the class: minifiers change it.
  override get name(): string {
    return this._tag
  }
}

/**
 * Shapes, axes or sizes that do not fit together.
 * @example np.matmul(np.ones([128, 784]), np.ones([512, 784])) // throws ShapeError: matmul
 */
export class ShapeError extends PuregradError {
  readonly _tag = 'ShapeError'
}

/**
 * A dtype that an operation does not take, or that cannot be represented.
 * @example grad((x: Tensor) => x.mul(x))(np.array(3, { dtype: 'int32' })) // throws DTypeError: grad
 */
export class DTypeError extends PuregradError {
  readonly _tag = 'DTypeError'
}

/**
 * A pytree with a leaf or container that is not allowed, or trees whose structures differ. The message names the path.
 * @example tree.leaves({ born: new Date(0) }) // throws TreeError: tree.born is
 */
export class TreeError extends PuregradError {
  readonly _tag = 'TreeError'
}

/**
 * A traced value was asked for its number, as in `if (x > 0)`, `x.item()` or `x + 1` inside `jit`.
 * @example jit((x: Tensor) => (x.item() > 0 ? x : x.neg()))(np.array(1)) // throws ConcretizationError: item
 */
export class ConcretizationError extends PuregradError {
  readonly _tag = 'ConcretizationError'
}

/**
 * A traced value outlived the transform that made it, usually by being stored in an outer variable.
 * @example
 * const kept: Tensor[] = []
 * jit((x: Tensor) => (kept.push(x), x))(np.array(1))
 * kept[0]?.add(1) // throws LeakedTracerError
 */
export class LeakedTracerError extends PuregradError {
  readonly _tag = 'LeakedTracerError'
}

/**
 * An index, axis or size that lies outside what it indexes.
 * @example np.array([1, 2]).at(5).get() // throws RangeError
 */
export class RangeError extends PuregradError {
  readonly _tag = 'RangeError'
}

/**
 * A transform asked for a derivative or a rule that does not exist mathematically, such as reverse mode over `whileLoop`.
 * @example
 * const doubled = (x: Tensor) => whileLoop((c: Tensor) => c.lt(100), (c: Tensor) => c.mul(2), x)
 * grad(doubled)(np.array(3)) // throws TransformError: whileLoop: reverse mode
 */
export class TransformError extends PuregradError {
  readonly _tag = 'TransformError'
}

/**
 * A program that nobody could have traced: `path` says which equation, and which of its parameters, is wrong.
 * @example
 * const program = makeProgram((x: Tensor) => x.mul(2))(np.array(1))
 * evaluateProgram({ ...program, inputs: [] }, []) // throws ProgramError: program.equations[0].inputs[0]
 */
export class ProgramError extends PuregradError {
  readonly _tag = 'ProgramError'
  constructor(
    readonly path: string,
    readonly fault: string,
  ) {
    super(`${path}: ${fault}.`.replace(/\.\.$/, '.'))
  }
}

/** The WebAssembly memory cannot grow to what an operation or a program needs. */
export class OutOfMemoryError extends PuregradError {
  readonly _tag = 'OutOfMemoryError'
}

/**
 * An argument that a function does not take: an option that it does not have, or something that is no tensor.
 * @example np.sum(np.ones([2, 3]), { axes: 0 } as object) // throws ArgumentError: sum: there is no option 'axes'
 */
export class ArgumentError extends PuregradError {
  readonly _tag = 'ArgumentError'
}

/** Something stands where a tensor should; whoever knows whose argument it is says so. */
export class OperandError extends ArgumentError {
  constructor(
    readonly operand: unknown,
    readonly why: string,
    where = '',
  ) {
    super(where === '' ? why : `${where} ${why}`)
  }
}

/**
 * A tensor was used after it had been given to a function that was allowed to reuse its memory.
 * @example
 * const step = jit((w: Tensor) => w.mul(2), { donateArgnums: 0 })
 * const w = np.ones([3])
 * step(w)
 * w.add(1) // throws DonatedTensorError: jit: argument 0 of
 */
export class DonatedTensorError extends PuregradError {
  readonly _tag = 'DonatedTensorError'
}

/** What runs this lacks something that the library needs: WebAssembly, SIMD, or room on the call stack. */
export class EnvironmentError extends PuregradError {
  readonly _tag = 'EnvironmentError'
}

/** A thread that shared an operation failed in the middle of it. */
export class WorkerError extends PuregradError {
  readonly _tag = 'WorkerError'
}
