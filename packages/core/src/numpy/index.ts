/**
 * `np`: NumPy as JAX defines it, over immutable tensors. Making tensors comes first, then what works on each element, logic and
 * choice, what works along axes, what moves elements about, products, functions of one variable, and data.
 */
import './methods.js'

// What signatures are written with
export type { Dual, DualBinary, DualOptional, DualOptions } from './dual.js'

// Making tensors
export * from './array.js'
export * from './creation.js'
export * from './matrices.js'
export * from './functional.js'
export * from './types.js'

// Element by element
export * from './arithmetic.js'
export * from './exponential.js'
export * from './trigonometric.js'
export * from './rounding.js'
export * from './extrema.js'
export * from './floating.js'
export * from './bitwise.js'

// Logic and choice
export * from './comparison.js'
export * from './where.js'

// Along axes
export * from './reductions.js'
export * from './nan-reductions.js'
export * from './cumulative.js'
export * from './positions.js'
export * from './sorting.js'

// Shapes and places
export * from './shaping.js'
export * from './joining.js'
export * from './splitting.js'
export * from './reordering.js'
export * from './padding.js'
export type { AlongAxisOptions, Positions, PutAlongAxisOptions, TakeOptions } from './take.js'
export { choose, put, putAlongAxis, take, takeAlongAxis } from './take.js'
export { type AxisOptions, compress, delete, insert } from './removal.js'
export * from './flat-positions.js'

// Products
export * from './matmul.js'
export * from './products.js'
export * from './einsum.js'
export * as linalg from './linalg/index.js'

// Functions of one variable
export * from './polynomials.js'
export * from './interpolation.js'
export * from './signal.js'
export * from './windows.js'
export * from './unwrap.js'

// Data
export * from './quantiles.js'
export * from './covariance.js'
export * from './histograms.js'
export { type DigitizeOptions, digitize, type SearchsortedOptions, searchsorted } from './searching.js'
export * from './sets.js'
