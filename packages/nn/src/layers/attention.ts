/** Attention of a sequence to itself. */
import { RangeError, ShapeError, type Tensor } from '@puregrad/core'
import { left, right } from 'fp-ts/lib/Either.js'
import { dotProductAttention } from '../functions/attention.js'
import { type Layer, stateless } from '../layer.js'
import { under } from '../plan.js'
import { affine, type DenseParams, type KernelOptions, planKernel, type WithBias } from './dense.js'

export interface AttentionParams<D = DenseParams> {
  readonly query: D
  readonly key: D
  readonly value: D
  readonly out: D
}

export interface SelfAttentionOptions<B extends boolean = boolean> extends KernelOptions<B> {
  /** Into how many heads the features are divided. */
  readonly heads: number
  /** Whether a position sees no later ones: false unless said. */
  readonly causal?: boolean
}

/**
 * Multi-head attention of a sequence to itself (Vaswani et al. 2017): [batch, time, features] to the same shape.
 * @throws RangeError unless heads is a whole number ≥ 1
 * @example
 * const layer = selfAttention({ heads: 4, causal: true })
 * const { params } = init(layer, [16, 64], random.key(0))
 * layer.apply(params, null, np.ones([2, 16, 64]), { mode: 'eval' })[0].shape // [2, 16, 64]
 */
export const selfAttention = <const B extends boolean = true>(
  options: SelfAttentionOptions<B>,
): Layer<AttentionParams<WithBias<DenseParams, B>>, null> => {
  const { heads, causal = false } = options
  const name = `selfAttention(${heads})`
  if (!Number.isInteger(heads) || heads < 1)
    throw new RangeError(`${name}: the number of heads has to be a whole number ≥ 1.`)
  const layer = stateless<AttentionParams>(
    name,
    (input) => {
      const features = input[1]
      if (input.length !== 2 || features === undefined) {
        return left(
          new ShapeError(
            `${name}: takes [time, features] after the batch axis and the input is [${input}]. Put nn.reshape before it.`,
          ),
        )
      }
      if (features % heads !== 0) {
        return left(
          new ShapeError(
            `${name}: ${heads} heads do not divide the ${features} features of [${input}]. Take heads that do.`,
          ),
        )
      }
      const project = (label: string): unknown => under(label, planKernel([features, features], options))
      const params = { query: project('query'), key: project('key'), value: project('value'), out: project('out') }
      return right({ params: params as never, out: input })
    },
    (params, x) => {
      const [batch, time, features] = x.shape as unknown as readonly [number, number, number]
      const split = (role: 'query' | 'key' | 'value'): Tensor =>
        affine(`${name} ${role}`, params[role], x).reshape([batch, time, heads, features / heads])
      const mixed = dotProductAttention(split('query'), split('key'), split('value'), { isCausal: causal })
      return affine(`${name} out`, params.out, mixed.reshape([batch, time, features]))
    },
  )
  return layer as never
}
