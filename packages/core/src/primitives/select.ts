/** Choice by a mask, and clamping between bounds. */
import { kernelSuffix, widthOf } from '../dtype.js'
import { DTypeError, ShapeError } from '../errors.js'
import { showType } from '../print.js'
import { sameShape } from '../shape.js'
import { type Abstract, Tensor, toTensor, uniform } from '../tensor.js'
import { add } from './arithmetic.js'
import { broadcastBatch } from './batching.js'
import { ge, gt, lt } from './compare.js'
import { checkDomain, checkSame, constantLike, emitLoops } from './elementwise.js'
import { and } from './logical.js'
import {
  bind1,
  LinearInput,
  type MaybeZero,
  type Operand,
  ownElements,
  ownRows,
  type Params,
  primitive,
} from './primitive.js'
import { broadcastTo } from './shape.js'

const zeroLike = (x: Abstract): Tensor => uniform(0, x)

const selectP = primitive<Params>({
  name: 'select',
  operands: 3,
  parameters: {},
  rows: ownRows,
  abstract: ([mask, ...cases]) => {
    const { shape, dtype } = mask as Abstract
    if (dtype !== 'bool') {
      throw new DTypeError(`select: the mask is ${showType(mask as Abstract)}; it has to be bool, such as x.gt(0).`)
    }
    const type = checkSame('select', cases)
    if (!sameShape(shape, type.shape)) {
      throw new ShapeError(
        `select: the mask ${showType(mask as Abstract)} and the cases ${showType(type)} differ in shape. np.where broadcasts.`,
      )
    }
    return [type]
  },
  accepts: 'broadcast',
  elements: ownElements,
  lower: (emit, inputs, [y]) => emitLoops(emit, `select_${widthOf((y as Operand).dtype)}`, inputs, y as Operand),
  jvp: ([mask, x, y], [, dx, dy]) => {
    const z = select(mask as Tensor, x as Tensor, y as Tensor)
    return [[z], [dx || dy ? select(mask as Tensor, dx ?? zeroLike(z), dy ?? zeroLike(z)) : null]]
  },
  transpose: ([ct], [mask, x, y]) => {
    const cotangent = ct as Tensor
    return [
      null,
      x instanceof LinearInput ? select(mask as Tensor, cotangent, zeroLike(cotangent)) : null,
      y instanceof LinearInput ? select(mask as Tensor, zeroLike(cotangent), cotangent) : null,
    ]
  },
  batch: (inputs, axes, _, { size }) => {
    const [[mask, x, y], axis] = broadcastBatch(inputs, axes, size)
    return [[select(mask as Tensor, x as Tensor, y as Tensor)], [axis]]
  },
})

/**
 * `onTrue` where `mask` is true, `onFalse` elsewhere. The mask has the shape of the cases or is a scalar. The derivative of
 * the case that is not taken is 0, whatever its value, so long as its own derivative is finite.
 * @throws ShapeError, DTypeError
 * @example lax.select(np.array([true, false]), np.array([1, 2]), 0) // [1, 0]
 */
export const select = (mask: Tensor, onTrue: Tensor | number, onFalse: Tensor | number): Tensor => {
  const like = onTrue instanceof Tensor ? onTrue : onFalse instanceof Tensor ? onFalse : null
  const cases = [onTrue, onFalse].map((x) => {
    if (x instanceof Tensor) return x
    return like === null ? broadcastTo(toTensor(x), mask.sizes) : constantLike('select', x, like)
  }) as [Tensor, Tensor]
  const full = mask.sizes.length === 0 ? broadcastTo(mask, cases[0].sizes) : mask
  return bind1(selectP, [full, ...cases], {})
}

/**
 * `cases[which]` for every element. `which` is bool (two cases) or int32; outside the cases it counts as the nearest one.
 * @throws ShapeError without cases, DTypeError if `which` is neither
 * @example lax.selectN(np.array([0, 2], { dtype: 'int32' }), np.zeros([2]), np.ones([2]), np.full([2], 5)) // [0, 5]
 */
export const selectN = (which: Tensor, ...cases: readonly Tensor[]): Tensor => {
  const [first, ...rest] = cases
  if (first === undefined) throw new ShapeError('selectN: needs at least one case after `which`.')
  if (which.dtype === 'bool') {
    if (cases.length > 2)
      throw new DTypeError(`selectN: a bool chooses between 2 cases, not ${cases.length}. Use an int32.`)
    return rest[0] === undefined ? first : select(which, rest[0], first)
  }
  if (which.dtype !== 'int32')
    throw new DTypeError(`selectN: \`which\` is ${showType(which)}; it has to be bool or int32.`)
  return rest.reduce((chosen, x, i) => select(ge(which, i + 1), x, chosen), first)
}

const clampP = primitive<Params>({
  name: 'clamp',
  operands: 3,
  parameters: {},
  rows: ownRows,
  abstract: (inputs) => {
    const type = checkSame('clamp', inputs)
    checkDomain('clamp', type.dtype, 'number')
    return [{ ...type, weakType: (inputs[1] as Abstract).weakType }]
  },
  accepts: 'broadcast',
  elements: ownElements,
  lower: (emit, inputs, [y]) => emitLoops(emit, `clamp_${kernelSuffix((y as Operand).dtype)}`, inputs, y as Operand),
  jvp: ([low, x, high], [dlow, dx, dhigh]) => {
    const [lo, v, hi] = [low as Tensor, x as Tensor, high as Tensor]
    const parts: readonly MaybeZero[] = [
      dlow ? select(and(gt(lo, v), lt(lo, hi)), dlow, 0) : null,
      dx ? select(and(gt(v, lo), lt(v, hi)), dx, 0) : null,
      dhigh ? select(lt(hi, v), dhigh, 0) : null,
    ]
    // The three regions are disjoint, so their tangents merge without rounding.
    const tangent = parts.reduce((sum, part) => (sum && part ? add(sum, part) : (sum ?? part)), null)
    return [[clamp(lo, v, hi)], [tangent]]
  },
  batch: (inputs, axes, _, { size }) => {
    const [[low, x, high], axis] = broadcastBatch(inputs, axes, size)
    return [[clamp(low as Tensor, x as Tensor, high as Tensor)], [axis]]
  },
})

/**
 * min(max(x, low), high); NaN stays NaN. Bounds are numbers, scalars, or of x's shape. The derivative with respect to x is 1
 * strictly between the bounds and 0 on them, as in JAX.
 * @example lax.clamp(0, np.array([-1, 0.5, 3]), 1) // [0, 0.5, 1]
 */
export const clamp = (low: Tensor | number, x: Tensor, high: Tensor | number): Tensor => {
  const bound = (b: Tensor | number): Tensor =>
    b instanceof Tensor ? (b.ndim === 0 ? broadcastTo(b, x.sizes) : b) : constantLike('clamp', b, x)
  return bind1(clampP, [bound(low), x, bound(high)], {})
}
