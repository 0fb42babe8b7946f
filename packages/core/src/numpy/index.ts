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
export * from './creation.js'
export * from './cumulative.js'
export * from './exponential.js'
export * from './extrema.js'
export * from './floating.js'
export * from './joining.js'
// Products
export * from './matmul.js'
export * from './positions.js'
// Along axes
export * from './reductions.js'
export * from './rounding.js'

// Shapes
export * from './shaping.js'
export * from './splitting.js'
export * from './trigonometric.js'
export * from './where.js'
