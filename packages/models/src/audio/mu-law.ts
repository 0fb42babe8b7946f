/** μ-law: loud and quiet sound in few classes, finer where it is quiet (ITU-T G.711). */
import { DTypeError, np, operation, RangeError, type Tensor } from '@puregrad/core'
import { floating } from './check-sound.js'

export interface MuLawOptions {
  /** How many classes there are, μ + 1: 256 unless said. */
  readonly classes?: number
}

const checkClasses = (name: string, classes: number): number => {
  if (!Number.isInteger(classes) || classes < 2)
    throw new RangeError(`${name}: classes is ${classes}, and has to be a whole number from 2 up.`)
  return classes - 1
}

/**
 * The classes of samples: y = sign(x) · ln(1 + μ|x|) / ln(1 + μ), then −1 … 1 in equal steps to 0 … μ. What lies outside −1 … 1 is
 * of the outermost classes.
 * @param x [−1, 1], any shape  @returns int32 of the same shape
 * @throws RangeError unless classes is a whole number from 2 up
 * @example audio.muLawEncode(np.array([-1, 0, 0.1, 1])).toArray() // [0, 128, 203, 255]
 */
export const muLawEncode = operation(
  'audio.muLawEncode',
  { at: 1, names: ['classes'] },
  (x: Tensor, { classes = 256 }: MuLawOptions = {}): Tensor => {
    const mu = checkClasses('audio.muLawEncode', classes)
    const inside = np.clip(floating(x), -1, 1)
    const curved = np.sign(inside).mul(np.log1p(np.abs(inside).mul(mu)).div(Math.log1p(mu)))
    return np
      .floor(
        curved
          .add(1)
          .mul(mu / 2)
          .add(0.5),
      )
      .astype('int32')
  },
)

/**
 * The samples in the middle of classes: x = sign(y) · ((1 + μ)^|y| − 1) / μ, with y = 2 · class / μ − 1.
 * @param codes integers of any shape  @returns float32 of the same shape
 * @throws DTypeError for tensors that are no integers; RangeError unless classes is a whole number from 2 up
 * @example audio.muLawDecode(np.array([0, 255], { dtype: 'int32' })).toArray() // [-1, 1]
 */
export const muLawDecode = operation(
  'audio.muLawDecode',
  { at: 1, names: ['classes'] },
  (codes: Tensor, { classes = 256 }: MuLawOptions = {}): Tensor => {
    const mu = checkClasses('audio.muLawDecode', classes)
    if (codes.dtype === 'float32' || codes.dtype === 'float64' || codes.dtype === 'bool')
      throw new DTypeError(
        `audio.muLawDecode: codes are ${codes.dtype}[${codes.shape}], and have to be integers, as audio.muLawEncode gives them.`,
      )
    const y = codes
      .astype('float32')
      .mul(2 / mu)
      .sub(1)
    return np.sign(y).mul(np.expm1(np.abs(y).mul(Math.log1p(mu))).div(mu))
  },
)
