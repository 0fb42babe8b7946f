/** The heads of detectors, with torchvision's names and starts. */
import { ArgumentError, np, type Tensor } from '@puregrad/core'
import {
  block,
  type ConvParams,
  conv2d,
  convTranspose2d,
  type DenseParams,
  dense,
  type initializers,
  type Layer,
  relu,
  serial,
} from '@puregrad/nn'
import { flattenChannelsFirst } from '../classification/network.js'
import { heFanOut, small, torchUniform } from '../classification/options.js'
import type { AnchorOptions } from './anchors.js'
import { anchorsPerPlace } from './anchors.js'
import { fromInput } from './from-input.js'
import type { BoxPredictions, RpnPredictions } from './losses.js'

/** A state in which there is nothing: of layers without one. */
export type Nothing = Readonly<Record<string, unknown>>

/** A convolution and an activation, as torchvision's Conv2dNormActivation holds them. */
export type Convolutions = readonly (readonly [ConvParams, null])[]

const convolution = (channels: number, kernelInit: initializers.Initializer, kernelSize = 3) =>
  conv2d(channels, { kernelSize, padding: (kernelSize - 1) / 2, kernelInit })

/** 3 × 3 convolutions, each followed by relu. */
export const tower = (layers: readonly number[], kernelInit: initializers.Initializer) =>
  serial(...layers.map((channels) => serial(convolution(channels, kernelInit), relu)))

/** How many anchors each place has, the same in all feature maps: heads are shared between these. */
export const anchorsEverywhere = (operation: string, options: AnchorOptions): number => {
  const counts = anchorsPerPlace(options)
  if (counts.some((count) => count !== counts[0]))
    throw new ArgumentError(
      `${operation}: feature maps have ${counts.join(', ')} anchors at each place, and share one head. Give all as many.`,
    )
  return counts[0] as number
}

const channelsOf = (features: readonly { readonly at: (i: number) => unknown }[]): number =>
  features[0]?.at(-1) as number

/** A head over all feature maps of a pyramid, which has as many channels inside as these. */
export const overPyramid = <P, O>(
  name: string,
  make: (channels: number) => Layer<P, Nothing, readonly Tensor[], O>,
): Layer<P, Nothing, readonly Tensor[], O> =>
  fromInput(
    name,
    (shapes) => channelsOf(shapes as readonly (readonly number[])[]),
    (features: readonly Tensor[]) => channelsOf(features.map(({ shape }) => shape)),
    make,
  )

/** What a convolution says of the anchors of each map, [batch, h, w, anchors · size], as rows: [batch, Σ h·w·anchors, size]. */
export const asRows = (maps: readonly Tensor[], size: number): Tensor =>
  np.concatenate(
    maps.map((x) => x.reshape([x.shape[0] as number, -1, size])),
    { axis: 1 },
  )

export interface RpnHeadParams {
  readonly conv: Convolutions
  readonly cls_logits: ConvParams
  readonly bbox_pred: ConvParams
}

/** How likely each anchor has an object, and where: a layer over feature maps. */
export const rpnHead = (anchors: number): Layer<RpnHeadParams, Nothing, readonly Tensor[], RpnPredictions> =>
  overPyramid(
    'rpnHead',
    (channels) =>
      block(
        {
          conv: tower([channels], small),
          cls_logits: convolution(anchors, small, 1),
          bbox_pred: convolution(4 * anchors, small, 1),
        },
        (run, features: readonly Tensor[]): RpnPredictions => {
          const seen = features.map((x) => run.conv(x))
          return {
            objectness: np.squeeze(asRows(seen.map(run.cls_logits), 1), -1),
            deltas: asRows(seen.map(run.bbox_pred), 4),
          }
        },
        { name: 'rpnHead' },
      ) as unknown as Layer<RpnHeadParams, Nothing, readonly Tensor[], RpnPredictions>,
  )

const plainDense = (features: number) => dense(features, { kernelInit: torchUniform })

export interface BoxHeadParams {
  readonly fc6: DenseParams
  readonly fc7: DenseParams
}

/** Regions [n, rows, columns, channels] as vectors: torchvision's TwoMLPHead. */
export const boxHead = (features: number): Layer<BoxHeadParams, Nothing> =>
  block(
    { flat: flattenChannelsFirst, fc6: plainDense(features), fc7: plainDense(features) },
    (run, x: Tensor) => relu(run.fc7(relu(run.fc6(run.flat(x))))),
    { name: 'boxHead' },
  ) as unknown as Layer<BoxHeadParams, Nothing>

export interface BoxPredictorParams {
  readonly cls_score: DenseParams
  readonly bbox_pred: DenseParams
}

/** The class of each region, and where its box is if it is of a class: torchvision's FastRCNNPredictor. */
export const boxPredictor = (classes: number): Layer<BoxPredictorParams, Nothing, Tensor, BoxPredictions> =>
  block(
    { cls_score: plainDense(classes), bbox_pred: plainDense(4 * classes) },
    (run, x: Tensor): BoxPredictions => ({
      logits: run.cls_score(x),
      deltas: run.bbox_pred(x).reshape([-1, classes, 4]),
    }),
    { name: 'boxPredictor' },
  ) as unknown as Layer<BoxPredictorParams, Nothing, Tensor, BoxPredictions>

/** Regions as they are, looked at more closely: torchvision's MaskRCNNHeads. */
export const maskHead = (layers: readonly number[]): Layer<Convolutions, Nothing> =>
  tower(layers, heFanOut) as unknown as Layer<Convolutions, Nothing>

export interface MaskPredictorParams {
  readonly conv5_mask: ConvParams
  readonly mask_fcn_logits: ConvParams
}

/** A mask for each class, twice as fine as the region: torchvision's MaskRCNNPredictor. */
export const maskPredictor = (channels: number, classes: number): Layer<MaskPredictorParams, Nothing> =>
  block(
    {
      conv5_mask: convTranspose2d(channels, {
        kernelSize: 2,
        strides: 2,
        padding: 0,
        transposeKernel: true,
        kernelInit: heFanOut,
      }),
      mask_fcn_logits: convolution(classes, heFanOut, 1),
    },
    (run, x: Tensor) => run.mask_fcn_logits(relu(run.conv5_mask(x))),
    { name: 'maskPredictor' },
  ) as unknown as Layer<MaskPredictorParams, Nothing>
