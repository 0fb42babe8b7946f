import type { Point, Stroke } from './glyphs.js'

/** A line drawn by the pen: points in pixels and the radius of the pen there. */
export interface InkLine {
  readonly points: readonly Point[]
  /** The radius at the first point and at the last; between them it changes evenly. */
  readonly radii: readonly [number, number]
}

const pieces = 5

/** A point on the span from b to c of the uniform Catmull-Rom spline (Catmull & Rom 1974). */
const onSpan = (a: Point, b: Point, c: Point, d: Point, t: number): Point => {
  const blend = (p: number, q: number, r: number, s: number): number =>
    q + (t / 2) * (r - p + t * (2 * p - 5 * q + 4 * r - s + t * (3 * (q - r) + s - p)))
  return [blend(a[0], b[0], c[0], d[0]), blend(a[1], b[1], c[1], d[1])]
}

/** A stroke as a polyline: its own points for a line, five pieces a span for a curve. */
export const flatten = ({ kind, points }: Stroke): readonly Point[] => {
  if (kind === 'line') return points
  return points.flatMap((c, i) => {
    const b = points[i - 1]
    if (b === undefined) return [c]
    const a = points[i - 2] ?? b
    const d = points[i + 1] ?? c
    return Array.from({ length: pieces }, (_, piece) => onSpan(a, b, c, d, (piece + 1) / pieces))
  })
}

/**
 * Draws lines onto a square picture of ink from 0 to 1, row-major: full inside the pen's round tip, falling to nothing
 * over one pixel around its edge. Where lines meet the darker ink stays. The middle of the first pixel is (0.5, 0.5).
 */
export const draw = (lines: readonly InkLine[], size: number): Float32Array => {
  const ink = new Float32Array(size * size)
  for (const { points, radii } of lines) {
    const spans = Math.max(1, points.length - 1)
    points.forEach((to, i) => {
      const from = points[i - 1]
      if (from === undefined && points.length > 1) return
      const radius = radii[0] + ((radii[1] - radii[0]) * i) / spans
      drawSpan(ink, size, from ?? to, to, radius)
    })
  }
  return ink
}

const clip = (x: number, low: number, high: number): number => Math.min(Math.max(x, low), high)

const drawSpan = (ink: Float32Array, size: number, from: Point, to: Point, radius: number): void => {
  const reach = radius + 1
  const [left, right] = [Math.min(from[0], to[0]) - reach, Math.max(from[0], to[0]) + reach]
  const [top, bottom] = [Math.min(from[1], to[1]) - reach, Math.max(from[1], to[1]) + reach]
  const [dx, dy] = [to[0] - from[0], to[1] - from[1]]
  const length2 = dx * dx + dy * dy
  for (let row = clip(Math.floor(top), 0, size); row < clip(Math.ceil(bottom), 0, size); row++)
    for (let column = clip(Math.floor(left), 0, size); column < clip(Math.ceil(right), 0, size); column++) {
      const [x, y] = [column + 0.5 - from[0], row + 0.5 - from[1]]
      const along = length2 === 0 ? 0 : clip((x * dx + y * dy) / length2, 0, 1)
      const [offX, offY] = [x - along * dx, y - along * dy]
      const shade = clip(radius + 0.5 - Math.sqrt(offX * offX + offY * offY), 0, 1)
      const at = row * size + column
      if (shade > (ink[at] ?? 0)) ink[at] = shade
    }
}
