/** Batch normalisation that learns nothing more. */
import { operation, stopGradient, type Tensor, tree } from '@puregrad/core'
import {
  type BatchNormOptions,
  type BatchNormState,
  batchNorm,
  type Layer,
  type NormParams,
  type Planned,
} from '@puregrad/nn'
import * as E from 'fp-ts/lib/Either.js'

type OfNorm = Planned<NormParams, BatchNormState>

/** Without what the import of weights would say of an epsilon that is not PyTorch's: weights that were trained with 0 do not tell. */
const silent = (planned: OfNorm): OfNorm => {
  const { about: _, ...scale } = planned.params.scale
  return { ...planned, params: { ...planned.params, scale } }
}

/**
 * Batch normalisation by the statistics that it has, in training too, with a scale and a shift that stay: for fine-tuning with few
 * examples a batch, as torchvision's detectors do it. Its variables are those of `batchNorm`.
 * @example
 * const layer = frozenBatchNorm()
 * const { params, state } = init(layer, [4], random.key(0))
 * layer.apply(params, state, np.ones([2, 4]), { mode: 'train', key: random.key(1) })[1] === state // true
 */
export const frozenBatchNorm = operation(
  'frozenBatchNorm',
  { at: 0, names: ['epsilon'] },
  (options: Pick<BatchNormOptions, 'epsilon'> = {}): Layer<NormParams, BatchNormState> => {
    const norm = batchNorm(options)
    return {
      name: 'frozenBatchNorm',
      plan: (input) => E.map(silent)(norm.plan(input)),
      apply: (params, state, x) => {
        const still = tree.map((leaf: Tensor) => stopGradient(leaf), params)
        return [norm.apply(still, state, x, { mode: 'eval' })[0], state]
      },
    }
  },
)
