/** From the shapes of a layer, which have no batch axis, to batches that are traced, and back. */
import { type DType, type Shape, ShapeError } from '@puregrad/core'

/** The type of one tensor of a batch. */
export interface Batched {
  readonly shape: Shape
  readonly dtype: DType
}

/** How many examples a batch has that is traced for its shapes. */
export const examples = 2

/** A tree of shapes with `f` of each shape, a batch axis before it. */
export const batchOf = (shapes: unknown, f: (shape: Shape) => unknown): unknown => {
  if (Array.isArray(shapes) && shapes.every((n) => typeof n === 'number')) return f([examples, ...shapes])
  if (Array.isArray(shapes)) return shapes.map((s) => batchOf(s, f))
  if (typeof shapes !== 'object' || shapes === null) return shapes
  return Object.fromEntries(Object.entries(shapes).map(([k, s]) => [k, batchOf(s, f)]))
}

const withoutFirst = (x: unknown, rest: (shape: Shape) => Shape): unknown => {
  if (typeof x !== 'object' || x === null) return x
  if ('shape' in x && 'dtype' in x) return rest((x as Batched).shape)
  if (Array.isArray(x)) return x.map((child) => withoutFirst(child, rest))
  return Object.fromEntries(Object.entries(x).map(([k, child]) => [k, withoutFirst(child, rest)]))
}

/**
 * The shapes of a tree of tensors without their first axis.
 * @throws ShapeError for a single number, which has none
 */
export const shapesOf = (name: string, x: unknown): unknown =>
  withoutFirst(x, (shape) => {
    if (shape.length > 0) return shape.slice(1)
    throw new ShapeError(`${name}: takes a batch, and is given a single number. Give it an axis: np.expandDims(x, 0).`)
  })

/**
 * What comes out of a batch that was traced, without the batch axis.
 * @throws ShapeError if that has got lost
 */
export const outputsOf = (name: string, what: string, types: unknown): unknown =>
  withoutFirst(types, (shape) => {
    if (shape[0] === examples) return shape.slice(1)
    throw new ShapeError(
      `${name}: the ${what} turns [${examples}, …] into [${shape}] and so loses the batch axis. Keep axis 0, as in x.reshape([x.shape[0], -1]).`,
    )
  })

/** A tree of shapes as text; of tensors, those of their shapes without the first axis. */
export const writtenShapes = (x: unknown): string => JSON.stringify(withoutFirst(x, (shape) => shape.slice(1)))
