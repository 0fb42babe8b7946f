/** Logic on bool and on the bits of integers. */
import { kernelSuffix } from '../dtype.js'
import { type Binary, binary, type Domain, type Unary, unary } from './elementwise.js'

const onBits = (name: string, domain: Domain): Binary => binary(name, { domain, jvp: [null, null] })
const onWord = (name: string): Unary => unary(name, { domain: 'integer', jvp: null })

/** Bitwise and; logical and of bool. */
export const and = onBits('and', 'bits')

/** Bitwise or; logical or of bool. */
export const or = onBits('or', 'bits')

/** Bitwise exclusive or; of bool, whether they differ. */
export const xor = onBits('xor', 'bits')

/** Every bit flipped; logical not of bool. */
export const not = unary('not', {
  domain: 'bits',
  kernel: (dtype) => (dtype === 'bool' ? 'not_bool' : `not_${kernelSuffix(dtype)}`),
  jvp: null,
})

/** x·2ʸ modulo the width; 0 if y is at least the width. */
export const shl = onBits('shl', 'integer')

/** Shift to the right that fills with zeros. */
export const shrLogical = onBits('shrLogical', 'integer')

/** Shift to the right that fills with the sign bit. */
export const shrArithmetic = onBits('shrArithmetic', 'integer')

/** The number of bits that are 1. */
export const popcount = onWord('popcount')

/** The number of zero bits before the first 1. */
export const clz = onWord('clz')
