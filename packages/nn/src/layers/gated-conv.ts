/** Convolutions over time that gates open and close. */
import { lax, np, operation, type Tensor } from '@puregrad/core'
import { statelessBlock } from '../combinators/block.js'
import { type Layer, stateless } from '../layer.js'
import { unlessRefused } from '../refusal.js'
import { positionwise, type Stepping } from '../steps.js'
import { type ConvParams, conv1d } from './conv.js'
import { affine, type DenseParams, type KernelOptions, planKernel, projection, type WithBias } from './dense.js'

/** Kernels and biases start as those of all its parts. */
export interface GatedCausalConvOptions<B extends boolean = boolean> extends KernelOptions<B> {
  /** How many positions each kernel sees: 2 unless said. */
  readonly kernelSize?: number
  /** Distance of the positions that it sees: 1 unless said. */
  readonly dilation?: number
  /** How many features are skipped to the output: as many as the input has unless said. */
  readonly skip?: number
}

/** What comes in: features, and perhaps what they depend on. */
export interface GatedInput {
  /** [batch, time, channels] */
  readonly x: Tensor
  /** [batch, size] for the whole sequence, or [batch, time, size] for each position. */
  readonly condition?: Tensor
}

/** What comes out: the input and what was added to it, [batch, time, channels], and what is skipped to the end, [batch, time, skip]. */
export interface GatedOutput extends GatedInput {
  readonly skip: Tensor
}

export interface GatedCausalConvParams<B extends boolean = true> {
  /** Filters first, gates second: twice the features. */
  readonly conv: WithBias<ConvParams, B>
  /** A kernel where the input has a condition. */
  readonly condition: { readonly kernel?: Tensor }
  readonly residual: WithBias<DenseParams, B>
  readonly skip: WithBias<DenseParams, B>
}

/**
 * WaveNet's gated unit (van den Oord et al. 2016): z = tanh(filter ∗ x + c) · σ(gate ∗ x + d), where both convolutions see nothing
 * later and c and d come of a condition; x + residual(z) goes on, skip(z) goes to the end. As `step` it keeps a queue of its inputs.
 * @param features of the filter and of the gate
 * @returns a layer from { x, condition? } to { x, skip, condition? }
 * @example
 * const unit = gatedCausalConv(16, { dilation: 4, skip: 8 })
 * const { params, state } = init(unit, { x: [100, 32], condition: [10] }, random.key(0))
 * const [{ x, skip }] = unit.apply(params, state, { x: np.ones([1, 100, 32]), condition: np.ones([1, 10]) }, { mode: 'eval' })
 * x.shape // [1, 100, 32]
 * skip.shape // [1, 100, 8]
 */
export const gatedCausalConv = operation(
  'gatedCausalConv',
  { at: 1, numbers: ['features'], names: ['kernelSize', 'dilation', 'skip', 'useBias', 'kernelInit', 'biasInit'] },
  <const B extends boolean = true>(
    features: number,
    { kernelSize = 2, dilation = 1, skip, ...options }: GatedCausalConvOptions<B> = {},
  ): Layer<GatedCausalConvParams<B>, null, GatedInput, GatedOutput> &
    Stepping<GatedCausalConvParams<B>, null, GatedInput, GatedOutput> => {
    const children = {
      conv: conv1d<B>(2 * features, { ...options, kernelSize, dilation, padding: 'CAUSAL' }),
      condition: optionalCondition(2 * features, options),
      residual: projection<B>(([, x]) => x?.at(-1) as number, options),
      skip: projection<B>(([, x]) => skip ?? (x?.at(-1) as number), options),
    }
    return statelessBlock(`gatedCausalConv(${features})`, children, (run, input: GatedInput): GatedOutput => {
      const { x } = input
      const both = run.conv(x).add(run.condition(input))
      const [filter, gate] = np.split(both, 2, { axis: -1 }) as [Tensor, Tensor]
      const z = np.tanh(filter).mul(lax.logistic(gate))
      return { ...input, x: x.add(run.residual([z, x])), skip: run.skip([z, x]) }
    })
  },
)

/** What a condition adds to both halves, [batch, 1 or time, features]; nothing, of no parameters, where there is none. */
const optionalCondition = (features: number, options: KernelOptions) =>
  positionwise(
    stateless<{ readonly kernel?: Tensor }, GatedInput>(
      'condition',
      unlessRefused(({ x, condition }) => ({
        params:
          condition === undefined
            ? {}
            : planKernel([condition.at(-1) as number, features], { ...options, useBias: false }),
        out: [x[0] as number, features],
      })),
      ({ kernel }, { x, condition }) => {
        if (condition === undefined) return np.zeros([1, 1, 1], { dtype: x.dtype })
        const each = condition.ndim === 2 ? np.expandDims(condition, 1) : condition
        return affine('condition', { kernel: kernel as Tensor }, each)
      },
    ),
  )
