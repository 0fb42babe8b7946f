/** The usual recurrent layers over [batch, time, features]: `rnn` of their cells, by their usual names. */
import { operation } from '@puregrad/core'
import type { Layer } from '../layer.js'
import type { Stepping } from '../steps.js'
import {
  type CellOptions,
  type GatedCellOptions,
  type GruCellOptions,
  type GruParamsOf,
  gruCell,
  lstmCell,
  type RecurrentParams,
  simpleRnnCell,
} from './cells.js'
import type { WithBias } from './dense.js'
import { type RnnOptions, rnn } from './rnn.js'

/** How a recurrent layer runs; further options are those of its cell, and `rnn` has more. */
export type RecurrentOptions = Pick<RnnOptions, 'returnSequences' | 'reverse'>

/**
 * The plain recurrent layer: h ← tanh(x · inputKernel + h · recurrentKernel + bias).
 * @param features the length of the hidden state
 * @returns a layer from [batch, time, inputs] to [batch, time, features]
 * @example
 * const { params } = init(simpleRnn(8), [5, 3], random.key(0))
 * simpleRnn(8).apply(params, null, np.ones([2, 5, 3]), { mode: 'eval' })[0].shape // [2, 5, 8]
 */
export const simpleRnn = operation(
  'simpleRnn',
  {
    at: 1,
    numbers: ['features'],
    names: ['reverse', 'returnSequences', 'activation', 'useBias', 'inputInit', 'recurrentInit', 'biasInit'],
  },
  <const B extends boolean = true>(
    features: number,
    options: RecurrentOptions & CellOptions<B> = {},
  ): Layer<WithBias<RecurrentParams, B>, null> & Stepping<WithBias<RecurrentParams, B>, null> =>
    rnn(simpleRnnCell(features, ofCell(options)), running(options)),
)

/**
 * The long short-term memory (Hochreiter & Schmidhuber 1997) with gates i, f, g, o side by side in its kernels:
 * c ← σ(f) c + σ(i) tanh(g), h ← σ(o) tanh(c).
 * @param features the length of the hidden state and of the cell
 * @returns a layer from [batch, time, inputs] to [batch, time, features]
 * @example
 * const { params } = init(lstm(8), [5, 3], random.key(0))
 * lstm(8).apply(params, null, np.ones([2, 5, 3]), { mode: 'eval' })[0].shape // [2, 5, 8]
 */
export const lstm = operation(
  'lstm',
  {
    at: 1,
    numbers: ['features'],
    names: [
      'reverse',
      'returnSequences',
      'recurrentActivation',
      'activation',
      'useBias',
      'inputInit',
      'recurrentInit',
      'biasInit',
    ],
  },
  <const B extends boolean = true>(
    features: number,
    options: RecurrentOptions & GatedCellOptions<B> = {},
  ): Layer<WithBias<RecurrentParams, B>, null> & Stepping<WithBias<RecurrentParams, B>, null> =>
    rnn(lstmCell(features, ofCell(options)), running(options)),
)

/**
 * The gated recurrent unit (Cho et al. 2014) with gates r, z, n side by side in its kernels, reset after the product:
 * n = tanh(xₙ + σ(r) · (h · recurrentKernelₙ + recurrentBiasₙ)), h ← (1 − σ(z)) n + σ(z) h.
 * @param features the length of the hidden state
 * @returns a layer from [batch, time, inputs] to [batch, time, features]
 * @example
 * const { params } = init(gru(8), [5, 3], random.key(0))
 * gru(8).apply(params, null, np.ones([2, 5, 3]), { mode: 'eval' })[0].shape // [2, 5, 8]
 */
export const gru = operation(
  'gru',
  {
    at: 1,
    numbers: ['features'],
    names: [
      'reverse',
      'returnSequences',
      'reset',
      'recurrentActivation',
      'activation',
      'useBias',
      'inputInit',
      'recurrentInit',
      'biasInit',
    ],
  },
  <const B extends boolean = true>(
    features: number,
    options: RecurrentOptions & GruCellOptions<B> = {},
  ): Layer<GruParamsOf<B>, null> & Stepping<GruParamsOf<B>, null> =>
    rnn(gruCell(features, ofCell(options)), running(options)),
)

/** The options of the cell, without those of the loop. */
const ofCell = <O extends RecurrentOptions>({
  returnSequences,
  reverse,
  ...options
}: O): Omit<O, keyof RecurrentOptions> => options

/** The options of the loop, without those of the cell. */
const running = ({ returnSequences = true, reverse = false }: RecurrentOptions): RnnOptions<false, false, false> => ({
  returnSequences,
  reverse,
})
