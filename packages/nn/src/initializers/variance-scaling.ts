/** Initialisers that keep the variance of what flows through a layer, by the number of its inputs and outputs. */
import { operation, random, type Shape, ShapeError } from '@puregrad/core'
import { sizeOf } from '../plan.js'
import type { Initializer } from './initializer.js'
import { scaled } from './scaled.js'

export type FanMode = 'fan_in' | 'fan_out' | 'fan_avg'
export type Distribution = 'truncated_normal' | 'normal' | 'uniform'

export interface FanOptions {
  /** The axis of the inputs: −2 unless said. */
  readonly inAxis?: number
  /** The axis of the outputs: −1 unless said. */
  readonly outAxis?: number
  /** Axes of independent kernels, such as a stack of layers. */
  readonly batchAxis?: readonly number[]
}

/** The standard deviation of a standard normal distribution cut at ±2. */
const truncatedDeviation = 0.87962566103423978

const fans = (shape: Shape, { inAxis = -2, outAxis = -1, batchAxis = [] }: FanOptions): readonly [number, number] => {
  const at = (axis: number): number => (axis < 0 ? axis + shape.length : axis)
  const size = (axis: number): number => {
    const n = shape[at(axis)]
    if (n === undefined) {
      throw new ShapeError(
        `varianceScaling: a kernel [${shape}] has no axis ${axis} to count its inputs or outputs by. ` +
          'Kernels need two axes or more; for others use normal({ stddev }), or give inAxis and outAxis.',
      )
    }
    return n
  }
  const batch = sizeOf(batchAxis.map(size))
  const field = sizeOf(shape) / (size(inAxis) * size(outAxis) * batch)
  return [size(inAxis) * field, size(outAxis) * field]
}

const normal = scaled(random.normal)
const uniform = scaled((key, shape, typed) => random.uniform(key, shape, { ...typed, minval: -1 }))
const truncated = scaled((key, shape, typed) => random.truncatedNormal(key, -2, 2, shape, typed))

/**
 * Variance scale / fan, where fan is the number of inputs of a unit (`fan_in`), of outputs (`fan_out`) or their mean (`fan_avg`).
 * @throws ShapeError for shapes without these axes
 * @example nn.initializers.varianceScaling(2, 'fan_in', 'normal')(random.key(0), [784, 512])
 */
export const varianceScaling = operation(
  'initializers.varianceScaling',
  { at: 3, numbers: ['scale'], names: ['inAxis', 'outAxis', 'batchAxis'] },
  (scale: number, mode: FanMode, distribution: Distribution, options: FanOptions = {}): Initializer =>
    (key, shape, typed) => {
      const [fanIn, fanOut] = fans(shape, options)
      const fan = { fan_in: fanIn, fan_out: fanOut, fan_avg: (fanIn + fanOut) / 2 }[mode]
      const variance = scale / Math.max(fan, 1)
      switch (distribution) {
        case 'normal':
          return normal(Math.sqrt(variance))(key, shape, typed)
        case 'uniform':
          return uniform(Math.sqrt(3 * variance))(key, shape, typed)
        case 'truncated_normal':
          return truncated(Math.sqrt(variance) / truncatedDeviation)(key, shape, typed)
      }
    },
)

/**
 * Variance 1 / mean fan, uniform (Glorot & Bengio 2010).
 * @example nn.initializers.glorotUniform()(random.key(0), [784, 512])
 */
export const glorotUniform = operation(
  'initializers.glorotUniform',
  { at: 0, names: ['inAxis', 'outAxis', 'batchAxis'] },
  (options?: FanOptions): Initializer => varianceScaling(1, 'fan_avg', 'uniform', options),
)

/**
 * Variance 1 / mean fan, normal (Glorot & Bengio 2010).
 * @example nn.initializers.glorotNormal()(random.key(0), [784, 512])
 */
export const glorotNormal = operation(
  'initializers.glorotNormal',
  { at: 0, names: ['inAxis', 'outAxis', 'batchAxis'] },
  (options?: FanOptions): Initializer => varianceScaling(1, 'fan_avg', 'truncated_normal', options),
)

/**
 * Variance 2 / inputs, uniform, for relu (He et al. 2015).
 * @example nn.initializers.heUniform()(random.key(0), [784, 512])
 */
export const heUniform = operation(
  'initializers.heUniform',
  { at: 0, names: ['inAxis', 'outAxis', 'batchAxis'] },
  (options?: FanOptions): Initializer => varianceScaling(2, 'fan_in', 'uniform', options),
)

/**
 * Variance 2 / inputs, normal, for relu (He et al. 2015).
 * @example nn.initializers.heNormal()(random.key(0), [784, 512])
 */
export const heNormal = operation(
  'initializers.heNormal',
  { at: 0, names: ['inAxis', 'outAxis', 'batchAxis'] },
  (options?: FanOptions): Initializer => varianceScaling(2, 'fan_in', 'truncated_normal', options),
)

/**
 * Variance 1 / inputs, uniform (LeCun et al. 1998).
 * @example nn.initializers.lecunUniform()(random.key(0), [784, 512])
 */
export const lecunUniform = operation(
  'initializers.lecunUniform',
  { at: 0, names: ['inAxis', 'outAxis', 'batchAxis'] },
  (options?: FanOptions): Initializer => varianceScaling(1, 'fan_in', 'uniform', options),
)

/**
 * Variance 1 / inputs, normal (LeCun et al. 1998), the default of kernels.
 * @example nn.initializers.lecunNormal()(random.key(0), [784, 512])
 */
export const lecunNormal = operation(
  'initializers.lecunNormal',
  { at: 0, names: ['inAxis', 'outAxis', 'batchAxis'] },
  (options?: FanOptions): Initializer => varianceScaling(1, 'fan_in', 'truncated_normal', options),
)
