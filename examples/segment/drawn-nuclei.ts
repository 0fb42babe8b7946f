/** A stand-in for photographs of nuclei: bright ellipses of many sizes on a dark, uneven and noisy ground. */
import { random } from '@puregrad/core'
import type { Nuclei } from './nuclei.js'

export interface DrawOptions {
  readonly seed: number
  readonly count: number
  /** Pixels a side. */
  readonly size: number
}

interface Ellipse {
  readonly x: number
  readonly y: number
  readonly long: number
  readonly short: number
  readonly angle: number
  readonly brightness: number
}

/** Numbers from 0 to 1, one after the other. */
const stream = (seed: number, count: number): (() => number) => {
  const numbers = random.uniform(random.key(seed), [count]).data()
  let at = 0
  return () => numbers[at++ % count] as number
}

/** How far a point is from the middle of an ellipse: 1 on its edge. */
const distance = ({ x, y, long, short, angle }: Ellipse, px: number, py: number): number => {
  const [dx, dy] = [px - x, py - y]
  const [along, across] = [dx * Math.cos(angle) + dy * Math.sin(angle), dy * Math.cos(angle) - dx * Math.sin(angle)]
  return Math.hypot(along / long, across / short)
}

/** Ellipses of one image: where two overlap, a pixel belongs to the one whose middle is nearer. */
const ellipses = (size: number, next: () => number): readonly Ellipse[] =>
  Array.from({ length: 6 + Math.floor(next() * 10) }, () => {
    const long = size * (0.045 + 0.06 * next())
    return {
      x: next() * size,
      y: next() * size,
      long,
      short: long * (0.55 + 0.45 * next()),
      angle: next() * Math.PI,
      brightness: 45 + 150 * next() ** 2,
    }
  })

/**
 * Draws nuclei. The same seed draws the same.
 * @example drawNuclei({ seed: 0, count: 2, size: 64 }).images.length // 24576
 */
export const drawNuclei = ({ seed, count, size }: DrawOptions): Nuclei => {
  const next = stream(seed, 65_536)
  const images = new Uint8Array(count * size * size * 3)
  const instances = new Uint8Array(count * size * size)
  const covered = new Uint8Array(count * size * size)
  for (let i = 0; i < count; i++) {
    const all = ellipses(size, next)
    const [slopeX, slopeY, ground] = [60 * (next() - 0.5), 60 * (next() - 0.5), 25 + 35 * next()]
    for (let y = 0; y < size; y++)
      for (let x = 0; x < size; x++) {
        const distances = all.map((ellipse) => distance(ellipse, x, y))
        const nearest = distances.indexOf(Math.min(...distances))
        const place = (i * size + y) * size + x
        const inside = (distances[nearest] as number) <= 1
        if (inside) {
          instances[place] = nearest + 1
          covered[place] = 255
        }
        const shade = ground + slopeX * (x / size - 0.5) + slopeY * (y / size - 0.5)
        const light = inside ? (all[nearest] as Ellipse).brightness * (1 - 0.3 * (distances[nearest] as number)) : 0
        const value = Math.round(shade + light + 16 * (next() - 0.5))
        images.fill(Math.min(Math.max(value, 0), 255), place * 3, place * 3 + 3)
      }
  }
  return { count, size, images, instances, covered }
}
