/**
 * Tagged errors: every mistake of a user names the operation, the shapes or dtypes, and the likely cure.
 * `_tag` makes them matchable as data: `if (e instanceof PuregradError && e._tag === 'ShapeError') …`.
 */
export abstract class PuregradError extends Error {
  abstract readonly _tag: string
  constructor(message: string) {
    super(message)
    this.name = new.target.name
  }
}

/** Shapes, axes or sizes that do not fit together. */
export class ShapeError extends PuregradError {
  readonly _tag = 'ShapeError'
}

/** A dtype that an operation does not take, or that cannot be represented. */
export class DTypeError extends PuregradError {
  readonly _tag = 'DTypeError'
}

/** A pytree with a leaf or container that is not allowed, or trees whose structures differ. The message names the path. */
export class TreeError extends PuregradError {
  readonly _tag = 'TreeError'
}

/** A traced value was asked for its number, as in `if (x > 0)`, `x.item()` or `x + 1` inside `jit`. */
export class ConcretizationError extends PuregradError {
  readonly _tag = 'ConcretizationError'
}

/** A traced value outlived the transform that made it, usually by being stored in an outer variable. */
export class LeakedTracerError extends PuregradError {
  readonly _tag = 'LeakedTracerError'
}

/** An index, axis or size that lies outside what it indexes. */
export class RangeError extends PuregradError {
  readonly _tag = 'RangeError'
}

/** A transform asked for a derivative or a rule that does not exist mathematically, such as reverse mode over `whileLoop`. */
export class TransformError extends PuregradError {
  readonly _tag = 'TransformError'
}

/** The WebAssembly memory cannot grow to what an operation or a program needs. */
export class OutOfMemoryError extends PuregradError {
  readonly _tag = 'OutOfMemoryError'
}
