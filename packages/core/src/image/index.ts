/** `image`: images of other sizes, as `jax.image` has them. First whole ones, then what also moves. */
export type { ResizeMethod } from './kernels.js'
export { type ResizeOptions, resize } from './resize.js'
export { scaleAndTranslate } from './scale-and-translate.js'
