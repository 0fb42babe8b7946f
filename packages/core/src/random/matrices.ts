/** Samples made with matrix decompositions: multivariate normal vectors and orthogonal matrices. */

import { promoteTypes } from '../dtype.js'
import { RangeError, ShapeError } from '../errors.js'
import { operation } from '../operation.js'
import { add, mul, sign } from '../primitives/arithmetic.js'
import { convertElementType } from '../primitives/convert.js'
import { eigh } from '../primitives/eigh.js'
import { sqrt } from '../primitives/exponential.js'
import { cholesky } from '../primitives/linalg-cholesky.js'
import { adjoint, alongRows, diagonalOf, matmul } from '../primitives/matrices.js'
import { qr } from '../primitives/qr.js'
import { broadcastTo, reshape } from '../primitives/shape.js'
import { svd } from '../primitives/svd.js'
import { print } from '../print.js'
import { broadcastShapes, checkShape, type Shape, showShape } from '../shape.js'
import { show } from '../show.js'
import type { Tensor } from '../tensor.js'
import { type FloatOptions, floatDType } from './arguments.js'
import { checkKey, type Key } from './key.js'
import { gaussian } from './normal.js'

export interface MultivariateNormalOptions extends FloatOptions {
  /** How the covariance is factored; for singular ones take 'eigh' or 'svd'. */
  readonly method?: 'cholesky' | 'eigh' | 'svd'
}

const factorOf = (covariance: Tensor, method: NonNullable<MultivariateNormalOptions['method']>): Tensor => {
  if (method === 'cholesky') return cholesky(covariance)
  const n = covariance.sizes[covariance.ndim - 1] as number
  if (method === 'eigh') {
    const [v, w] = eigh(covariance)
    return mul(v, alongRows(sqrt(w), n))
  }
  if (method !== 'svd')
    throw new RangeError(`random.multivariateNormal: method ${show(method)} is none of 'cholesky', 'eigh', 'svd'.`)
  const [u, s] = svd(covariance, { fullMatrices: false })
  return mul(u, alongRows(sqrt(s), n))
}

/**
 * Normal vectors of this mean and covariance.
 * @param mean [..., n]  @param cov [..., n, n], symmetric positive definite
 * @param shape of the result without its last axis; that of the leading axes of mean and cov unless said
 * @throws ShapeError, DTypeError
 * @example random.multivariateNormal(random.key(0), np.zeros([2]), np.eye(2), [5]).shape // [5, 2]
 */
export const multivariateNormal = operation(
  'random.multivariateNormal',
  { at: 4, names: ['method', 'dtype'] },
  (key: Key, mean: Tensor, cov: Tensor, shape?: Shape | null, options: MultivariateNormalOptions = {}): Tensor => {
    const name = 'random.multivariateNormal'
    checkKey(name, key)
    const { method = 'cholesky' } = options
    const joint = promoteTypes(promoteTypes(mean.dtype, cov.dtype), 'float32')
    const dtype = floatDType(name, options.dtype ?? joint)
    if (mean.ndim < 1) throw new ShapeError(`${name}: the mean is a scalar; it has to be a vector [..., n].`)
    const n = mean.sizes[mean.ndim - 1] as number
    if (cov.ndim < 2 || cov.sizes[cov.ndim - 1] !== n || cov.sizes[cov.ndim - 2] !== n) {
      throw new ShapeError(
        `${name}: the mean is ${print(mean, true)}, so the covariance has to be [..., ${n}, ${n}], not ${print(cov, true)}.`,
      )
    }
    const common = broadcastShapes(name, mean.sizes.slice(0, -1), cov.sizes.slice(0, -2))
    const size = shape ?? common
    checkShape(name, size)
    if (showShape(broadcastShapes(name, size, common)) !== showShape(size)) {
      throw new ShapeError(
        `${name}: leading axes ${showShape(common)} of mean and covariance do not fit into the shape ${showShape(size)}.`,
      )
    }
    const factor = broadcastTo(factorOf(convertElementType(cov, dtype), method), [...size, n, n])
    const noise = reshape(gaussian(key, [...size, n], dtype), [...size, n, 1])
    return add(broadcastTo(convertElementType(mean, dtype), [...size, n]), reshape(matmul(factor, noise), [...size, n]))
  },
)

export interface OrthogonalOptions extends FloatOptions {
  /** The number of columns; n unless said. */
  readonly m?: number
}

/**
 * Matrices [n, m] with orthonormal columns (rows if m > n), evenly distributed (Mezzadri 2007, "How to generate random
 * matrices from the classical compact groups").
 * @returns [...shape, n, m]
 * @throws ShapeError, DTypeError
 * @example random.orthogonal(random.key(0), 3, [2]).shape // [2, 3, 3]
 */
export const orthogonal = operation(
  'random.orthogonal',
  { at: 3, names: ['m', 'dtype'] },
  (key: Key, n: number, shape: Shape = [], { m = n, dtype }: OrthogonalOptions = {}): Tensor => {
    checkKey('random.orthogonal', key)
    checkShape('random.orthogonal', shape)
    checkShape('random.orthogonal', [...shape, n, m])
    const noise = gaussian(key, [...shape, Math.max(n, m), Math.min(n, m)], floatDType('random.orthogonal', dtype))
    const [q, r] = qr(noise, { fullMatrices: false })
    const x = mul(q, alongRows(sign(diagonalOf(r)), Math.max(n, m)))
    return n < m ? adjoint(x) : x
  },
)
