/** Arbitrary random keys. */

import type { Arbitrary } from 'fast-check'
import fc from '#fast-check'
import { type Key, key } from '../../random/key.js'

/**
 * Keys of `random`, from all seeds; they shrink to `random.key(0)`.
 * @example fc.property(keys(), (k) => random.uniform(k, [4]).max().item() < 1)
 */
export const keys = (): Arbitrary<Key> => fc.maxSafeNat().map((seed) => key(seed))
