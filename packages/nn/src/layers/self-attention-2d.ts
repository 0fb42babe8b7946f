/** Attention between all places of an image. */
import { np, operation, RangeError, type Tensor } from '@puregrad/core'
import { statelessBlock } from '../combinators/block.js'
import { parameter } from '../combinators/parameter.js'
import { softmax } from '../functions/softmax.js'
import { zeros } from '../initializers/constant.js'
import type { Initializer } from '../initializers/initializer.js'
import type { Layer } from '../layer.js'
import { stepless } from '../steps.js'
import { type DenseParams, type KernelOptions, projection, type WithBias } from './dense.js'

export interface SelfAttention2dOptions<B extends boolean = boolean> extends KernelOptions<B> {
  /** How many times fewer channels queries and keys have than the image: 8 unless said. */
  readonly reduction?: number
  /** `zeros` unless said. */
  readonly gateInit?: Initializer
}

export interface SelfAttention2dParams<B extends boolean = true> {
  readonly query: WithBias<DenseParams, B>
  readonly key: WithBias<DenseParams, B>
  readonly value: WithBias<DenseParams, B>
  readonly out: WithBias<DenseParams, B>
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
  { at: 0, names: ['reduction', 'useBias', 'kernelInit', 'biasInit', 'gateInit'] },
  <const B extends boolean = true>({
    reduction = 8,
    gateInit = zeros,
    ...options
  }: SelfAttention2dOptions<B> = {}): Layer<SelfAttention2dParams<B>, null> => {
    if (!Number.isInteger(reduction) || reduction < 1)
      throw new RangeError(`selfAttention2d: the reduction is ${reduction}, and has to be a whole number ≥ 1.`)
    const narrow = projection<B>(([x]) => Math.max(1, Math.floor((x?.at(-1) as number) / reduction)), options)
    const wide = projection<B>(([, like]) => like?.at(-1) as number, options)
    const half = projection<B>(([x]) => Math.max(1, Math.floor((x?.at(-1) as number) / 2)), options)
    const layer = statelessBlock(
      'selfAttention2d',
      { query: narrow, key: narrow, value: half, out: wide, gate: parameter([], gateInit) },
      (run, x: Tensor) => {
        const [batch, height, width, channels] = x.shape as unknown as readonly [number, number, number, number]
        const places = x.reshape([batch, height * width, channels])
        const scores = np.matmul(run.query([places]), np.swapaxes(run.key([places]), 1, 2))
        const mixed = np.matmul(softmax(scores), run.value([places]))
        return x.add(run.out([mixed, x]).reshape(x.shape).mul(run.gate(x)))
      },
    )
    return { ...layer, ...stepless('selfAttention2d', 'every place sees all others.') }
  },
)
