import type { Refuse } from '../bytes/decoding.js'
import type { Unpacking } from '../bytes/gzip.js'

/** What a picture may take, so that a small file cannot ask for all memory. */
export interface ImageLimits extends Unpacking {
  /** How many pixels it may have: 10⁸ unless said. */
  readonly maxPixels?: number
}

/** How many pixels an image may have unless its decoder is told another limit: 10,000 × 10,000. */
export const defaultMaxPixels = 1e8

/** Refuses a picture that is larger than allowed, before anything is allocated for it. */
export const checkPixelCount = (
  width: number,
  height: number,
  { maxPixels = defaultMaxPixels }: ImageLimits,
  refuse: Refuse,
): void => {
  if (width * height <= maxPixels) return
  const cure = 'If you trust the file, raise the option maxPixels.'
  throw refuse('limit', `at most ${maxPixels} pixels`, `${width} × ${height}`, cure)
}
