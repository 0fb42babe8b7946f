/** What detectors see with: networks of classification without their end, and a feature pyramid over their stages. */
import { ArgumentError, operation, type Tensor } from '@puregrad/core'
import { block, type Ctx, type Layer, type SomeLayer, type TensorStage } from '@puregrad/nn'
import type { Network, Stages } from '../classification/network.js'
import {
  type ExtraLevels,
  type FeaturePyramidParams,
  type FeaturePyramidState,
  featurePyramid,
} from './feature-pyramid.js'

/** A layer from images to feature maps, the finest first, or to one. */
export type Backbone = SomeLayer & {
  readonly apply: (params: never, state: never, x: Tensor, ctx: Ctx) => readonly [Tensor | readonly Tensor[], unknown]
}

/** Feature maps as a list, if there is one only, too. */
export const listed = (features: Tensor | readonly Tensor[]): readonly Tensor[] =>
  Array.isArray(features) ? (features as readonly Tensor[]) : [features as Tensor]

/** The variables of the stages of a network up to its last one that is looked at. */
export type BodyVariables<T> = Omit<T, 'fc' | 'classifier'>

export interface BackboneParams<P, E extends ExtraLevels = 'pool'> {
  readonly body: BodyVariables<P>
  readonly fpn: FeaturePyramidParams<E>
}

export interface BackboneState<S> {
  readonly body: BodyVariables<S>
  readonly fpn: FeaturePyramidState
}

export interface BackboneOptions<C extends Stages, E extends ExtraLevels = ExtraLevels> {
  /** The stages over which the pyramid stands, in their order: 'layer1' to 'layer4' unless said. */
  readonly at?: readonly (keyof C & string)[]
  /** Of every level: 256 unless said. */
  readonly channels?: number
  /** What comes above the pyramid: 'pool' unless said. */
  readonly extra?: E
}

/** What a network gives at several of its stages, in one pass. */
const stagesAt = <C extends Stages>({ name, stages }: Network<C>, at: readonly string[]) => {
  const names = Object.keys(stages)
  const missing = at.find((stage) => !names.includes(stage))
  if (missing !== undefined || at.length === 0)
    throw new ArgumentError(
      `backboneWithFpn: ${at.length === 0 ? 'at names no stage' : `${name} has no stage '${missing}'`}. Its stages are ${names.join(', ')}.`,
    )
  const used = names.slice(0, Math.max(...at.map((stage) => names.indexOf(stage))) + 1)
  const children = Object.fromEntries(used.map((stage) => [stage, stages[stage] as TensorStage]))
  return block(
    children,
    (run, image: Tensor): readonly Tensor[] => {
      const seen: Tensor[] = []
      let x = image
      for (const stage of used) {
        x = (run[stage] as (x: Tensor) => Tensor)(x)
        if (at.includes(stage)) seen.push(x)
      }
      return seen
    },
    { name: `${name}.body` },
  )
}

/**
 * A network of classification under a feature pyramid: torchvision's BackboneWithFPN, with its names. Stages stay as they are, so
 * `freeze` of nn and `frozenBatchNorm` hold still what is not to learn.
 * @returns a layer from images to feature maps, the finest first
 * @throws ArgumentError for stages that there are not
 * @example
 * const backbone = backboneWithFpn(resnet18({ width: 4, norm: frozenBatchNorm }), { channels: 8 })
 * const { params, state } = init(backbone, [64, 64, 3], random.key(0))
 * const [levels] = backbone.apply(params, state, np.ones([1, 64, 64, 3]), { mode: 'eval' })
 * levels.map(({ shape }) => shape[1]) // [16, 8, 4, 2, 1]
 */
export const backboneWithFpn = operation(
  'backboneWithFpn',
  { at: 1, names: ['at', 'channels', 'extra'] },
  <const C extends Stages, const E extends ExtraLevels = 'pool'>(
    network: Network<C>,
    options: BackboneOptions<C, E> = {},
  ) => {
    const { at = ['layer1', 'layer2', 'layer3', 'layer4'], channels = 256, extra = 'pool' as E } = options
    type Params = Network<C> extends Layer<infer P, unknown> ? P : never
    type State = Network<C> extends Layer<never, infer S> ? S : never
    return block(
      { body: stagesAt(network, at), fpn: featurePyramid(channels, { extra }) },
      (run, images: Tensor): readonly Tensor[] => run.fpn(run.body(images)),
      { name: `backboneWithFpn(${network.name})` },
    ) as unknown as Layer<BackboneParams<Params, E>, BackboneState<State>, Tensor, readonly Tensor[]>
  },
)
