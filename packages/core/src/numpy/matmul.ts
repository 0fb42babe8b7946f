/** The matrix product. */
import { ShapeError } from '../errors.js'
import { dotGeneral } from '../primitives/dot.js'
import { broadcastInDim, broadcastTo, reshape } from '../primitives/shape.js'
import { showType } from '../print.js'
import { broadcastShapes, range, sameShape } from '../shape.js'
import type { Tensor, TensorLike } from '../tensor.js'
import { dualBinary } from './dual.js'
import { promoteDTypes } from './promotion.js'

const product = (a: TensorLike, b: TensorLike): Tensor => {
  const [x, y] = promoteDTypes('matmul', [a, b]) as [Tensor, Tensor]
  if (x.ndim === 0 || y.ndim === 0) {
    throw new ShapeError(`matmul: ${showType(x)} × ${showType(y)}: a scalar has no matrix product. Use np.multiply.`)
  }
  const inner = x.shape[x.ndim - 1] as number
  const rows = y.shape[Math.max(0, y.ndim - 2)] as number
  if (inner !== rows) throw new ShapeError(`matmul: ${mismatch(x, y, inner, rows)}`)
  if (x.ndim <= 2 && y.ndim <= 2) return dotGeneral(x, y, { contract: [[x.ndim - 1], [0]], batch: [[], []] })
  if (y.ndim <= 2) return dotGeneral(x, y, { contract: [[x.ndim - 1], [0]], batch: [[], []] })
  return batched(x, y)
}

const mismatch = (x: Tensor, y: Tensor, inner: number, rows: number): string => {
  const base = `[${x.shape}] × [${y.shape}]: inner sizes ${inner} and ${rows} differ.`
  if (y.ndim === 2 && y.shape[1] === inner) return `${base} Did you mean np.matmul(x, w.T)?`
  if (x.ndim === 2 && x.shape[0] === rows) return `${base} Did you mean np.matmul(x.T, w)?`
  return `${base} The last axis of the first has to match the last but one of the second.`
}

/** Products of stacks of matrices, whose leading axes broadcast. */
const batched = (x: Tensor, y: Tensor): Tensor => {
  const left = x.shape.slice(0, -2)
  const right = y.shape.slice(0, -2)
  const lead = broadcastShapes('matmul', left, right)
  const vector = x.ndim === 1
  const matrices = vector ? reshape(x, [1, x.shape[0] as number]) : x
  const b = broadcastTo(y, [...lead, ...y.shape.slice(-2)])
  const columns = b.ndim - 1
  if (vector || (left.length === 0 && !sameShape(left, lead))) {
    // One matrix times many: its rows come out first, so they move behind the leading axes.
    const shape = [...lead, ...matrices.shape]
    return squeezeRow(
      stacked(broadcastInDim(matrices, shape, [lead.length, lead.length + 1]), b, lead.length, columns),
      vector,
    )
  }
  return stacked(broadcastTo(matrices, [...lead, ...matrices.shape.slice(-2)]), b, lead.length, columns)
}

const stacked = (a: Tensor, b: Tensor, lead: number, last: number): Tensor =>
  dotGeneral(a, b, { contract: [[last], [last - 1]], batch: [range(lead), range(lead)] })

const squeezeRow = (x: Tensor, vector: boolean): Tensor =>
  vector ? reshape(x, [...x.shape.slice(0, -2), x.shape[x.ndim - 1] as number]) : x

/**
 * The matrix product x @ y: [..., n, k] × [..., k, m] gives [..., n, m]; leading axes broadcast, vectors have no row or column.
 * @throws ShapeError if the inner sizes differ
 * @example np.matmul(np.array([[1, 2]]), np.array([[3], [4]])).item() // 11
 */
export const matmul = dualBinary(product)
