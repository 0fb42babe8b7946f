/** Arbitrary tensors. */

import type { Arbitrary } from 'fast-check'
import fc from '#fast-check'
import { allocate, type DType, isFloat } from '../../dtype.js'
import { type Shape, sizeOf } from '../../shape.js'
import { ConcreteTensor, type Tensor } from '../../tensor.js'
import { type ShapeConstraints, shapes } from './shapes.js'

export interface TensorConstraints extends ShapeConstraints {
  /** One dtype, or several to choose from. Default float32. */
  readonly dtype?: DType | readonly DType[]
  /** One shape instead of any. */
  readonly shape?: Shape
  /** Smallest element. Default −2 for floats, 0 for unsigned integers, −10 for int32. */
  readonly min?: number
  /** Largest element. Default 2 for floats, 10 for integers. */
  readonly max?: number
  /** Floats may also be ±0, ±Infinity, NaN, the largest and the smallest numbers of their dtype. Default false. */
  readonly specials?: boolean
}

const extremes: Readonly<Record<'float32' | 'float64', readonly number[]>> = {
  float32: [3.4028234663852886e38, 1.401298464324817e-45, 1.1754943508222875e-38], // IEEE 754 binary32
  float64: [Number.MAX_VALUE, Number.MIN_VALUE, 2.2250738585072014e-308], // IEEE 754 binary64
}

const element = (dtype: DType, { min, max, specials = false }: TensorConstraints): Arbitrary<number> => {
  if (dtype === 'bool') return fc.integer({ min: 0, max: 1 })
  if (!isFloat(dtype)) return fc.integer({ min: min ?? (dtype === 'int32' ? -10 : 0), max: max ?? 10 })
  const wide = dtype === 'float64'
  const [low, high] = [min ?? -2, max ?? 2]
  const bounds = { min: wide ? low : Math.fround(low), max: wide ? high : Math.fround(high), noNaN: true }
  const ordinary = wide ? fc.double(bounds) : fc.float(bounds)
  if (!specials) return ordinary
  const largest = extremes[dtype as 'float32' | 'float64'].flatMap((x) => [x, -x])
  const special = fc.constantFrom(0, -0, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, Number.NaN, ...largest)
  return fc.oneof({ arbitrary: ordinary, weight: 3 }, { arbitrary: special, weight: 1 })
}

/**
 * Tensors of given dtypes, shapes and range; they shrink to smaller shapes and simpler numbers.
 * @example fc.property(tensors({ dtype: 'float64', shape: [3], min: 0.1 }), (x) => checkGrads(np.log, [x]))
 */
export const tensors = (constraints: TensorConstraints = {}): Arbitrary<Tensor> => {
  const given = constraints.dtype ?? 'float32'
  const dtypes = typeof given === 'string' ? [given] : given
  const shape = constraints.shape === undefined ? shapes(constraints) : fc.constant(constraints.shape)
  return fc.tuple(fc.constantFrom(...dtypes), shape).chain(([dtype, s]) => {
    const size = sizeOf(s)
    return fc.array(element(dtype, constraints), { minLength: size, maxLength: size }).map((elements) => {
      const data = allocate(dtype, size)
      data.set(elements)
      return new ConcreteTensor(s, dtype, data)
    })
  })
}
