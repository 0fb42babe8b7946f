/** Batch normalisation that learns nothing more. */
import { operation, stopGradient, type Tensor, tree } from '@puregrad/core'
import { type BatchNormOptions, type BatchNormState, batchNorm, type Layer, type NormParams } from '@puregrad/nn'

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
      plan: norm.plan,
      apply: (params, state, x) => {
        const still = tree.map((leaf: Tensor) => stopGradient(leaf), params)
        return [norm.apply(still, state, x, { mode: 'eval' })[0], state]
      },
    }
  },
)
