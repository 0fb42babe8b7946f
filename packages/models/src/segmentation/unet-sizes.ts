/** Which sizes of images a U-Net can halve and double. */

type Padding = 'VALID' | 'SAME'

/** What two 3 × 3 convolutions take off an axis. */
const lost = (padding: Padding): number => (padding === 'VALID' ? 4 : 0)

/**
 * The sizes of an axis after each level's convolutions, on the way down and up again; undefined if one cannot be halved, or nothing is left.
 * @example levelsOf(572, 4, 'VALID') // [568, 280, 136, 64, 28, 52, 100, 196, 388]
 */
export const levelsOf = (size: number, depth: number, padding: Padding): readonly number[] | undefined => {
  const sizes: number[] = []
  let now = size
  for (let i = 0; i < depth; i++) {
    now -= lost(padding)
    if (now < 2 || now % 2 !== 0) return undefined
    sizes.push(now)
    now /= 2
  }
  now -= lost(padding)
  if (now < 1) return undefined
  sizes.push(now)
  for (let i = 0; i < depth; i++) {
    now = 2 * now - lost(padding)
    if (now < 1) return undefined
    sizes.push(now)
  }
  return sizes
}

/** The next smaller size that works, if there is one, and the next larger one; the size alone if it works. */
export const nearestSizes = (size: number, depth: number, padding: Padding): readonly number[] => {
  const works = (n: number): boolean => levelsOf(n, depth, padding) !== undefined
  if (works(size)) return [size]
  const below = Array.from({ length: 2 ** depth }, (_, i) => size - 1 - i).find((n) => n > 0 && works(n))
  let above = size + 1
  while (!works(above)) above++
  return below === undefined ? [above] : [below, above]
}
