/** Comparisons: numbers in, bool out. NaN equals nothing, itself included. */
import { type Binary, binary } from './elementwise.js'

const comparison = (name: string): Binary => binary(name, { domain: 'any', result: 'bool', jvp: [null, null] })

/** x = y */
export const eq = comparison('eq')
/** x ≠ y */
export const ne = comparison('ne')
/** x < y */
export const lt = comparison('lt')
/** x ≤ y */
export const le = comparison('le')
/** x > y. @example select(gt(x, 0), x, 0) */
export const gt = comparison('gt')
/** x ≥ y */
export const ge = comparison('ge')
