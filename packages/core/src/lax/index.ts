/**
 * `lax`: the operations that everything else is made of, by JAX's names. They are strict about shapes and dtypes; `np` is
 * their forgiving face. First what makes tensors, then what works on each element, along axes, and by order; then
 * parts of tensors, products, windows and matrices; last control flow.
 */

// What signatures are written with
export type { Cumulative } from '../primitives/cumulative.js'
export type { Binary, Unary } from '../primitives/elementwise.js'
export type { Reduction } from '../primitives/reduce.js'
export type { Scatter } from '../primitives/scatter.js'

export * from './creation.js'
export * from './elementwise.js'
export * from './reduction.js'
export * from './reduce.js'
export * from './sorting.js'
export * from './shaping.js'
export * from './slicing.js'
export * from './dot.js'
export * from './convolution.js'
export * from './window.js'
export * as linalg from './linalg.js'
export * from './control-flow.js'
