/** `np.linalg`: products first, then equations and determinants, decompositions, norms. */
export { matmul } from '../matmul.js'
export { cross, tensordot, vecdot } from '../products.js'
export { matrixTranspose } from '../shaping.js'
export {
  type CholeskyOptions,
  cholesky,
  type CondOptions,
  cond,
  type EighOptions,
  eigh,
  eigvalsh,
  type LstsqOptions,
  lstsq,
  matrixRank,
  type RankOptions,
  pinv,
  type QrOptions,
  qr,
  type SvdOptions,
  svd,
  svdvals,
} from './decompositions.js'
export { det, slogdet } from './determinant.js'
export { multiDot } from './multi-dot.js'
export {
  type MatrixNormOptions,
  matrixNorm,
  type NormOptions,
  type NormOrder,
  norm,
  type VectorNormOptions,
  vectorNorm,
} from './norms.js'
export { diagonal, type OffsetOptions, outer, trace } from './products.js'
export {
  inv,
  matrixPower,
  solve,
  type TensorinvOptions,
  type TensorsolveOptions,
  tensorinv,
  tensorsolve,
} from './solve.js'
export { sqrtm } from './sqrtm.js'
