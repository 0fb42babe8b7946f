/** Planes of fewer samples than pixels brought to the size of the image, smoothly where libjpeg does, to the same bits (jdsample.c). */
import type { Plane } from './inverse-dct.js'

/** A line of `width` samples to twice as many, each 3 parts of the nearer and 1 part of the farther one. */
const doubledLine = (
  from: Uint8ClampedArray,
  at: number,
  width: number,
  to: Uint8ClampedArray,
  start: number,
): void => {
  for (let i = 0; i < width; i++) {
    const value = from[at + i] as number
    const [before, after] = [from[at + i - 1] as number, from[at + i + 1] as number]
    to[start + 2 * i] = i === 0 ? value : (3 * value + before + 1) >> 2
    to[start + 2 * i + 1] = i === width - 1 ? value : (3 * value + after + 2) >> 2
  }
}

/** Twice as many samples in a line (h2v1_fancy_upsample). */
const doubledAcross = ({ width, height, stride, samples }: Plane): Plane => {
  const out = new Uint8ClampedArray(2 * width * height)
  for (let y = 0; y < height; y++) doubledLine(samples, y * stride, width, out, y * 2 * width)
  return { width: 2 * width, height, stride: 2 * width, samples: out }
}

/** Lines of sums: 3 parts of the nearer line and 1 part of the farther; at the border the line itself is both. */
const eachSum = ({ width, height, stride, samples }: Plane, each: (sums: Uint16Array, y: number) => void): void => {
  const sums = new Uint16Array(width)
  for (let y = 0; y < 2 * height; y++) {
    const near = y >> 1
    const far = Math.min(height - 1, Math.max(0, near + (y % 2 === 0 ? -1 : 1)))
    for (let x = 0; x < width; x++)
      sums[x] = 3 * (samples[near * stride + x] as number) + (samples[far * stride + x] as number)
    each(sums, y)
  }
}

/** Twice as many lines (h1v2_fancy_upsample, which rounds by turns). */
const doubledDown = (plane: Plane): Plane => {
  const { width, height } = plane
  const out = new Uint8ClampedArray(2 * width * height)
  eachSum(plane, (sums, y) => {
    for (let x = 0; x < width; x++) out[y * width + x] = ((sums[x] as number) + 1 + (y & 1)) >> 2
  })
  return { width, height: 2 * height, stride: width, samples: out }
}

/** Twice as many samples in both directions (h2v2_fancy_upsample). */
const doubled = (plane: Plane): Plane => {
  const { width, height } = plane
  const stride = 2 * width
  const out = new Uint8ClampedArray(2 * height * stride)
  eachSum(plane, (sums, y) => {
    const start = y * stride
    for (let x = 0; x < width; x++) {
      const value = sums[x] as number
      out[start + 2 * x] = (x === 0 ? 4 * value + 8 : 3 * value + (sums[x - 1] as number) + 8) >> 4
      out[start + 2 * x + 1] = (x === width - 1 ? 4 * value + 7 : 3 * value + (sums[x + 1] as number) + 7) >> 4
    }
  })
  return { width: stride, height: 2 * height, stride, samples: out }
}

/** Samples as often as they are needed. */
const repeated = ({ stride, samples }: Plane, width: number, height: number, x: number, y: number): Plane => {
  const out = new Uint8ClampedArray(width * height)
  for (let row = 0; row < height; row++) {
    const line = Math.floor(row * y) * stride
    for (let column = 0; column < width; column++)
      out[row * width + column] = samples[line + Math.floor(column * x)] as number
  }
  return { width, height, stride: width, samples: out }
}

/**
 * A plane with at least `width` × `height` samples.
 * @param across how many of its samples there are for each of the image's, at most 1; `down` the same for lines
 */
export const upsampled = (plane: Plane, width: number, height: number, across: number, down: number): Plane => {
  if (across === 1 && down === 1) return plane
  // Narrower than three samples libjpeg repeats them.
  if (across === 0.5 && plane.width > 2 && down === 1) return doubledAcross(plane)
  if (across === 0.5 && plane.width > 2 && down === 0.5) return doubled(plane)
  if (across === 1 && down === 0.5) return doubledDown(plane)
  return repeated(plane, width, height, across, down)
}
