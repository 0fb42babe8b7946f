/** Vectors for classes, words or positions. */
import { DTypeError, np, operation, type Tensor } from '@puregrad/core'
import { right } from 'fp-ts/lib/Either.js'
import type { Initializer } from '../initializers/initializer.js'
import { varianceScaling } from '../initializers/variance-scaling.js'
import { type Layer, stateless } from '../layer.js'
import { leaf } from '../plan.js'
import { positionwise, type Stepping } from '../steps.js'

export interface EmbeddingParams {
  /** [count, features] */
  readonly embedding: Tensor
}

export interface EmbeddingOptions {
  /** Normal with variance 1 / count unless said. */
  readonly embeddingInit?: Initializer
}

/**
 * A learnt vector for every integer from 0 to count − 1; others, negative ones too, give NaN and train nothing.
 * @param count how many there are  @param features the length of their vectors
 * @returns a layer from integers [batch, …] to [batch, …, features]
 * @throws DTypeError for tensors that are no integers
 * @example init(embedding(1000, 64), [12], random.key(0)).params.embedding.shape // [1000, 64]
 */
export const embedding = operation(
  'embedding',
  { at: 2, numbers: ['count', 'features'], names: ['embeddingInit'] },
  (
    count: number,
    features: number,
    options: EmbeddingOptions = {},
  ): Layer<EmbeddingParams, null> & Stepping<EmbeddingParams, null, Tensor, Tensor, null> => {
    const name = `embedding(${count}, ${features})`
    const { embeddingInit = varianceScaling(1, 'fan_in', 'normal') } = options
    const layer = stateless<EmbeddingParams>(
      name,
      (input) =>
        right({
          params: { embedding: leaf('embedding', [count, features], embeddingInit) },
          out: [...input, features],
        }),
      (params, x) => {
        if (x.dtype === 'float32' || x.dtype === 'float64' || x.dtype === 'bool') {
          throw new DTypeError(
            `${name}: x is ${x.dtype}[${x.shape}] and has to hold integers. Convert with x.astype('int32').`,
          )
        }
        // A negative integer would count from the end, as in NumPy: it is moved to where nothing is.
        return np.take(params.embedding, x.dtype === 'int32' ? np.where(x.lt(0), count, x) : x, { axis: 0 })
      },
    )
    return positionwise(layer)
  },
)
