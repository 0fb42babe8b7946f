/** What reductions share: axes kept with size 1, and the dtype that sums run in. */
import type { DType } from '../dtype.js'
import { reshape } from '../primitives/shape.js'
import { mapSizes, type Shape } from '../shape.js'
import type { Tensor } from '../tensor.js'

/** The shape with 1 for each reduced axis. */
const keptShape = (shape: Shape, axes: readonly number[]): number[] =>
  mapSizes(shape, (n, i) => (axes.includes(i) ? 1 : n))

/** Puts reduced axes back with size 1 if asked. */
export const keepAxes = (y: Tensor, shape: Shape, axes: readonly number[], keepdims: boolean | undefined): Tensor =>
  keepdims ? reshape(y, keptShape(shape, axes)) : y

/** Bools and narrow unsigned integers are summed in 32 bits, as in JAX. */
export const accumulationType = (dtype: DType): DType =>
  dtype === 'bool' ? 'int32' : dtype === 'uint8' ? 'uint32' : dtype
