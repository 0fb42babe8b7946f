/** Layers that tell tokens where they stand. */

import type { Tensor } from '@puregrad/core'
import { operation, type Shape, ShapeError } from '@puregrad/core'
import { left, right } from 'fp-ts/lib/Either.js'
import { sinusoidalPositions, type WaveOptions } from '../functions/positions.js'
import { normal } from '../initializers/distributions.js'
import type { Initializer } from '../initializers/initializer.js'
import { type Layer, stateless } from '../layer.js'
import { leaf } from '../plan.js'

const wrongRank = (name: string, input: Shape): ShapeError =>
  new ShapeError(
    `${name}: takes [time, features] after the batch axis and the input is [${input}]. Put an embedding before it.`,
  )

/**
 * Adds sines and cosines of positions (Vaswani et al. 2017) to [batch, time, features].
 * @throws ShapeError from `plan`'s left side if features are odd
 * @example sinusoidalEncoding().apply(null, null, np.zeros([1, 5, 8]), { mode: 'eval' })[0].shape // [1, 5, 8]
 */
export const sinusoidalEncoding = operation(
  'sinusoidalEncoding',
  { at: 0, names: ['base'] },
  (options: WaveOptions = {}): Layer<null, null> =>
    stateless(
      'sinusoidalEncoding',
      (input) => {
        if (input.length !== 2) return left(wrongRank('sinusoidalEncoding', input))
        if ((input[1] as number) % 2 === 0) return right({ params: null, out: input })
        return left(
          new ShapeError(`sinusoidalEncoding: the ${input[1]} features of [${input}] are odd. Take an even number.`),
        )
      },
      (_, x) => {
        const [, time, features] = x.shape as unknown as readonly [number, number, number]
        const dtype = x.dtype === 'float64' ? 'float64' : 'float32'
        return x.add(sinusoidalPositions(time, features, { ...options, dtype }))
      },
    ),
)

export interface PositionParams {
  /** [length, features] */
  readonly embedding: Tensor
}

/**
 * Adds a learnt vector for each position to [batch, time, features].
 * @param length the longest sequence
 * @throws ShapeError for longer ones
 * @example init(learnedPositions(512), [10, 64], random.key(0)).params.embedding.shape // [512, 64]
 */
export const learnedPositions = operation(
  'learnedPositions',
  { at: 1, numbers: ['length'], names: ['embeddingInit'] },
  (
    length: number,
    // As GPT-2 starts them.
    { embeddingInit = normal({ stddev: 0.02 }) }: { readonly embeddingInit?: Initializer } = {},
  ): Layer<PositionParams, null> => {
    const name = `learnedPositions(${length})`
    const tooLong = (time: number): ShapeError =>
      new ShapeError(`${name}: a sequence of ${time} is longer than there are positions. Cut it, or make more of them.`)
    return stateless<PositionParams>(
      name,
      (input) => {
        if (input.length !== 2) return left(wrongRank(name, input))
        const [time, features] = input as unknown as readonly [number, number]
        if (time > length) return left(tooLong(time))
        return right({ params: { embedding: leaf('embedding', [length, features], embeddingInit) }, out: input })
      },
      ({ embedding }, x) => {
        const time = x.shape[1] as number
        if (time > length) throw tooLong(time)
        return x.add(embedding.slice({ stop: time }))
      },
    )
  },
)
