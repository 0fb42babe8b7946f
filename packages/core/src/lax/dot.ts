/** Products of tensors. */

import { listOf, wholeNumbers } from '../checks.js'
import type { DType } from '../dtype.js'
import { ShapeError } from '../errors.js'
import { operation } from '../operation.js'
import { dotGeneral as dotGeneralOf } from '../primitives/dot.js'
import { showType } from '../print.js'
import { range } from '../shape.js'
import type { Tensor } from '../tensor.js'

/** `[[lhs contracting, rhs contracting], [lhs batch, rhs batch]]` axes. */
export type DotDimensions = readonly [
  contract: readonly [readonly number[], readonly number[]],
  batch: readonly [readonly number[], readonly number[]],
]

export interface DotOptions {
  /** The dtype to multiply and sum in, and of the result. */
  readonly preferredElementType?: DType
}

/**
 * Σ x·y over contracting axes, for each index of the batch axes; the result has the batch axes, x's others, y's others.
 * @throws ShapeError, DTypeError
 * @example lax.dotGeneral(np.ones([2, 3]), np.ones([4, 3]), [[[1], [1]], [[], []]]).shape // [2, 4]
 */
export const dotGeneral = operation(
  'dotGeneral',
  { at: 3, names: ['preferredElementType'] },
  (x: Tensor, y: Tensor, dimensions: DotDimensions, options: DotOptions = {}): Tensor => {
    const pairs = listOf('dotGeneral', 'the dimensions [contract, batch]', dimensions) as DotDimensions
    for (const role of [0, 1] as const) {
      const pair = listOf('dotGeneral', role === 0 ? 'contract' : 'batch', pairs[role])
      for (const side of [0, 1] as const)
        wholeNumbers('dotGeneral', `${role === 0 ? 'contract' : 'batch'}[${side}]`, pair[side] as readonly number[])
    }
    return dotGeneralOf(x, y, { contract: pairs[0], batch: pairs[1] }, options.preferredElementType)
  },
)

/**
 * Vector or matrix product.
 * @throws ShapeError for other ranks
 * @example lax.dot(np.array([1, 2]), np.array([3, 4])).item() // 11
 */
export const dot = operation(
  'dot',
  { at: 2, names: ['preferredElementType'] },
  (x: Tensor, y: Tensor, options: DotOptions = {}): Tensor => {
    if (x.ndim < 1 || x.ndim > 2 || y.ndim < 1 || y.ndim > 2) {
      throw new ShapeError(
        `dot: takes vectors and matrices, not ${showType(x)} and ${showType(y)}. Use np.matmul or dotGeneral.`,
      )
    }
    if (x.sizes[x.ndim - 1] !== y.sizes[0]) {
      const cure = x.sizes[x.ndim - 1] === y.sizes[1] ? ' Did you mean y.T?' : ''
      throw new ShapeError(
        `dot: ${showType(x)} × ${showType(y)}: inner sizes ${x.sizes[x.ndim - 1]} and ${y.sizes[0]} differ.${cure}`,
      )
    }
    return dotGeneral(
      x,
      y,
      [
        [[x.ndim - 1], [0]],
        [[], []],
      ],
      options,
    )
  },
)

/** Matrix products over equal leading batch axes. @throws ShapeError @example lax.batchMatmul(np.ones([5, 2, 3]), np.ones([5, 3, 4])).shape // [5, 2, 4] */
export const batchMatmul = operation(
  'batchMatmul',
  { at: 2, names: ['preferredElementType'] },
  (x: Tensor, y: Tensor, options: DotOptions = {}): Tensor => {
    if (x.ndim < 2 || x.ndim !== y.ndim) {
      throw new ShapeError(
        `batchMatmul: takes two tensors of one rank ≥ 2, not ${showType(x)} and ${showType(y)}. np.matmul broadcasts.`,
      )
    }
    const batch = range(x.ndim - 2)
    return dotGeneral(
      x,
      y,
      [
        [[x.ndim - 1], [x.ndim - 2]],
        [batch, batch],
      ],
      options,
    )
  },
)
