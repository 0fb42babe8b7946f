/** Orthogonal matrices, uniform among all of them. */
import { np, operation, random, ShapeError } from '@puregrad/core'
import { sizeOf } from '../plan.js'
import type { Initializer } from './initializer.js'

export interface OrthogonalOptions {
  /** 1 unless said. */
  readonly scale?: number
  /** The axis whose slices are orthogonal columns: −1 unless said. */
  readonly columnAxis?: number
}

/**
 * Orthonormal columns, or rows if there are fewer: the Q of a normal matrix, its signs made uniform by those of R's diagonal.
 * @throws ShapeError for fewer than two axes
 * @example
 * const q = nn.initializers.orthogonal()(random.key(0), [3, 3])
 * np.allclose(q.T.matmul(q), np.eye(3), { atol: 1e-6 }) // true
 */
export const orthogonal = operation(
  'initializers.orthogonal',
  { at: 0, names: ['scale', 'columnAxis'] },
  ({ scale = 1, columnAxis = -1 }: OrthogonalOptions = {}): Initializer =>
    (key, shape, { dtype = 'float32' } = {}) => {
      const axis = columnAxis < 0 ? columnAxis + shape.length : columnAxis
      const columns = shape[axis]
      if (shape.length < 2 || columns === undefined) {
        throw new ShapeError(
          `orthogonal: [${shape}] is no matrix. It takes two axes or more, one of them ${columnAxis}.`,
        )
      }
      const rest = shape.filter((_, i) => i !== axis)
      const rows = sizeOf(rest)
      const [long, short] = rows > columns ? [rows, columns] : [columns, rows]
      const [q, r] = np.linalg.qr(random.normal(key, [long, short], { dtype }))
      const signed = q.mul(np.sign(np.diagonal(r)))
      const matrix = columns < rows ? signed.T : signed
      return np.moveaxis(matrix.reshape([columns, ...rest]), 0, axis).mul(scale)
    },
)
