/** `np.linalg`: products first, then equations and determinants, decompositions, norms. */
export { matmul } from '../matmul.js'
export { cross, tensordot, vecdot } from '../products.js'
export { matrixTranspose } from '../shaping.js'
export {
  type CholeskyOptions,
  cholesky,
  cond,
  type EighOptions,
  eigh,
  eigvalsh,
  lstsq,
  matrixRank,
  pinv,
  type QrOptions,
  qr,
  type SvdOptions,
  svd,
  svdvals,
} from './decompositions.js'
export { det, slogdet } from './determinant.js'
export { multiDot } from './multi-dot.js'
export { matrixNorm, type NormOptions, type NormOrder, norm, vectorNorm } from './norms.js'
export { diagonal, type OffsetOptions, outer, trace } from './products.js'
export { inv, matrixPower, solve, tensorinv, tensorsolve } from './solve.js'
