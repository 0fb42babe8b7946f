/** Sizes of what slides: shared by convolutions and pooling. */
import type { Shape } from '@puregrad/core'
import type { Resolved } from '../functions/padding.js'
import { refuse } from '../refusal.js'

/**
 * One whole number ≥ 1 per axis, from one for all or a list.
 * @throws ShapeError naming the layer
 */
export const sizesOf = (name: string, role: string, given: number | Shape, rank: number): Shape => {
  const sizes = typeof given === 'number' ? Array.from({ length: rank }, () => given) : given
  if (sizes.length === rank && sizes.every((n) => Number.isInteger(n) && n >= 1)) return sizes
  return refuse(
    name,
    `${role} [${sizes}]`,
    rank === 1 ? 'has to be a whole number ≥ 1.' : `has to be ${rank} whole numbers ≥ 1, or one for all axes.`,
  )
}

/**
 * How many positions a window takes along each axis.
 * @param reach window sizes with their holes
 * @throws ShapeError if there is none
 */
export const windowSizes = (name: string, input: Shape, reach: Shape, strides: Shape, padding: Resolved): Shape => {
  const out = input.map((n, i) => {
    const stride = strides[i] as number
    if (padding === 'SAME') return Math.ceil(n / stride)
    const [low, high] = padding === 'VALID' ? [0, 0] : (padding[i] as readonly [number, number])
    return Math.floor((n + low + high - (reach[i] as number)) / stride) + 1
  })
  if (out.every((n) => n >= 1)) return out
  return refuse(
    name,
    `windows of [${reach}] do not fit into [${input}], so nothing would come out.`,
    "Take smaller ones, padding 'SAME', or pool less before.",
  )
}
