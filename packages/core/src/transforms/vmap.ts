/** `vmap`: a function of one example becomes a function of a batch. */

import { ShapeError, TreeError } from '../errors.js'
import { checkOptions } from '../operation.js'
import { moveBatchAxis } from '../primitives/batching.js'
import type { BatchAxis } from '../primitives/primitive.js'
import { showType } from '../print.js'
import { canonicalAxis } from '../shape.js'
import type { Tensor } from '../tensor.js'
import { withAxis } from '../trace/axes.js'
import { batchFlat } from '../trace/batch.js'
import { flatFunction, flattenTensors } from '../tree/flat-function.js'
import { broadcastPrefix, leafPaths, type MapLeaves, showPath, unflatten, type WithNumbers } from '../tree/structure.js'

/** An axis for every leaf below; null for none. Trees of these mirror the arguments, or the result, as prefixes. */
export type AxisTree = number | null | readonly AxisTree[] | { readonly [key: string]: AxisTree }

export interface VmapOptions {
  /** Which axis of the arguments is the batch: one for all of them, or a list with one per argument. Default 0. */
  readonly inAxes?: AxisTree
  /** Where the batch is in the result. Default 0. */
  readonly outAxes?: AxisTree
  /** The size of the batch, needed only if no argument has one. */
  readonly axisSize?: number
  /** A name for collectives such as `lax.psum(x, name)`. */
  readonly axisName?: string
}

const isAxis = (x: unknown): x is number | null => x === null || typeof x === 'number'

/**
 * Vectorises a function: `vmap(f)(xs)` is the stack of `f(x)` over the batch axis, computed at once.
 * @throws ShapeError if batch sizes differ or no argument is batched
 * @example vmap((x: Tensor) => x.mul(x).sum())(np.array([[1, 2], [3, 4]])).toArray() // [5, 25]
 */
export function vmap<A extends readonly unknown[], R>(
  f: ((...args: A) => R) & WithNumbers<R>,
  options?: VmapOptions,
): (...args: A) => MapLeaves<R, Tensor>
export function vmap<A extends readonly unknown[], R>(f: (...args: A) => R, options?: VmapOptions): (...args: A) => R
export function vmap<A extends readonly unknown[], R>(
  f: (...args: A) => R,
  options: VmapOptions = {},
): (...args: A) => R {
  checkOptions('vmap', options, ['inAxes', 'outAxes', 'axisSize', 'axisName'])
  return (...args) => {
    const { inAxes = 0, outAxes = 0, axisName = null } = options
    const [leaves, structure] = flattenTensors([...args], 'vmap: arguments')
    if (Array.isArray(inAxes) && inAxes.length !== args.length) {
      throw new TreeError(
        `vmap: inAxes has ${inAxes.length} entries and the function was called with ${args.length} arguments.`,
      )
    }
    const axes: readonly BatchAxis[] = broadcastPrefix('vmap inAxes', inAxes, [...args], isAxis).map((axis, i) =>
      axis === null ? null : canonicalAxis('vmap', axis, (leaves[i] as Tensor).sizes.length),
    )
    const size = batchSize(leaves, axes, options.axisSize, args)
    const axis = { size, name: axisName }
    const flat = flatFunction(f as (...a: never[]) => unknown, structure)
    const [outputs, outputAxes] = withAxis(axis, () => batchFlat(flat.call, leaves, axes, axis))
    const result = unflatten(flat.outputStructure(), outputs)
    const wanted = broadcastPrefix('vmap outAxes', outAxes, result, isAxis)
    return unflatten(
      flat.outputStructure(),
      outputs.map((y, i) => {
        const to = wanted[i] ?? null
        const from = outputAxes[i] ?? null
        if (to === null) {
          if (from === null) return y
          throw new ShapeError('vmap: outAxes is null for a result that depends on the batch. Give it an axis.')
        }
        const rank = y.sizes.length + (from === null ? 1 : 0)
        return moveBatchAxis(y, from, canonicalAxis('vmap outAxes', to, rank), size)
      }),
    ) as R
  }
}

const batchSize = (
  leaves: readonly Tensor[],
  axes: readonly BatchAxis[],
  given: number | undefined,
  args: readonly unknown[],
): number => {
  let size = given
  let first = 'axisSize'
  const paths = leafPaths([...args])
  const name = (i: number): string => {
    const [argument, ...rest] = paths[i] as readonly [number, ...(string | number)[]]
    return showPath(rest, `argument ${argument}`)
  }
  axes.forEach((axis, i) => {
    if (axis === null) return
    const x = leaves[i] as Tensor
    const n = x.sizes[axis] as number
    if (size === undefined) first = `${name(i)} ${showType(x)} at axis ${axis}`
    size ??= n
    if (n !== size) {
      throw new ShapeError(
        `vmap: batch sizes differ: ${size} for ${first}, ${n} for ${name(i)} ${showType(x)} at axis ${axis}. Pass inAxes with null for what is not batched.`,
      )
    }
  })
  if (size === undefined) throw new ShapeError('vmap: no argument is batched. Check inAxes, or give axisSize.')
  return size
}
