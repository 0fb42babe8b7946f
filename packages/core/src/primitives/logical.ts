/** Logic on bool and on the bits of integers. */
import { kernelSuffix } from '../dtype.js'
import { type Binary, binary, type Domain, type Unary, unary } from './elementwise.js'

const onBits = (name: string, domain: Domain): Binary => binary(name, { domain, jvp: [null, null] })
const onWord = (name: string): Unary => unary(name, { domain: 'integer', jvp: null })

/** Bitwise and; logical and of bool. @example lax.bitwiseAnd(np.array([6, 5], { dtype: 'int32' }), 3) // [2, 1] */
export const and = onBits('and', 'bits')

/** Bitwise or; logical or of bool. @example lax.bitwiseOr(np.array([6, 5], { dtype: 'int32' }), 3) // [7, 7] */
export const or = onBits('or', 'bits')

/**
 * Bitwise exclusive or; of bool, whether they differ.
 * @example lax.bitwiseXor(np.array([6, 5], { dtype: 'int32' }), 3) // [5, 6]
 */
export const xor = onBits('xor', 'bits')

/** Every bit flipped; logical not of bool. @example lax.bitwiseNot(np.array([0, 5], { dtype: 'int32' })) // [-1, -6] */
export const not = unary('not', {
  domain: 'bits',
  kernel: (dtype) => (dtype === 'bool' ? 'not_bool' : `not_${kernelSuffix(dtype)}`),
  jvp: null,
})

/**
 * x·2ʸ modulo the width; 0 if y is at least the width.
 * @example lax.shiftLeft(np.array([1, 5], { dtype: 'int32' }), 2) // [4, 20]
 */
export const shl = onBits('shl', 'integer')

/**
 * Shift to the right that fills with zeros.
 * @example lax.shiftRightLogical(np.array([-1, 8], { dtype: 'int32' }), 28) // [15, 0]
 */
export const shrLogical = onBits('shrLogical', 'integer')

/**
 * Shift to the right that fills with the sign bit.
 * @example lax.shiftRightArithmetic(np.array([-8, 8], { dtype: 'int32' }), 2) // [-2, 2]
 */
export const shrArithmetic = onBits('shrArithmetic', 'integer')

/** The number of bits that are 1. @example lax.populationCount(np.array([7, 8], { dtype: 'int32' })) // [3, 1] */
export const popcount = onWord('popcount')

/** The number of zero bits before the first 1. @example lax.clz(np.array([1, 8], { dtype: 'int32' })) // [31, 28] */
export const clz = onWord('clz')
