/**
 * `np`: NumPy as JAX defines it, over immutable tensors. In reading order: making tensors, arithmetic element by element,
 * logic, reductions, then everything that moves elements around.
 */
import './methods.js'

// Element by element
export * from './arithmetic.js'
// Making tensors
export * from './array.js'
export * from './bitwise.js'
// Logic and choice
export * from './comparison.js'
export * from './covariance.js'
export * from './creation.js'
export * from './cumulative.js'
export * from './einsum.js'
export * from './exponential.js'
export * from './extrema.js'
export * from './flat-positions.js'
export * from './floating.js'
export * from './functional.js'
export * from './histograms.js'
export * from './interpolation.js'
export * from './joining.js'
export * as linalg from './linalg/index.js'
// Products
export * from './matmul.js'
export * from './matrices.js'
export * from './nan-reductions.js'
export * from './padding.js'
// Functions of one variable
export * from './polynomials.js'
export * from './positions.js'
export * from './products.js'
// Data
export * from './quantiles.js'
// Along axes
export * from './reductions.js'
export { type AxisOptions, compress, delete, insert } from './removal.js'
export * from './reordering.js'
export * from './rounding.js'
export { type DigitizeOptions, digitize, type SearchsortedOptions, searchsorted } from './searching.js'
export * from './sets.js'
// Shapes and places
export * from './shaping.js'
export * from './signal.js'
export * from './sorting.js'
export * from './splitting.js'
export type { AlongAxisOptions, Positions, PutAlongAxisOptions, TakeOptions } from './take.js'
export { choose, put, putAlongAxis, take, takeAlongAxis } from './take.js'
export * from './trigonometric.js'
export * from './types.js'
export type { Dual, DualBinary, DualOptional, DualOptions } from './dual.js'
export * from './unwrap.js'
export * from './where.js'
export * from './windows.js'
