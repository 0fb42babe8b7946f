/** Samples times a number. */
import { type DType, jit, type Shape, type Tensor } from '@puregrad/core'
import type { Key } from '../layer.js'
import { sizeOf } from '../plan.js'
import type { Initializer, InitializerOptions } from './initializer.js'

/** From so many on, one program draws and scales them: it needs room for nothing but its result. */
const large = 2 ** 20

/** Initialisers that draw every element alike and scale it by a number. */
export const scaled = (
  draw: (key: Key, shape: Shape, options: InitializerOptions) => Tensor,
): ((factor: number) => Initializer) => {
  const whole = jit(
    (key: Key, size: number, dtype: DType, factor: Tensor | number): Tensor => draw(key, [size], { dtype }).mul(factor),
    { staticArgnums: [1, 2] },
  )
  return (factor) =>
    (key, shape, { dtype = 'float32' } = {}) => {
      const size = sizeOf(shape)
      return size < large ? draw(key, shape, { dtype }).mul(factor) : whole(key, size, dtype, factor).reshape(shape)
    }
}
