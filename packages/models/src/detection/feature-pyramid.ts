/** Feature pyramids (Lin et al. 2017): what deep layers know, at the resolution of early ones. */
import { ArgumentError, operation, type Tensor } from '@puregrad/core'
import { block, type ConvParams, conv2d, initializers, type Layer, parallel, relu, serial } from '@puregrad/nn'
import { nearest } from './images.js'

/** The convolutions of all levels, each in a tuple of its own as torchvision's are in a sequence. */
type Levels = readonly (readonly [ConvParams])[]

interface PyramidParams {
  readonly inner_blocks: Levels
  readonly layer_blocks: Levels
}

/** What a pyramid learns, with the convolutions of the two levels that 'p6p7' and 'p6p7OfFeatures' add. */
export type FeaturePyramidParams<E extends ExtraLevels = 'none'> = E extends 'p6p7' | 'p6p7OfFeatures'
  ? PyramidParams & { readonly extra_blocks: { readonly p6: ConvParams; readonly p7: ConvParams } }
  : PyramidParams

/** Whatever state its layers have: none. */
export type FeaturePyramidState = Readonly<Record<string, unknown>>

/**
 * What comes above the pyramid: every second pixel of its top ('pool'), two convolutions of stride 2 over its top ('p6p7') or over
 * the deepest features ('p6p7OfFeatures', as in the paper of RetinaNet), or nothing ('none').
 */
export type ExtraLevels = 'pool' | 'p6p7' | 'p6p7OfFeatures' | 'none'

const extras: readonly ExtraLevels[] = ['pool', 'p6p7', 'p6p7OfFeatures', 'none']

export interface FeaturePyramidOptions<E extends ExtraLevels = ExtraLevels> {
  /** 'none' unless said. */
  readonly extra?: E
}

// torchvision: kaiming_uniform_(a=1), which is He et al.'s for a line instead of relu.
const start = initializers.varianceScaling(1, 'fan_in', 'uniform')

const convolution = (channels: number, kernelSize: number, strides = 1) =>
  conv2d(channels, { kernelSize, strides, padding: (kernelSize - 1) / 2, kernelInit: start })

const sizeOf = (x: Tensor): readonly [number, number] => [x.shape[1] as number, x.shape[2] as number]

const last = <T>(list: readonly T[]): T => list.at(-1) as T

/** The pyramid over so many levels. */
const pyramidOf = <E extends ExtraLevels>(levels: number, channels: number, extra: E) => {
  const each = (kernelSize: number) =>
    parallel(...Array.from({ length: levels }, () => serial(convolution(channels, kernelSize))))
  const children = {
    inner_blocks: each(1),
    layer_blocks: each(3),
    ...(extra.startsWith('p6p7')
      ? {
          extra_blocks: block(
            { p6: convolution(channels, 3, 2), p7: convolution(channels, 3, 2) },
            (run, x: Tensor): readonly Tensor[] => {
              const p6 = run.p6(x)
              return [p6, run.p7(relu(p6))]
            },
          ),
        }
      : {}),
  }
  type Children = Readonly<Record<'inner_blocks' | 'layer_blocks' | 'extra_blocks', (x: unknown) => readonly Tensor[]>>
  return block(
    children as never,
    (run: Children, features: readonly Tensor[]): readonly Tensor[] => {
      const inner = run.inner_blocks(features)
      const summed: Tensor[] = [last(inner)]
      for (const x of inner.slice(0, -1).reverse()) summed.push(x.add(nearest(last(summed), sizeOf(x))))
      const pyramid = run.layer_blocks(summed.reverse())
      const top = last(pyramid)
      if (extra === 'pool') return [...pyramid, top.slice({}, { step: 2 }, { step: 2 })]
      if (extra === 'none') return pyramid
      return [...pyramid, ...run.extra_blocks(extra === 'p6p7' ? top : last(features))]
    },
    { name: `featurePyramid(${channels})` },
  ) as unknown as Layer<FeaturePyramidParams<E>, FeaturePyramidState, readonly Tensor[], readonly Tensor[]>
}

/**
 * A feature pyramid, torchvision's FeaturePyramidNetwork with its names: to each feature map, brought to `channels` by a 1 × 1
 * convolution, comes what the deeper ones say, and a 3 × 3 convolution smooths the sum.
 * @param channels of every level of the pyramid
 * @returns a layer from feature maps [height, width, …], the finest first, to as many of [height, width, channels], and what `extra` adds
 * @throws ArgumentError for extra levels that there are not
 * @example
 * const pyramid = featurePyramid(4, { extra: 'pool' })
 * const { params, state } = init(pyramid, [[16, 16, 3], [8, 8, 5]], random.key(0))
 * const [levels] = pyramid.apply(params, state, [np.ones([1, 16, 16, 3]), np.ones([1, 8, 8, 5])], { mode: 'eval' })
 * levels.map(({ shape }) => shape) // [[1, 16, 16, 4], [1, 8, 8, 4], [1, 4, 4, 4]]
 */
export const featurePyramid = operation(
  'featurePyramid',
  { at: 1, numbers: ['channels'], names: ['extra'] },
  <const E extends ExtraLevels = 'none'>(
    channels: number,
    options: FeaturePyramidOptions<E> = {},
  ): Layer<FeaturePyramidParams<E>, FeaturePyramidState, readonly Tensor[], readonly Tensor[]> => {
    const { extra = 'none' as E } = options
    if (!extras.includes(extra))
      throw new ArgumentError(`featurePyramid: extra is '${extra}', and has to be one of ${extras.join(', ')}.`)
    return {
      name: `featurePyramid(${channels})`,
      // How many levels there are, the input says.
      plan: (input) => pyramidOf(input.length, channels, extra).plan(input),
      apply: (params, state, x, ctx) => pyramidOf(x.length, channels, extra).apply(params, state, x, ctx),
    }
  },
)
