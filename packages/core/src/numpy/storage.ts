/** JavaScript numbers into the storage of a dtype, checked. */
import { type DType, isDType, isFloat, type TypedArray } from '../dtype.js'
import { DTypeError, RangeError } from '../errors.js'
import { show } from '../show.js'

/** The least and the largest number of each integer dtype. */
export const integerLimits: Readonly<Partial<Record<DType, readonly [low: number, high: number]>>> = {
  uint8: [0, 2 ** 8 - 1],
  uint32: [0, 2 ** 32 - 1],
  int32: [-(2 ** 31), 2 ** 31 - 1],
}

/** @throws DTypeError for a name that is none */
export const checkDType = (operation: string, dtype: DType): DType => {
  if (isDType(dtype)) return dtype
  throw new DTypeError(`${operation}: ${show(dtype)} is no dtype. Take float32, float64, int32, uint32, uint8 or bool.`)
}

/** Numbers stored in a dtype: fractions are cut off in integers. @throws RangeError for numbers that the dtype does not hold */
export const storeNumbers = (
  operation: string,
  target: TypedArray,
  source: { readonly [i: number]: number },
  dtype: DType,
): void => {
  const n = target.length
  if (isFloat(dtype)) {
    for (let i = 0; i < n; i++) target[i] = source[i] as number
    return
  }
  if (dtype === 'bool') {
    for (let i = 0; i < n; i++) target[i] = source[i] === 0 ? 0 : 1
    return
  }
  const [low, high] = integerLimits[dtype] as readonly [number, number]
  for (let i = 0; i < n; i++) {
    const value = Math.trunc(source[i] as number)
    if (!(value >= low && value <= high)) {
      throw new RangeError(
        `${operation}: ${source[i]} does not fit ${dtype}, which goes from ${low} to ${high}. Choose another dtype.`,
      )
    }
    target[i] = value
  }
}
