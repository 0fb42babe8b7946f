/** Chains of matrix products. */

import { listOf } from '../../checks.js'
import { ShapeError } from '../../errors.js'
import { named } from '../../operation.js'
import { dotGeneral } from '../../primitives/dot.js'
import { reshape } from '../../primitives/shape.js'
import { showType } from '../../print.js'
import { range, showShape } from '../../shape.js'
import type { Tensor, TensorLike } from '../../tensor.js'
import { promoteDTypes } from '../promotion.js'

/** Where to cut the chain i..j first, by dynamic programming over all cuts (Cormen et al., "Introduction to Algorithms", 15.2). */
const bestCuts = (sizes: readonly number[]): readonly (readonly number[])[] => {
  const n = sizes.length - 1
  const cost = range(n).map(() => new Array<number>(n).fill(0))
  const cuts = range(n).map(() => new Array<number>(n).fill(0))
  for (let length = 1; length < n; length++) {
    for (let i = 0; i + length < n; i++) {
      const j = i + length
      let best = Number.POSITIVE_INFINITY
      for (let k = i; k < j; k++) {
        const work =
          (cost[i]?.[k] as number) +
          (cost[k + 1]?.[j] as number) +
          (sizes[i] as number) * (sizes[k + 1] as number) * (sizes[j + 1] as number)
        if (work < best) {
          best = work
          ;(cuts[i] as number[])[j] = k
        }
      }
      ;(cost[i] as number[])[j] = best
    }
  }
  return cuts
}

/**
 * The product of a chain of matrices, in the order that multiplies least. The first and the last may be vectors.
 * @throws ShapeError if inner sizes differ or a matrix has not two axes
 * @example np.linalg.multiDot([np.ones([10, 100]), np.ones([100, 5]), np.ones([5])]).shape // [10]
 */
export const multiDot = named('linalg.multiDot', (arrays: readonly TensorLike[]): Tensor => {
  listOf('multiDot', 'the first argument', arrays)
  if (arrays.length < 2) throw new ShapeError(`multiDot: needs at least two matrices, not ${arrays.length}.`)
  const tensors = promoteDTypes('multiDot', arrays)
  const first = tensors[0] as Tensor
  const last = tensors[tensors.length - 1] as Tensor
  const matrices = tensors.map((x, i) => {
    const edge = i === 0 || i === tensors.length - 1
    if (x.ndim === 2) return x
    if (edge && x.ndim === 1) return reshape(x, i === 0 ? [1, x.size] : [x.size, 1])
    throw new ShapeError(
      `multiDot: operand ${i} is ${showType(x)}; it has to be a matrix${edge ? ' or a vector' : ''}.`,
    )
  })
  matrices.slice(1).forEach((y, i) => {
    const x = matrices[i] as Tensor
    if (x.sizes[1] === y.sizes[0]) return
    throw new ShapeError(
      `multiDot: operands ${i} ${showShape(x.sizes)} and ${i + 1} ${showShape(y.sizes)}: inner sizes ${x.sizes[1]} and ${y.sizes[0]} differ.`,
    )
  })
  const cuts = bestCuts([(matrices[0] as Tensor).sizes[0] as number, ...matrices.map((x) => x.sizes[1] as number)])
  const product = (i: number, j: number): Tensor => {
    if (i === j) return matrices[i] as Tensor
    const k = cuts[i]?.[j] as number
    return dotGeneral(product(i, k), product(k + 1, j), { contract: [[1], [0]], batch: [[], []] })
  }
  const result = product(0, matrices.length - 1)
  return reshape(result, [
    ...(first.ndim === 1 ? [] : [result.sizes[0] as number]),
    ...(last.ndim === 1 ? [] : [result.sizes[1] as number]),
  ])
})
