/** Gumbel noise, which turns an argmax into a draw. */

import { RangeError } from '../errors.js'
import { operation } from '../operation.js'
import { add, mul, neg } from '../primitives/arithmetic.js'
import { ge } from '../primitives/compare.js'
import { log, log1p } from '../primitives/exponential.js'
import { select } from '../primitives/select.js'
import { reshape } from '../primitives/shape.js'
import { sliceAxis } from '../primitives/slice.js'
import { checkShape, type Shape } from '../shape.js'
import { show } from '../show.js'
import type { Tensor } from '../tensor.js'
import { type FloatDType, type FloatOptions, floatDType, limits } from './arguments.js'
import { checkKey, type Key } from './key.js'
import { sampler } from './rows.js'
import { between, unitInterval } from './uniform.js'

/** 'low' resolves probabilities down to 2⁻²³ (2⁻⁵² in float64) with one draw, 'high' down to their square with two. */
export type GumbelMode = 'low' | 'high'

/** Bits of the mantissa. */
const mantissa: Readonly<Record<FloatDType, number>> = { float32: 23, float64: 52 }

const coarse = sampler((from, shape, dtype) => neg(log(neg(log(between(from, shape, dtype, limits[dtype].tiny, 1))))))

/** Standard Gumbel samples; arguments are already checked, but for the mode. */
export const gumbelNoise = (key: Key, shape: Shape, dtype: FloatDType, mode: GumbelMode): Tensor => {
  if (mode === 'low') return coarse(key, shape, dtype)
  if (mode !== 'high') throw new RangeError(`random.gumbel: mode ${show(mode)} is neither 'low' nor 'high'.`)
  const both = unitInterval(key, [2, ...shape], dtype)
  const [high, low] = [0, 1].map((i) => reshape(sliceAxis(both, 0, i, i + 1), shape)) as [Tensor, Tensor]
  const n = mantissa[dtype]
  const least = Math.max(2 ** -(2 * n + 1), limits[dtype].tiny)
  const fine = add(add(high, mul(low, 2 ** -n)), least)
  return neg(log(neg(log1p(neg(select(ge(high, 0.5), high, fine))))))
}

export interface GumbelOptions extends FloatOptions {
  readonly mode?: GumbelMode
}

/**
 * Standard Gumbel samples, with distribution function exp(−exp(−x)).
 * @throws DTypeError, ShapeError if the key is no key or the dtype no float; RangeError for unknown modes
 * @example random.gumbel(random.key(0), [2]).shape // [2]
 */
export const gumbel = operation(
  'random.gumbel',
  { at: 2, names: ['mode', 'dtype'] },
  (key: Key, shape: Shape = [], { dtype, mode = 'low' }: GumbelOptions = {}): Tensor => {
    checkKey('random.gumbel', key)
    checkShape('random.gumbel', shape)
    return gumbelNoise(key, shape, floatDType('random.gumbel', dtype), mode)
  },
)
