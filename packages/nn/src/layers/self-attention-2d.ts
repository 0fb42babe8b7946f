/** Attention between all places of an image. */
import { np, operation, RangeError, type Tensor } from '@puregrad/core'
import { block, parameter } from '../combinators/block.js'
import { withoutState } from '../combinators/without-state.js'
import { softmax } from '../functions/softmax.js'
import { zeros } from '../initializers/constant.js'
import type { Layer } from '../layer.js'
import { stepless } from '../steps.js'
import { type DenseParams, type KernelOptions, projection } from './dense.js'

export interface SelfAttention2dOptions extends KernelOptions {
  /** How many times fewer channels queries and keys have than the image: 8 unless said. */
  readonly reduction?: number
}

export interface SelfAttention2dParams {
  readonly query: DenseParams
  readonly key: DenseParams
  readonly value: DenseParams
  readonly out: DenseParams
  /** [], 0 at first. */
  readonly gate: Tensor
}

/**
 * Self-attention between the places of an image (Zhang et al. 2019, SAGAN): x + gate · out(softmax(query · keyᵀ) · value). Its gate is
 * 0 at first, so that a network learns from what is near before it looks further.
 * @returns a layer from [batch, height, width, channels] to the same shape
 * @throws RangeError unless the reduction is a whole number ≥ 1
 * @example
 * const layer = selfAttention2d()
 * const { params, state } = init(layer, [8, 8, 16], random.key(0))
 * params.query.kernel.shape // [16, 2]
 * layer.apply(params, state, np.ones([1, 8, 8, 16]), { mode: 'eval' })[0].shape // [1, 8, 8, 16]
 */
export const selfAttention2d = operation(
  'selfAttention2d',
  { at: 0, names: ['reduction', 'useBias', 'kernelInit', 'biasInit'] },
  ({ reduction = 8, ...options }: SelfAttention2dOptions = {}): Layer<SelfAttention2dParams, null> => {
    if (!Number.isInteger(reduction) || reduction < 1)
      throw new RangeError(`selfAttention2d: the reduction is ${reduction}, and has to be a whole number ≥ 1.`)
    const narrow = projection(([x]) => Math.max(1, Math.floor((x?.at(-1) as number) / reduction)), options)
    const wide = projection(([, like]) => like?.at(-1) as number, options)
    const half = projection(([x]) => Math.max(1, Math.floor((x?.at(-1) as number) / 2)), options)
    const layer = withoutState(
      block(
        { query: narrow, key: narrow, value: half, out: wide, gate: parameter([], zeros) },
        (run, x: Tensor) => {
          const [batch, height, width, channels] = x.shape as unknown as readonly [number, number, number, number]
          const places = x.reshape([batch, height * width, channels])
          const scores = np.matmul(run.query([places]), np.swapaxes(run.key([places]), 1, 2))
          const mixed = np.matmul(softmax(scores), run.value([places]))
          return x.add(run.out([mixed, x]).reshape(x.shape).mul(run.gate(x)))
        },
        { name: 'selfAttention2d' },
      ),
    )
    return { ...layer, ...stepless('selfAttention2d', 'every place sees all others.') } as Layer<
      SelfAttention2dParams,
      null
    >
  },
)
