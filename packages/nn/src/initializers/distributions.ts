/** Initialisers that draw every element alike, whatever the shape. */
import { operation, random } from '@puregrad/core'
import type { Initializer } from './initializer.js'
import { scaled } from './scaled.js'

const uniformly = scaled(random.uniform)
const normally = scaled(random.normal)

/**
 * Uniform on [0, scale), 0.01 unless said.
 * @example np.max(nn.initializers.uniform({ scale: 1 })(random.key(0), [1000])).item() < 1 // true
 */
export const uniform = operation(
  'initializers.uniform',
  { at: 0, names: ['scale'] },
  ({ scale = 0.01 }: { readonly scale?: number } = {}): Initializer => uniformly(scale),
)

/**
 * Normal with mean 0 and deviation stddev, 0.01 unless said.
 * @example nn.initializers.normal({ stddev: 2 })(random.key(0), [4]).shape // [4]
 */
export const normal = operation(
  'initializers.normal',
  { at: 0, names: ['stddev'] },
  ({ stddev = 0.01 }: { readonly stddev?: number } = {}): Initializer => normally(stddev),
)

export interface TruncatedNormalOptions {
  /** Of the normal distribution before it is cut: 0.01 unless said. */
  readonly stddev?: number
  /** Cuts in units of stddev: −2 and 2 unless said. */
  readonly lower?: number
  readonly upper?: number
}

/**
 * Normal within bounds.
 * @example np.max(np.abs(nn.initializers.truncatedNormal({ stddev: 1 })(random.key(0), [1000]))).item() <= 2 // true
 */
export const truncatedNormal = operation(
  'initializers.truncatedNormal',
  { at: 0, names: ['stddev', 'lower', 'upper'] },
  ({ stddev = 0.01, lower = -2, upper = 2 }: TruncatedNormalOptions = {}): Initializer =>
    scaled((key, shape, options) => random.truncatedNormal(key, lower, upper, shape, options))(stddev),
)
