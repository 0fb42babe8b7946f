/** `np.linalg`: products first, then equations and determinants, decompositions, norms. */
export { matmul } from '../matmul.js'
export { cross, tensordot, vecdot } from '../products.js'
export { multiDot } from './multi-dot.js'
export { matrixTranspose } from '../shaping.js'
export { diagonal, type OffsetOptions, outer, trace } from './products.js'
export { inv, matrixPower, solve, tensorinv, tensorsolve } from './solve.js'
export { det, slogdet } from './determinant.js'
export {
  cholesky,
  type CholeskyOptions,
  cond,
  eigh,
  type EighOptions,
  eigvalsh,
  lstsq,
  matrixRank,
  pinv,
  qr,
  type QrOptions,
  svd,
  type SvdOptions,
  svdvals,
} from './decompositions.js'
export { matrixNorm, norm, type NormOptions, type NormOrder, vectorNorm } from './norms.js'
