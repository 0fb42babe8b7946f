/**
 * `np`: NumPy as JAX defines it, over immutable tensors. In reading order: making tensors, arithmetic element by element,
 * logic, reductions, then everything that moves elements around.
 */
import './methods.js'

// Making tensors
export * from './array.js'
export * from './creation.js'
export * from './matrices.js'
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
export * from './positions.js'
export * from './cumulative.js'
export * from './sorting.js'
export * from './functional.js'
export * from './unwrap.js'

// Shapes and places
export * from './shaping.js'
export * from './joining.js'
export * from './splitting.js'
export * from './reordering.js'
export * from './padding.js'
export { choose, put, putAlongAxis, take, takeAlongAxis } from './take.js'
export type { AlongAxisOptions, Positions, PutAlongAxisOptions, TakeOptions } from './take.js'

// Products
export * from './matmul.js'
