/** Pixels at any places of an image. */
import { np, type Tensor } from '@puregrad/core'

/** How pixels between pixels are made up. */
export type Sampling = 'nearest' | 'linear'

/**
 * Values of x at places of a plane of its axes `at` and `at + 1`, which they replace by their own two; `fill` outside.
 * @param rows [H, W], @param columns [H, W]: the middle of pixel i lies at i
 */
export const sampled = (
  x: Tensor,
  at: number,
  rows: Tensor,
  columns: Tensor,
  sampling: Sampling,
  fill: number,
): Tensor => {
  const [height, width] = x.shape.slice(at, at + 2) as [number, number]
  const [before, after] = [x.shape.slice(0, at), x.shape.slice(at + 2)]
  const size = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1)
  const flat = x.reshape([size(before), height * width, size(after)])
  const result = [...before, ...rows.shape, ...after]
  const column = (t: Tensor): Tensor => t.reshape([1, -1, 1])
  const isInside = (r: Tensor, c: Tensor): Tensor =>
    [r.ge(0), r.le(height - 1), c.ge(0), c.le(width - 1)].reduce((a, b) => np.logicalAnd(a, b))
  const pixels = (r: Tensor, c: Tensor): Tensor => {
    const place = np
      .clip(r, 0, height - 1)
      .mul(width)
      .add(np.clip(c, 0, width - 1))
    return np.take(flat, place.reshape([-1]).astype('int32'), { axis: 1, mode: 'clip' })
  }
  if (sampling === 'nearest') {
    const [r, c] = [np.round(rows), np.round(columns)]
    return np.where(column(isInside(r, c)), pixels(r, c), np.array(fill).astype(x.dtype)).reshape(result)
  }
  const [top, left] = [np.floor(rows), np.floor(columns)]
  const [down, right] = [rows.sub(top), columns.sub(left)]
  const corners = [0, 1].flatMap((dy) =>
    [0, 1].map((dx) => {
      const [r, c] = [top.add(dy), left.add(dx)]
      const weight = (dy === 0 ? np.subtract(1, down) : down).mul(dx === 0 ? np.subtract(1, right) : right)
      return { weight: np.where(isInside(r, c), weight, 0), value: pixels(r, c) }
    }),
  )
  const sum = corners.map(({ weight, value }) => column(weight).mul(value)).reduce((a, b) => a.add(b))
  if (fill === 0) return sum.reshape(result)
  const total = corners.map(({ weight }) => weight).reduce((a, b) => a.add(b))
  return sum.add(column(np.subtract(1, total).mul(fill))).reshape(result)
}
