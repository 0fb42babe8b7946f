/** Matrix decompositions and triangular systems, over leading batch axes. */

export { type EighOptions, eigh } from '../primitives/eigh.js'
export { type CholeskyOptions, cholesky } from '../primitives/linalg-cholesky.js'
export { lu } from '../primitives/lu.js'
export { type QrOptions, qr } from '../primitives/qr.js'
export { type SvdOptions, svd } from '../primitives/svd.js'
export { type TriangularSolveOptions, triangularSolve } from '../primitives/triangular-solve.js'
