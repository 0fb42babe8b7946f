/** Tensors from nothing by JAX's names: counting, and the bits that random numbers are made of. */
export { broadcastedIota, iota } from '../primitives/iota.js'
export { type ThreefryKind, threefry } from '../primitives/threefry.js'
