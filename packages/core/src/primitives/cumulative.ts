/** Running sums, products, extrema and log-sums along an axis, forwards or in reverse. */

import { kernelSuffix } from '../dtype.js'
import { operation } from '../operation.js'
import { canonicalAxis, mapSizes, range, sizeOf, sizesBetween } from '../shape.js'
import { type Abstract, scalar, type Tensor } from '../tensor.js'
import { add, mul, sub } from './arithmetic.js'
import { eq } from './compare.js'
import { pad } from './concatenate.js'
import { checkDomain, type Domain } from './elementwise.js'
import { exp } from './exponential.js'
import { broadcastedIota } from './iota.js'
import { max, min } from './maximum.js'
import { axis, boolean } from './parameters.js'
import { bind1, type Operand, type Params, type Primitive, primitive, rowsUnless } from './primitive.js'
import { checkAxes } from './reduce.js'
import { select } from './select.js'
import { transpose } from './shape.js'
import { takeRows } from './take-rows.js'

/** Moves `x` along an axis by some places, backwards if negative; the places that become free are filled with a number. */
export const shift = (x: Tensor, axis: number, by: number, fill: number): Tensor => {
  if (x.sizes[axis] === 0) return x
  const config = mapSizes(x.sizes, (_, i) => (i === axis ? ([by, -by, 0] as const) : ([0, 0, 0] as const)))
  return pad(x, scalar(fill, x.dtype, x.weakType), config)
}

interface Running extends Params {
  readonly axis: number
  readonly reverse: boolean
}

/**
 * tᵢ = aᵢ tᵢ₋₁ + bᵢ along an axis, in ⌈log₂ n⌉ rounds (Hillis and Steele 1986), linear in `b`. Each round composes the step of
 * an element with that of the element 1, 2, 4 … places before it.
 */
const linearRecurrence = (a: Tensor, b: Tensor, { axis, reverse }: Running): Tensor => {
  const n = a.sizes[axis] as number
  let [factor, sum] = [a, b]
  for (let distance = 1; distance < n; distance *= 2) {
    const by = reverse ? -distance : distance
    sum = add(sum, mul(factor, shift(sum, axis, by, 0)))
    if (2 * distance < n) factor = mul(factor, shift(factor, axis, by, 0))
  }
  return sum
}

interface RunningRules {
  readonly domain: Domain
  readonly jvp: (dx: Tensor, x: Tensor, y: Tensor, params: Running) => Tensor
  readonly transpose?: Primitive<Running>['transpose']
}

export interface CumulativeOptions {
  /** Negative axes count from the end. Default 0, as in lax. */
  readonly axis?: number
  /** From the last element to the first. */
  readonly reverse?: boolean
}

export type Cumulative = (x: Tensor, options?: CumulativeOptions) => Tensor

const cumulative = (name: string, rules: RunningRules): Cumulative => {
  const definition = primitive<Running>({
    name,
    operands: 1,
    parameters: { axis, reverse: boolean },
    rows: rowsUnless(({ axis }) => axis === 0),
    abstract: ([x], { axis }) => {
      const type = x as Abstract
      checkDomain(name, type.dtype, rules.domain)
      checkAxes(name, type, [axis])
      return [type]
    },
    lower: (emit, [x], [y], { axis, reverse }) => {
      const { pointer, shape, dtype } = x as Operand
      const outer = sizeOf(sizesBetween(shape, 0, axis))
      const inner = sizeOf(sizesBetween(shape, axis + 1))
      const kernel = `${name}_${kernelSuffix(dtype)}`
      emit.call(kernel, pointer, (y as Operand).pointer, outer, shape[axis] as number, inner, Number(reverse))
    },
    jvp: ([x], [dx], params) => {
      const y = run(x as Tensor, params)
      return [[y], [dx ? rules.jvp(dx, x as Tensor, y, params) : null]]
    },
    ...(rules.transpose === undefined ? {} : { transpose: rules.transpose }),
    batch: ([x], [batch], { axis, reverse }) => [
      [run(x as Tensor, { axis: axis >= (batch as number) ? axis + 1 : axis, reverse })],
      [batch ?? null],
    ],
  })
  const run: Cumulative = operation(
    name,
    { at: 1, names: ['axis', 'reverse'] },
    (x, { axis = 0, reverse = false } = {}) =>
      bind1(definition, [x], { axis: canonicalAxis(name, axis, x.ndim), reverse }),
  )
  return run
}

/** yᵢ = Σⱼ≤ᵢ xⱼ @example lax.cumsum(np.array([1, 2, 3])) // [1, 3, 6] */
export const cumsum = cumulative('cumsum', {
  domain: 'number',
  jvp: (dx, _x, _y, params) => cumsum(dx, params),
  transpose: ([ct], _, { axis, reverse }) => [cumsum(ct as Tensor, { axis, reverse: !reverse })],
})

/**
 * yᵢ = Πⱼ≤ᵢ xⱼ. dyᵢ = xᵢ dyᵢ₋₁ + yᵢ₋₁ dxᵢ divides by nothing, so that it is right at zeros too.
 * @example lax.cumprod(np.array([1, 2, 3]), { reverse: true }) // [6, 6, 3]
 */
export const cumprod = cumulative('cumprod', {
  domain: 'number',
  jvp: (dx, x, y, params) => {
    const previous = shift(y, params.axis, params.reverse ? -1 : 1, 1)
    return linearRecurrence(x, mul(previous, dx), params)
  },
})

/** The last axis and another one exchanged. */
const exchangeLast = (x: Tensor, axis: number): Tensor => {
  const order = range(x.ndim)
  order[axis] = x.ndim - 1
  order[x.ndim - 1] = axis
  return transpose(x, order)
}

const runningExtremum = (name: 'cummax' | 'cummin'): Cumulative =>
  cumulative(name, {
    domain: 'any',
    jvp: (dx, x, y, { axis, reverse }) => {
      const n = x.sizes[axis] as number
      const position = broadcastedIota('int32', x.sizes, axis)
      const records = select(eq(x, y), position, reverse ? n : -1)
      const latest = reverse ? min(cummin(records, { axis, reverse }), n - 1) : max(cummax(records, { axis }), 0)
      return exchangeLast(takeRows(exchangeLast(dx, axis), exchangeLast(latest, axis)), axis)
    },
  })

/**
 * yᵢ = maxⱼ≤ᵢ xⱼ; NaN from the first NaN on. The derivative goes to the latest of equal elements.
 * @example lax.cummax(np.array([1, 3, 2])) // [1, 3, 3]
 */
export const cummax = runningExtremum('cummax')

/**
 * yᵢ = minⱼ≤ᵢ xⱼ; NaN from the first NaN on. The derivative goes to the latest of equal elements.
 * @example lax.cummin(np.array([2, 3, 1])) // [2, 2, 1]
 */
export const cummin = runningExtremum('cummin')

/**
 * yᵢ = log Σⱼ≤ᵢ exp xⱼ, without overflow. dyᵢ = exp(yᵢ₋₁ − yᵢ) dyᵢ₋₁ + exp(xᵢ − yᵢ) dxᵢ, whose factors add up to 1.
 * @example lax.cumlogsumexp(np.array([0, 0, 1000])) // [0, 0.6931472, 1000]
 */
export const cumlogsumexp = cumulative('cumlogsumexp', {
  domain: 'float',
  jvp: (dx, x, y, params) => {
    const previous = shift(y, params.axis, params.reverse ? -1 : 1, Number.NEGATIVE_INFINITY)
    // While the sum is still empty, exp(−∞ − 0) = 0 is the weight, not exp(−∞ + ∞).
    const total = select(eq(y, Number.NEGATIVE_INFINITY), 0, y)
    return linearRecurrence(exp(sub(previous, total)), mul(exp(sub(x, total)), dx), params)
  },
})
