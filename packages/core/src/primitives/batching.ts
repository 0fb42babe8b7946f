/** Moving and making batch axes; every batching rule is written with these. */
import { range } from '../shape.js'
import type { Tensor } from '../tensor.js'
import type { BatchAxis } from './primitive.js'
import { broadcastInDim, transpose } from './shape.js'

/** `x` with its batch at `to`: moved there, or repeated along a new axis if it has none. */
export const moveBatchAxis = (x: Tensor, from: BatchAxis, to: number, size: number): Tensor => {
  if (from === to) return x
  if (from === null) {
    const shape = [...x.sizes.slice(0, to), size, ...x.sizes.slice(to)]
    return broadcastInDim(
      x,
      shape,
      range(shape.length).filter((axis) => axis !== to),
    )
  }
  const order = range(x.sizes.length).filter((axis) => axis !== from)
  order.splice(to, 0, from)
  return transpose(x, order)
}

/** Operands of one shape with their batches at one axis: the first one's, so that nothing moves without need. */
export const broadcastBatch = (
  inputs: readonly Tensor[],
  axes: readonly BatchAxis[],
  size: number,
): readonly [readonly Tensor[], number] => {
  const axis = axes.find((a) => a !== null) as number
  return [inputs.map((x, i) => moveBatchAxis(x, axes[i] ?? null, axis, size)), axis]
}

/** Operands with their batches in front; those without one keep none. */
export const batchInFront = (inputs: readonly Tensor[], axes: readonly BatchAxis[]): readonly Tensor[] =>
  inputs.map((x, i) => (axes[i] === null || axes[i] === undefined ? x : moveBatchAxis(x, axes[i], 0, 0)))
