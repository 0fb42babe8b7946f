/** Arbitrary shapes. */

import type { Arbitrary } from 'fast-check'
import fc from '#fast-check'
import type { Shape } from '../../shape.js'

export interface ShapeConstraints {
  /** Smallest rank. Default 0. */
  readonly minRank?: number
  /** Largest rank. Default 3. */
  readonly maxRank?: number
  /** Smallest size of an axis. Default 0, so that empty tensors are met. */
  readonly minSize?: number
  /** Largest size of an axis. Default 4. */
  readonly maxSize?: number
}

/**
 * Shapes; they shrink to fewer and smaller axes.
 * @example fc.assert(fc.property(shapes({ minRank: 1 }), (shape) => np.zeros(shape).ndim >= 1))
 */
export const shapes = ({
  minRank = 0,
  maxRank = 3,
  minSize = 0,
  maxSize = 4,
}: ShapeConstraints = {}): Arbitrary<Shape> =>
  fc.array(fc.integer({ min: minSize, max: maxSize }), { minLength: minRank, maxLength: maxRank })
