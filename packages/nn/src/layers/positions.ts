/** Layers that tell tokens where they stand. */

import { np, operation, type Shape, type Tensor } from '@puregrad/core'
import { sinusoidalPositions, type WaveOptions } from '../functions/positions.js'
import { normal } from '../initializers/distributions.js'
import type { Initializer } from '../initializers/initializer.js'
import { type Layer, stateless } from '../layer.js'
import { leaf } from '../plan.js'
import { refuse, unlessRefused } from '../refusal.js'
import { positionsFrom, type Stepping } from '../steps.js'

/** @throws ShapeError unless it is a sequence */
const sequenceOf = (name: string, input: Shape): readonly [time: number, features: number] => {
  const [time, features] = input
  return time === undefined || features === undefined || input.length !== 2
    ? refuse(
        name,
        `takes [time, features] after the batch axis and the input is [${input}].`,
        'Put an embedding before it.',
      )
    : [time, features]
}

/**
 * Adds sines and cosines of positions (Vaswani et al. 2017) to [batch, time, features].
 * @throws ShapeError from `plan`'s left side if features are odd
 * @example sinusoidalEncoding().apply(null, null, np.zeros([1, 5, 8]), { mode: 'eval' })[0].shape // [1, 5, 8]
 */
export const sinusoidalEncoding = operation(
  'sinusoidalEncoding',
  { at: 0, names: ['base'] },
  (options: WaveOptions = {}): Layer<null, null> & Stepping<null, null, Tensor, Tensor, WaveCache> => {
    const layer = stateless<null>(
      'sinusoidalEncoding',
      unlessRefused((input) => {
        const [, features] = sequenceOf('sinusoidalEncoding', input)
        return features % 2 === 0
          ? { params: null, out: input }
          : refuse('sinusoidalEncoding', `the ${features} features of [${input}] are odd.`, 'Take an even number.')
      }),
      (_, x) => {
        const [, time, features] = x.shape as unknown as readonly [number, number, number]
        const dtype = x.dtype === 'float64' ? 'float64' : 'float32'
        return x.add(sinusoidalPositions(time, features, { ...options, dtype }))
      },
    )
    return {
      ...layer,
      startCache: (_, batch, length) => ({
        index: np.array(0, { dtype: 'int32' }),
        room: np.zeros([batch, length, 0]),
      }),
      step: (_, __, { index, room }, x) => {
        const [, time, features] = x.shape as unknown as readonly [number, number, number]
        const dtype = x.dtype === 'float64' ? 'float64' : 'float32'
        const waves = sinusoidalPositions(room.shape[1] as number, features, { ...options, dtype })
        const here = np.take(waves, positionsFrom(index, time), { axis: 0, mode: 'fill' })
        return [x.add(here), { index: index.add(time).astype('int32'), room }]
      },
    }
  },
)

/** Which position comes next, int32, and room for as many as there may be: [batch, length, 0], so that a size says it. */
export interface WaveCache {
  readonly index: Tensor
  readonly room: Tensor
}

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
  ): Layer<PositionParams, null> & Stepping<PositionParams, null, Tensor, Tensor, Tensor> => {
    const name = `learnedPositions(${length})`
    const checkLength = (time: number): void => {
      if (time > length)
        refuse(name, `a sequence of ${time} is longer than there are positions.`, 'Cut it, or make more of them.')
    }
    const layer = stateless<PositionParams>(
      name,
      unlessRefused((input) => {
        const [time, features] = sequenceOf(name, input)
        checkLength(time)
        return { params: { embedding: leaf('embedding', [length, features], embeddingInit) }, out: input }
      }),
      ({ embedding }, x) => {
        const time = x.shape[1] as number
        checkLength(time)
        return x.add(embedding.slice({ stop: time }))
      },
    )
    return {
      ...layer,
      startCache: () => np.array(0, { dtype: 'int32' }),
      step: ({ embedding }, _, index, x) => {
        const time = x.shape[1] as number
        const here = np.take(embedding, positionsFrom(index, time), { axis: 0, mode: 'fill' })
        return [x.add(here), index.add(time).astype('int32')]
      },
    }
  },
)
