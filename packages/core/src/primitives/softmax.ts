/** Softmax and log-sum-exp along one axis, shifted by the largest element so that they never overflow. */

import { bytesOf, kernelSuffix } from '../dtype.js'
import { canonicalAxis, range, type Shape, sizeOf, sizesBetween, withoutAxes } from '../shape.js'
import type { Abstract, Tensor } from '../tensor.js'
import { mul, sub } from './arithmetic.js'
import { checkDomain } from './elementwise.js'
import { axis } from './parameters.js'
import { bind1, type Emitter, type Operand, type Params, primitive, rowsUnless } from './primitive.js'
import { checkAxes, pastBatch } from './reduce.js'
import { broadcastInDim } from './shape.js'
import { reduceSum } from './sum.js'

interface AxisParams extends Params {
  readonly axis: number
}

const emitAlong = (emit: Emitter, name: string, x: Operand, y: Operand, axis: number): void => {
  const outer = sizeOf(sizesBetween(x.shape, 0, axis))
  const inner = sizeOf(sizesBetween(x.shape, axis + 1))
  const n = x.shape[axis] as number
  const bytes = bytesOf(x.dtype)
  const [from, to] = [n * inner * bytes, (sizeOf(y.shape) / Math.max(outer, 1)) * bytes]
  emit.parallel(outer, sizeOf(x.shape), (part, first, count) =>
    part.call(`${name}_${kernelSuffix(x.dtype)}`, x.pointer + first * from, y.pointer + first * to, count, n, inner),
  )
}

/** A value per slice along `axis`, repeated along it. */
const along = (x: Tensor, shape: Shape, axis: number): Tensor =>
  broadcastInDim(
    x,
    shape,
    range(shape.length).filter((a) => a !== axis),
  )

/** d yᵢ = yᵢ (dxᵢ − Σⱼ yⱼ dxⱼ) */
const slope = (dx: Tensor, y: Tensor, axis: number): Tensor =>
  mul(sub(dx, along(reduceSum(mul(dx, y), [axis]), y.sizes, axis)), y)

/** An operation with a result per element, whose derivative is the softmax's. */
const weightsAlong = (name: 'softmax' | 'softmaxOrZero'): ((x: Tensor, axis: number) => Tensor) => {
  const definition = primitive<AxisParams>({
    name,
    operands: 1,
    parameters: { axis },
    rows: rowsUnless(({ axis }) => axis === 0),
    abstract: ([x], { axis }) => {
      checkDomain(name, (x as Abstract).dtype, 'float')
      checkAxes(name, x as Abstract, [axis])
      return [x as Abstract]
    },
    // The largest, the difference, the exponential, the sum, the quotient.
    flops: ([x]) => 5 * sizeOf((x as Abstract).shape),
    lower: (emit, [x], [y], { axis }) => emitAlong(emit, name, x as Operand, y as Operand, axis),
    jvp: ([x], [dx], { axis }) => {
      const y = apply(x as Tensor, axis)
      return [[y], [dx ? slope(dx, y, axis) : null]]
    },
    batch: ([x], [batch], { axis }) => {
      const [[moved]] = pastBatch([axis], batch as number)
      return [[apply(x as Tensor, moved as number)], [batch ?? null]]
    },
  })
  const apply = (x: Tensor, axis: number): Tensor => bind1(definition, [x], { axis })
  return apply
}

const softmaxAt = weightsAlong('softmax')

/** The softmax where there is one; 0, and 0 in every derivative, of nothing but −∞. */
const softmaxOrZero = weightsAlong('softmaxOrZero')

/**
 * yᵢ = exp xᵢ / Σⱼ exp xⱼ along an axis. An element of −∞ gets 0; nothing but −∞ gives NaN. dyᵢ = yᵢ (dxᵢ − Σⱼ yⱼ dxⱼ)
 * @example lax.softmax(np.array([0, 0])).toArray() // [0.5, 0.5]
 */
export const softmax = (x: Tensor, axis = -1): Tensor => softmaxAt(x, canonicalAxis('softmax', axis, x.ndim))

const logsumexpP = primitive<AxisParams>({
  name: 'logsumexp',
  operands: 1,
  parameters: { axis },
  rows: rowsUnless(({ axis }) => axis === 0),
  abstract: ([x], { axis }) => {
    const type = x as Abstract
    checkDomain('logsumexp', type.dtype, 'float')
    checkAxes('logsumexp', type, [axis])
    return [{ ...type, shape: withoutAxes(type.shape, [axis]) }]
  },
  flops: ([x]) => 4 * sizeOf((x as Abstract).shape),
  lower: (emit, [x], [y], { axis }) => emitAlong(emit, 'logsumexp', x as Operand, y as Operand, axis),
  jvp: ([x], [dx], { axis }) => {
    const y = logsumexp(x as Tensor, axis)
    if (!dx) return [[y], [null]]
    return [[y], [reduceSum(mul(dx, softmaxOrZero(x as Tensor, axis)), [axis])]]
  },
  batch: ([x], [batch], { axis }) => {
    const [[moved], at] = pastBatch([axis], batch as number)
    return [[logsumexp(x as Tensor, moved as number)], [at]]
  },
})

/**
 * log Σⱼ exp xⱼ along an axis, which goes away; −∞ of nothing and of nothing but −∞. Its derivative is the softmax, or 0 where
 * there is nothing but −∞.
 * @example lax.logsumexp(np.array([0, 0])).item() // 0.6931472
 */
export const logsumexp = (x: Tensor, axis = -1): Tensor =>
  bind1(logsumexpP, [x], { axis: canonicalAxis('logsumexp', axis, x.ndim) })
