/** Convolution of integers: window elements side by side, then one exact integer product. */
import { range, type Shape, sizeOf, sizesBetween } from '../shape.js'
import { type Tensor, uniform } from '../tensor.js'
import { concatenate, pad } from './concatenate.js'
import type { ConvGeometry } from './conv.js'
import { dilated, type PadPair, slidingSize } from './conv-dimensions.js'
import { dotGeneral } from './dot.js'
import { reshape, transpose } from './shape.js'
import { slice, sliceAxis } from './slice.js'

/** All offsets inside a window, row-major. */
export const windowOffsets = (window: Shape): readonly (readonly number[])[] =>
  range(sizeOf(window)).map((flat) => {
    let rest = flat
    return [...window]
      .reverse()
      .map((n) => {
        const offset = rest % n
        rest = (rest - offset) / n
        return offset
      })
      .reverse()
  })

/** `x` [N, S…, C] convolved with `w` [K…, C / groups, F], modulo the dtype's range. */
export const convByProducts = (x: Tensor, w: Tensor, geometry: ConvGeometry): Tensor => {
  const { batchGroupCount: blocks, featureGroupCount: groups } = geometry
  if (blocks > 1) {
    const [n, f] = [(x.sizes[0] as number) / blocks, (w.sizes[w.sizes.length - 1] as number) / blocks]
    const parts = range(blocks).map((g) =>
      convByProducts(sliceAxis(x, 0, g * n, (g + 1) * n), sliceAxis(w, w.sizes.length - 1, g * f, (g + 1) * f), {
        ...geometry,
        batchGroupCount: 1,
      }),
    )
    return concatenate(parts, x.sizes.length - 1)
  }
  const rank = x.sizes.length - 2
  const [batch, features] = [x.sizes[0] as number, x.sizes[rank + 1] as number]
  const window = sizesBetween(w.sizes, 0, rank)
  const padded = pad(x, 0, [
    [0, 0, 0],
    ...geometry.padding.map(([low, high], i) => [low, high, (geometry.lhsDilation[i] as number) - 1] as const),
    [0, 0, 0],
  ])
  const sizes = range(rank).map((i) =>
    slidingSize(
      padded.sizes[i + 1] as number,
      dilated(window[i] as number, geometry.rhsDilation[i] as number),
      geometry.strides[i] as number,
      [0, 0] as PadPair,
    ),
  )
  const f = w.sizes[rank + 1] as number
  const shape = [batch, ...sizes, f]
  if (sizeOf(shape) === 0 || sizeOf(w.sizes) === 0) return uniform(0, { shape, dtype: x.dtype, weakType: false })
  const pieces = windowOffsets(window).map((offset) => {
    const start = offset.map((o, i) => o * (geometry.rhsDilation[i] as number))
    const limit = start.map((s, i) => s + dilated(sizes[i] as number, geometry.strides[i] as number))
    const piece = slice(padded, [0, ...start, 0], [batch, ...limit, features], [1, ...geometry.strides, 1])
    return reshape(piece, [batch, ...sizes, 1, groups, features / groups])
  })
  const patches = concatenate(pieces, rank + 1)
  const kernel = reshape(w, [sizeOf(window), features / groups, groups, f / groups])
  const y = dotGeneral(patches, kernel, {
    contract: [
      [rank + 1, rank + 3],
      [0, 1],
    ],
    batch: [[rank + 2], [2]],
  })
  return reshape(transpose(y, [...range(rank + 1, 1), 0, rank + 2]), shape)
}
