/** Normalisation by the statistics of the batch. */

import { lax, np, operation, type Tensor } from '@puregrad/core'
import { checkApply } from '../arguments.js'
import { ones, zeros } from '../initializers/constant.js'
import type { Layer } from '../layer.js'
import { leaf } from '../plan.js'
import { refuse, unlessRefused } from '../refusal.js'
import { positionwise, type Stepping } from '../steps.js'
import { type AffineOptions, channelsOf, type NormParamsOf, planAffine, type SomeNormParams } from './normalization.js'

/** Running statistics, [channels] each. */
export interface BatchNormState {
  readonly mean: Tensor
  readonly var: Tensor
}

export interface BatchNormOptions<A extends boolean = boolean, B extends boolean = boolean>
  extends AffineOptions<A, B> {
  /** How much of the running statistics each training step keeps: 0.99 unless said. */
  readonly momentum?: number
  /** Added to the variance: 1e-5 unless said, as in Flax and PyTorch; Keras adds 1e-3. */
  readonly epsilon?: number
  /** The name of a `vmap` axis over which statistics are shared as well. */
  readonly axisName?: string
}

/**
 * Zero mean and unit variance of each channel, then scale and bias (Ioffe & Szegedy 2015). Training takes the statistics of
 * the batch and moves those in the state towards them; evaluation takes those of the state.
 * @example
 * const { params, state } = init(batchNorm(), [2], random.key(0))
 * const [, next] = batchNorm().apply(params, state, np.ones([5, 2]), { mode: 'train', key: random.key(1) })
 * next.mean.toArray() // [0.01, 0.01]
 */
export const batchNorm = operation(
  'batchNorm',
  { at: 0, names: ['momentum', 'epsilon', 'axisName', 'affine', 'useBias', 'scaleInit', 'biasInit'] },
  <const A extends boolean = true, const B extends boolean = true>(
    options: BatchNormOptions<A, B> = {},
  ): Layer<NormParamsOf<A, B>, BatchNormState> & Stepping<NormParamsOf<A, B>, BatchNormState, Tensor, Tensor, null> => {
    const { momentum = 0.99, epsilon = 1e-5, axisName } = options
    const pooled = (x: Tensor): Tensor => (axisName === undefined ? x : lax.pmean(x, axisName))
    const normalize = (x: Tensor, mean: Tensor, variance: Tensor, { scale, bias }: SomeNormParams): Tensor => {
      const inverse = lax.rsqrt(variance.add(epsilon))
      const y = x.sub(mean).mul(scale === undefined ? inverse : inverse.mul(scale))
      return bias === undefined ? y : y.add(bias)
    }
    return positionwise<NormParamsOf<A, B>, BatchNormState, Tensor, Tensor>({
      name: 'batchNorm',
      plan: unlessRefused((input) => {
        const channels = channelsOf('batchNorm', input)
        const state = { mean: leaf('mean', [channels], zeros), var: leaf('var', [channels], ones) }
        return { params: planAffine(channels, epsilon, options), state, out: input }
      }),
      apply: (params, state, x, ctx) => {
        checkApply('batchNorm', params, state, x, ctx)
        if (ctx.mode === 'eval') return [normalize(x, state.mean, state.var, params), state]
        const channels = x.shape[x.ndim - 1]
        if (channels !== state.mean.shape[0])
          refuse(
            'batchNorm',
            `x is ${x.dtype}[${x.shape}] and the state holds ${state.mean.shape[0]} channels.`,
            'Call init with the shape of this input.',
          )
        const axis = Array.from({ length: x.ndim - 1 }, (_, i) => i)
        const mean = pooled(np.mean(x, { axis }))
        const variance = pooled(np.mean(np.square(x.sub(mean)), { axis }))
        const moved = (old: Tensor, now: Tensor): Tensor => old.mul(momentum).add(now.mul(1 - momentum))
        return [
          normalize(x, mean, variance, params),
          { mean: moved(state.mean, mean), var: moved(state.var, variance) },
        ]
      },
    })
  },
)
