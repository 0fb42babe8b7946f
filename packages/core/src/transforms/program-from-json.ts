/** Reading programs in bundles: they hold operations by name only, and bundlers leave out modules that nothing refers to. */
import type * as E from 'fp-ts/lib/Either.js'
import * as arithmetic from '../primitives/arithmetic.js'
import * as compare from '../primitives/compare.js'
import * as concatenate from '../primitives/concatenate.js'
import * as conv from '../primitives/conv.js'
import * as convert from '../primitives/convert.js'
import * as cumulative from '../primitives/cumulative.js'
import * as dot from '../primitives/dot.js'
import * as eigh from '../primitives/eigh.js'
import * as exponential from '../primitives/exponential.js'
import * as gather from '../primitives/gather.js'
import * as hyperbolic from '../primitives/hyperbolic.js'
import * as identity from '../primitives/identity.js'
import * as iota from '../primitives/iota.js'
import * as linalgCholesky from '../primitives/linalg-cholesky.js'
import * as logical from '../primitives/logical.js'
import * as lu from '../primitives/lu.js'
import * as maximum from '../primitives/maximum.js'
import * as qr from '../primitives/qr.js'
import * as reduce from '../primitives/reduce.js'
import * as reduction from '../primitives/reduction.js'
import * as rounding from '../primitives/rounding.js'
import * as scatter from '../primitives/scatter.js'
import * as select from '../primitives/select.js'
import * as shape from '../primitives/shape.js'
import * as slice from '../primitives/slice.js'
import * as softmax from '../primitives/softmax.js'
import * as sort from '../primitives/sort.js'
import * as special from '../primitives/special.js'
import * as svd from '../primitives/svd.js'
import * as takeRows from '../primitives/take-rows.js'
import * as threefry from '../primitives/threefry.js'
import * as triangularSolve from '../primitives/triangular-solve.js'
import * as trigonometric from '../primitives/trigonometric.js'
import * as window from '../primitives/window.js'
import { type ProgramJsonError, readProgram } from '../program/json.js'
import type { Program } from '../program/program.js'
import * as checkpoint from './checkpoint.js'
import * as collectives from './collectives.js'
import * as cond from './cond.js'
import * as control from './control.js'
import * as customJvp from './custom-jvp.js'
import * as customVjp from './custom-vjp.js'
import * as jit from './jit.js'
import * as linearSolve from './linear-solve.js'
import * as scan from './scan.js'
import * as loops from './while.js'

/** Every module that defines primitives. That they are named here keeps them in a bundle that reads programs. */
const families = {
  arithmetic,
  compare,
  concatenate,
  conv,
  convert,
  cumulative,
  dot,
  eigh,
  exponential,
  gather,
  hyperbolic,
  identity,
  iota,
  linalgCholesky,
  logical,
  lu,
  maximum,
  qr,
  reduce,
  reduction,
  rounding,
  scatter,
  select,
  shape,
  slice,
  softmax,
  sort,
  special,
  svd,
  takeRows,
  threefry,
  triangularSolve,
  trigonometric,
  window,
  checkpoint,
  collectives,
  cond,
  control,
  customJvp,
  customVjp,
  jit,
  linearSolve,
  scan,
  loops,
}

/**
 * The program that `programToJson` wrote; left, with the place, for anything else.
 * @example E.isLeft(programFromJson({ version: 2 })) // true
 */
export const programFromJson = (json: unknown): E.Either<ProgramJsonError, Program> =>
  readProgram(json, Object.keys(families))
