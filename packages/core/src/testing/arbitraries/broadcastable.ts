/** Arbitrary pairs of shapes that broadcast to each other. */

import type { Arbitrary } from 'fast-check'
import fc from '#fast-check'
import type { Shape } from '../../shape.js'
import { type ShapeConstraints, shapes } from './shapes.js'

export interface BroadcastablePair {
  readonly left: Shape
  readonly right: Shape
  /** What both broadcast to. */
  readonly result: Shape
}

/** How an axis appears on each side: there, 1 on the left, or 1 on the right. */
const sides = ['both', 'left', 'right'] as const

/**
 * Two shapes that broadcast, and what to: axes of size 1 and axes left out on either side.
 * @example
 * const sum = ({ left, right }: BroadcastablePair) => np.add(np.ones(left), np.ones(right)).shape
 * fc.assert(fc.property(broadcastablePairs(), (pair) => String(sum(pair)) === String(pair.result)))
 */
export const broadcastablePairs = (constraints: ShapeConstraints = {}): Arbitrary<BroadcastablePair> =>
  shapes(constraints).chain((result) =>
    fc
      .record({
        kept: fc.array(fc.constantFrom(...sides), { minLength: result.length, maxLength: result.length }),
        dropped: fc.nat(result.length),
        shortSide: fc.boolean(),
      })
      .map(({ kept, dropped, shortSide }) => {
        const full = (side: 'left' | 'right'): number[] =>
          result.map((n, i) => (kept[i] === 'both' || kept[i] === side || i < dropped ? n : 1))
        const [left, right] = [full('left'), full('right')]
        return shortSide ? { left: left.slice(dropped), right, result } : { left, right: right.slice(dropped), result }
      }),
  )
