/** The diagonal of two axes, as a strided slice. */
import { ShapeError } from '../errors.js'
import { reshape, transpose } from '../primitives/shape.js'
import { sliceAxis } from '../primitives/slice.js'
import { canonicalAxis, range, showShape } from '../shape.js'
import type { Tensor } from '../tensor.js'

/** The diagonal of the last two axes, or the one `offset` above it, as the last axis. */
export const lastDiagonal = (x: Tensor, offset = 0): Tensor => {
  const rank = x.ndim
  const [rows, columns] = [x.sizes[rank - 2] as number, x.sizes[rank - 1] as number]
  const [row, column] = offset < 0 ? [-offset, 0] : [0, offset]
  const n = Math.max(0, Math.min(rows - row, columns - column))
  const flat = reshape(x, [...x.sizes.slice(0, -2), rows * columns])
  const start = n === 0 ? 0 : row * columns + column
  return sliceAxis(flat, rank - 2, start, n === 0 ? 0 : start + (n - 1) * (columns + 1) + 1, columns + 1)
}

/** The diagonal of two axes, as the last axis. @throws ShapeError unless they are two */
export const diagonalOf = (operation: string, x: Tensor, offset: number, axis1: number, axis2: number): Tensor => {
  if (x.ndim < 2)
    throw new ShapeError(`${operation}: ${showShape(x.sizes)} has no diagonal; it needs at least two axes.`)
  const [a, b] = [axis1, axis2].map((axis) => canonicalAxis(operation, axis, x.ndim)) as [number, number]
  if (a === b)
    throw new ShapeError(`${operation}: axis ${axis1} and axis ${axis2} are the same; a diagonal runs between two.`)
  return lastDiagonal(transpose(x, [...range(x.ndim).filter((i) => i !== a && i !== b), a, b]), offset)
}
