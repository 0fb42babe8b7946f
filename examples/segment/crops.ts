/** What the network sees of an image in training: a part of it, mirrored or turned. */
import { np, random } from '@puregrad/core'
import { data, type Examples } from '@puregrad/train/node'
import type { Nuclei } from './nuclei.js'

const [dark, bright] = [0.01, 0.998] // shares of numbers that are as dark or darker

/** Images whose brightness is stretched to all of 0 … 255, dim parts more than bright ones: microscopes are set to anything. */
export const stretched = (nuclei: Nuclei): Nuclei => {
  const width = nuclei.size * nuclei.size * 3
  const images = nuclei.images.slice()
  for (let i = 0; i < nuclei.count; i++) {
    const image = images.subarray(i * width, (i + 1) * width)
    const sorted = image.slice().sort()
    const [low, high] = [dark, bright].map((share) => sorted[Math.floor(share * (width - 1))]) as [number, number]
    const shares = Uint8Array.from({ length: 256 }, (_, value) =>
      Math.round(255 * Math.sqrt(Math.min(Math.max((value - low) / Math.max(high - low, 1), 0), 1))),
    )
    for (const [at, value] of image.entries()) image[at] = shares[value] as number
  }
  return { ...nuclei, images }
}

/** One of the eight ways to lay a square: a place on the result is this one on the square. */
const laid = (way: number, size: number, y: number, x: number): readonly [number, number] => {
  const [v, u] = way & 4 ? [x, y] : [y, x]
  return [way & 1 ? size - 1 - v : v, way & 2 ? size - 1 - u : u]
}

/** A square part of an image and of what is in it, laid one of eight ways. */
export interface Part {
  /** [side, side, 3] */
  readonly image: Uint8Array
  /** [side, side] */
  readonly instances: Uint8Array
  /** [side, side] */
  readonly covered: Uint8Array
}

const partAt = (
  { size, images, instances, covered }: Nuclei,
  place: number,
  side: number,
  [top, left, way]: readonly [number, number, number],
): Part => {
  const part = {
    image: new Uint8Array(side * side * 3),
    instances: new Uint8Array(side * side),
    covered: new Uint8Array(side * side),
  }
  for (let row = 0; row < side; row++)
    for (let column = 0; column < side; column++) {
      const [v, u] = laid(way, side, row, column)
      const [from, to] = [(place * size + top + v) * size + left + u, row * side + column]
      part.image.set(images.subarray(from * 3, from * 3 + 3), to * 3)
      part.instances[to] = instances[from] as number
      part.covered[to] = covered[from] as number
    }
  return part
}

/** A part of an image by chance, another one for each key. */
export const drawPart = (nuclei: Nuclei, place: number, side: number, key: random.Key): Part => {
  const [top, left, way] = random.uniform(key, [3]).data() as unknown as [number, number, number]
  const start = (share: number): number => Math.floor(share * (nuclei.size - side + 1))
  return partAt(nuclei, place, side, [start(top), start(left), Math.floor(way * 8)])
}

/** One part of every image an epoch, each epoch another one: a source of examples, and of how much of each pixel is covered. */
export const crops = (nuclei: Nuclei, side: number, key: random.Key): data.Source<Examples> =>
  data.generate((position, epoch) => {
    const part = drawPart(nuclei, position, side, random.foldIn(random.foldIn(key, epoch), position))
    return {
      x: np.array(part.image).reshape([side, side, 3]),
      y: np.array(part.covered).reshape([side, side]),
    }
  }, nuclei.count)
