/** The matrix product. */
import { ShapeError } from '../errors.js'
import { dotGeneral } from '../primitives/dot.js'
import { broadcastTo, reshape } from '../primitives/shape.js'
import { showType } from '../print.js'
import { broadcastShapes, range, sizesBetween } from '../shape.js'
import type { Tensor, TensorLike } from '../tensor.js'
import { dualBinary } from './dual.js'
import { promoteDTypes } from './promotion.js'

const product = (a: TensorLike, b: TensorLike): Tensor => {
  const [x, y] = promoteDTypes('matmul', [a, b]) as [Tensor, Tensor]
  if (x.ndim === 0 || y.ndim === 0) {
    throw new ShapeError(`matmul: ${showType(x)} × ${showType(y)}: a scalar has no matrix product. Use np.multiply.`)
  }
  const inner = x.sizes[x.ndim - 1] as number
  const rows = y.sizes[Math.max(0, y.ndim - 2)] as number
  if (inner !== rows) throw new ShapeError(`matmul: ${mismatch(x, y, inner, rows)}`)
  if (y.ndim <= 2) return dotGeneral(x, y, { contract: [[x.ndim - 1], [0]], batch: [[], []] })
  return batched(x, y)
}

const mismatch = (x: Tensor, y: Tensor, inner: number, rows: number): string => {
  const base = `[${x.sizes}] × [${y.sizes}]: inner sizes ${inner} and ${rows} differ.`
  if (y.ndim === 2 && y.sizes[1] === inner) return `${base} Did you mean np.matmul(x, w.T)?`
  if (x.ndim === 2 && x.sizes[0] === rows) return `${base} Did you mean np.matmul(x.T, w)?`
  return `${base} The last axis of the first has to match the last but one of the second.`
}

/** Products of stacks of matrices, whose leading axes broadcast; a vector on the left is a row without its axis. */
const batched = (x: Tensor, y: Tensor): Tensor => {
  const vector = x.ndim === 1
  const rows = vector ? reshape(x, [1, x.size]) : x
  const lead = broadcastShapes('matmul', sizesBetween(rows.sizes, 0, -2), sizesBetween(y.sizes, 0, -2))
  const a = broadcastTo(rows, [...lead, ...rows.sizes.slice(-2)])
  const b = broadcastTo(y, [...lead, ...y.sizes.slice(-2)])
  const [axes, last] = [range(lead.length), lead.length + 1]
  const z = dotGeneral(a, b, { contract: [[last], [last - 1]], batch: [axes, axes] })
  return vector ? reshape(z, [...lead, z.sizes[last] as number]) : z
}

/**
 * The matrix product x @ y: [..., n, k] × [..., k, m] gives [..., n, m]; leading axes broadcast, vectors have no row or column.
 * @throws ShapeError if the inner sizes differ
 * @example np.matmul(np.array([[1, 2]]), np.array([[3], [4]])).item() // 11
 */
export const matmul = dualBinary('matmul', product)
