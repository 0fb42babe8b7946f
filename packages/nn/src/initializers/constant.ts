/** Initialisers without chance. */
import { np, operation } from '@puregrad/core'
import type { Initializer } from './initializer.js'

/**
 * All zeros.
 * @example nn.initializers.zeros(random.key(0), [2]) // [0, 0]
 */
export const zeros: Initializer = operation(
  'initializers.zeros',
  { at: 2, names: ['dtype'] },
  (_, shape, { dtype = 'float32' } = {}) => np.zeros(shape, { dtype }),
)

/**
 * All ones.
 * @example nn.initializers.ones(random.key(0), [2]) // [1, 1]
 */
export const ones: Initializer = operation(
  'initializers.ones',
  { at: 2, names: ['dtype'] },
  (_, shape, { dtype = 'float32' } = {}) => np.ones(shape, { dtype }),
)

/**
 * One value everywhere.
 * @example nn.initializers.constant(3)(random.key(0), [2]) // [3, 3]
 */
export const constant =
  (value: number): Initializer =>
  (_, shape, { dtype = 'float32' } = {}) =>
    np.full(shape, value, { dtype })
