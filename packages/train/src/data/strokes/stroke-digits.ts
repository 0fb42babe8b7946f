import { operation } from '@puregrad/core'
import type { ImageDataset, LabelledImages } from '../labelled-images.js'
import { type Glyph, glyphs, type Point } from './glyphs.js'
import { type Stream, shuffled, stream } from './integers.js'
import { draw, flatten, type InkLine } from './pen.js'

/** How much the hands differ. Lengths are in pixels unless said; what is normal is given by its deviation. */
export interface Handwriting {
  /** Height of a digit, low and high. */
  readonly height: readonly [number, number]
  /** Width of a digit as a part of its height, low and high. */
  readonly aspect: readonly [number, number]
  /** Radius of the pen, low and high. */
  readonly pen: readonly [number, number]
  /** Most rotation either way, in radians; it is nearly normal within. */
  readonly rotation: number
  /** Most slant either way: the shift of the top against the middle, as a part of the half height. */
  readonly shear: number
  /** Most shift of the whole digit either way along each axis. */
  readonly shift: number
  /** Deviation of each point of a stroke from where the hand meant to put it, as a part of the box. */
  readonly jitter: number
  /** Deviation of the smooth warp that bends the whole digit. */
  readonly wobble: number
  /** Deviation of the grain added to each pixel, of 255. */
  readonly grain: number
}

export interface StrokeDigitsOptions {
  readonly seed?: number
  /** Number of images to train on, by default 10,000. */
  readonly train?: number
  /** Number of images to test on, by default 2,000. */
  readonly test?: number
  readonly handwriting?: Partial<Handwriting>
}

const size = 28

const usual: Handwriting = {
  height: [15, 21],
  aspect: [0.6, 0.95],
  pen: [0.7, 1.6],
  rotation: 0.3,
  shear: 0.35,
  shift: 2.2,
  jitter: 0.024,
  wobble: 0.6,
  grain: 12,
}

/** A warp of the plane: displacements on a coarse grid, smooth between. */
const warpOf = (source: Stream, deviation: number): ((point: Point) => Point) => {
  const cells = 3
  const grid = Array.from({ length: 2 * (cells + 1) ** 2 }, () => deviation * source.normal())
  const smooth = (t: number): number => t * t * (3 - 2 * t)
  return ([x, y]) => {
    const [gx, gy] = [x, y].map((at) => Math.min(Math.max((at / size) * cells, 0), cells - 1e-6)) as [number, number]
    const [column, row] = [Math.floor(gx), Math.floor(gy)]
    const [u, v] = [smooth(gx - column), smooth(gy - row)]
    const at = (axis: number, down: number, right: number): number =>
      grid[axis * (cells + 1) ** 2 + (row + down) * (cells + 1) + column + right] ?? 0
    const displacement = (axis: number): number =>
      (1 - v) * ((1 - u) * at(axis, 0, 0) + u * at(axis, 0, 1)) + v * ((1 - u) * at(axis, 1, 0) + u * at(axis, 1, 1))
    return [x + displacement(0), y + displacement(1)]
  }
}

/** The affine map from the drawing box to pixels that one hand uses. */
const placementOf = (source: Stream, hand: Handwriting): ((point: Point) => Point) => {
  const height = source.between(...hand.height)
  const width = height * source.between(...hand.aspect)
  // Half-angle form: with t = tan(θ/2) the cosine and sine are rational, hence the same bits on every machine.
  const t = Math.min(Math.max(source.normal() / 2.5, -1), 1) * (hand.rotation / 2)
  const [cosine, sine] = [(1 - t * t) / (1 + t * t), (2 * t) / (1 + t * t)]
  const shear = source.between(-hand.shear, hand.shear)
  const [shiftX, shiftY] = [source.between(-hand.shift, hand.shift), source.between(-hand.shift, hand.shift)]
  return ([x, y]) => {
    const down = (y - 0.5) * height
    const right = (x - 0.5) * width - shear * down
    return [size / 2 + shiftX + cosine * right - sine * down, size / 2 + shiftY + sine * right + cosine * down]
  }
}

const linesOf = (glyph: Glyph, source: Stream, hand: Handwriting): readonly InkLine[] => {
  const place = placementOf(source, hand)
  const warp = warpOf(source, hand.wobble)
  const radius = source.between(...hand.pen)
  const pressure = (): number => radius * source.between(0.8, 1.2)
  const aside = ([x, y]: Point): Point => [x + hand.jitter * source.normal(), y + hand.jitter * source.normal()]
  return glyph.map((stroke) => ({
    points: flatten({ ...stroke, points: stroke.points.map(aside) }).map((point) => warp(place(point))),
    radii: [pressure(), pressure()],
  }))
}

const drawInto = (pixels: Uint8Array, label: number, source: Stream, hand: Handwriting): void => {
  const ways = glyphs[label] ?? []
  const ink = draw(linesOf(ways[source.below(ways.length)] ?? [], source, hand), size)
  const darkness = source.between(200, 255)
  ink.forEach((shade, at) => {
    const grey = Math.round(darkness * shade + hand.grain * source.normal())
    pixels[at] = Math.min(Math.max(grey, 0), 255)
  })
}

/** Labels in shuffled blocks, each digit once a block, so that every beginning of a data set is balanced. */
const drawLabels = (seed: number, from: number, count: number): Uint8Array => {
  const labels = new Uint8Array(count)
  for (let first = 0; first < count; first += 10) {
    const block = shuffled(10, stream(seed, from + first / 10))
    labels.set(block.subarray(0, Math.min(10, count - first)), first)
  }
  return labels
}

/** Where the streams of the labels and of the test images begin: far from any number of training images. */
const labelStreams = 2 ** 30
const testStreams = 2 ** 31

const drawMany = (seed: number, from: number, count: number, hand: Handwriting): LabelledImages => {
  const labels = drawLabels(seed, from + labelStreams, count)
  const images = new Uint8Array(count * size * size)
  labels.forEach((label, i) => {
    drawInto(images.subarray(i * size * size, (i + 1) * size * size), label, stream(seed, from + i), hand)
  })
  return { shape: [count, size, size], images, labels }
}

/**
 * Handwritten digits that need no download: hand-made strokes, each drawn by a hand of its own (turned, slanted, stretched,
 * shifted, warped, with a thin or thick pen, on grainy paper). White on black like MNIST, 28 × 28.
 * The same seed gives the same bytes on every machine; asking for fewer gives the first of them.
 * @example
 * const { train, test } = strokeDigits({ seed: 0 })
 * train.shape // [10000, 28, 28]
 */
export const strokeDigits = operation(
  'strokeDigits',
  { at: 0, names: ['seed', 'train', 'test', 'handwriting'] },
  (options: StrokeDigitsOptions = {}): ImageDataset => {
    const { seed = 0, train = 10_000, test = 2_000, handwriting } = options
    const hand = { ...usual, ...handwriting }
    return { train: drawMany(seed, 0, train, hand), test: drawMany(seed, testStreams, test, hand) }
  },
)
