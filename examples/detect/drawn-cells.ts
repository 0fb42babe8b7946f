/** A stand-in for photographs of blood: pale discs with a light middle, large ones with a dark nucleus, and small dark dots. */
import { random } from '@puregrad/core'
import type { Cell, Cells } from './cells.js'

export interface DrawOptions {
  readonly seed: number
  readonly count: number
  readonly size: readonly [height: number, width: number]
}

interface Disc {
  readonly label: number
  readonly x: number
  readonly y: number
  readonly radius: number
}

type Colour = readonly [red: number, green: number, blue: number]

/** Numbers from 0 to 1, one after the other. */
const stream = (seed: number, count: number): (() => number) => {
  const numbers = random.uniform(random.key(seed), [count]).data()
  let at = 0
  return () => numbers[at++ % count] as number
}

// Label, how many at least and beyond that, radius at least and beyond that, all as parts of an image of 120 × 160.
const sorts = [
  { label: 1, least: 6, more: 8, radius: 10, spread: 4 },
  { label: 2, least: 1, more: 1, radius: 16, spread: 6 },
  { label: 3, least: 1, more: 3, radius: 4, spread: 2 },
] as const

/** Discs of one image, none over the middle of another. */
const discs = ([height, width]: readonly [number, number], next: () => number): readonly Disc[] => {
  const scale = height / 120
  const laid: Disc[] = []
  for (const { label, least, more, radius, spread } of [sorts[1], sorts[0], sorts[2]]) {
    const count = least + Math.floor(next() * (more + 1))
    for (let i = 0; i < count; i++) {
      const disc = { label, x: next() * width, y: next() * height, radius: scale * (radius + spread * next()) }
      const isFree = laid.every(
        ({ x, y, radius: other }) => Math.hypot(x - disc.x, y - disc.y) > 0.8 * (other + disc.radius),
      )
      if (isFree) laid.push(disc)
    }
  }
  return laid
}

/** What colour a disc has so far from its middle, 1 at its edge. */
const colourAt = (label: number, distance: number): Colour => {
  if (label === 1) return distance < 0.4 ? [215, 180, 185] : [200, 145, 155]
  if (label === 2) return distance < 0.65 ? [95, 60, 140] : [190, 165, 205]
  return [125, 85, 160]
}

const ground: Colour = [225, 210, 205]

const cellOf = ({ label, x, y, radius }: Disc, [height, width]: readonly [number, number]): Cell => ({
  label,
  corners: [
    Math.max(x - radius, 0),
    Math.max(y - radius, 0),
    Math.min(x + radius, width),
    Math.min(y + radius, height),
  ],
})

/**
 * Draws blood. The same seed draws the same.
 * @example drawCells({ seed: 0, count: 2, size: [60, 80] }).images.length // 2
 */
export const drawCells = ({ seed, count, size }: DrawOptions): Cells => {
  const next = stream(seed, 65_536)
  const [height, width] = size
  const all = Array.from({ length: count }, () => discs(size, next))
  const images = all.map((laid) => {
    const image = new Uint8Array(height * width * 3)
    const light = 0.85 + 0.15 * next()
    for (let y = 0; y < height; y++)
      for (let x = 0; x < width; x++) {
        const over = laid
          .map((disc) => ({ disc, distance: Math.hypot(x + 0.5 - disc.x, y + 0.5 - disc.y) / disc.radius }))
          .filter(({ distance }) => distance <= 1)
          .at(-1)
        const colour = over === undefined ? ground : colourAt(over.disc.label, over.distance)
        const noise = 12 * (next() - 0.5)
        image.set(
          colour.map((value) => Math.min(Math.max(Math.round(light * value + noise), 0), 255)),
          (y * width + x) * 3,
        )
      }
    return image
  })
  return { size, images, cells: all.map((laid) => laid.map((disc) => cellOf(disc, size))) }
}
