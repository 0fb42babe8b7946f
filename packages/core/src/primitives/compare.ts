/** Comparisons: numbers in, bool out. NaN equals nothing, itself included. */
import { type Binary, binary } from './elementwise.js'

const comparison = (name: string): Binary => binary(name, { domain: 'any', result: 'bool', jvp: [null, null] })

/** x = y @example lax.eq(np.array([1, 2]), 2) // [false, true] */
export const eq = comparison('eq')
/** x ≠ y @example lax.ne(np.array([1, 2]), 2) // [true, false] */
export const ne = comparison('ne')
/** x < y @example lax.lt(np.array([1, 2]), 2) // [true, false] */
export const lt = comparison('lt')
/** x ≤ y @example lax.le(np.array([2, 3]), 2) // [true, false] */
export const le = comparison('le')
/** x > y. @example lax.gt(np.array([2, 3]), 2) // [false, true] */
export const gt = comparison('gt')
/** x ≥ y @example lax.ge(np.array([1, 2]), 2) // [false, true] */
export const ge = comparison('ge')
