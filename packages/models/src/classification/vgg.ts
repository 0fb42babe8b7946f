/** Very deep convolutional networks (Simonyan & Zisserman 2015): 3 × 3 convolutions, halved five times, then three dense layers. */
import { operation } from '@puregrad/core'
import {
  adaptiveAvgPool2d,
  batchNorm,
  conv2d,
  dense,
  dropout,
  initializers,
  maxPool2d,
  relu,
  serial,
  type TensorStage,
} from '@puregrad/nn'
import { flattenChannelsFirst, network } from './network.js'
import { type ClassesOption, type DropoutOption, heFanOut, small } from './options.js'

export interface VggOptions extends ClassesOption, DropoutOption {
  /** The channels of each convolution are divided by this: 1 unless said. */
  readonly narrow?: number
  /** The width of the two dense layers: 4096 unless said. */
  readonly hidden?: number
}

type Convolutions = readonly (number | 'pool')[]

/** Columns A, B, D and E of the paper's table 1. */
const columns = {
  11: [64, 'pool', 128, 'pool', 256, 256, 'pool', 512, 512, 'pool', 512, 512, 'pool'],
  13: [64, 64, 'pool', 128, 128, 'pool', 256, 256, 'pool', 512, 512, 'pool', 512, 512, 'pool'],
  16: [64, 64, 'pool', 128, 128, 'pool', 256, 256, 256, 'pool', 512, 512, 512, 'pool', 512, 512, 512, 'pool'],
  19: [
    ...[64, 64, 'pool', 128, 128, 'pool', 256, 256, 256, 256, 'pool'],
    ...[512, 512, 512, 512, 'pool', 512, 512, 512, 512, 'pool'],
  ],
} as const satisfies Readonly<Record<number, Convolutions>>

const names = ['classes', 'dropout', 'narrow', 'hidden'] as const

const convolution = (channels: number) =>
  conv2d(channels, { kernelSize: 3, padding: 1, kernelInit: heFanOut, biasInit: initializers.zeros })

const vgg = (
  depth: keyof typeof columns,
  norm: boolean,
  { classes = 1000, dropout: rate = 0.5, narrow = 1, hidden = 4096 }: VggOptions,
) => {
  const wide = (features: number) => dense(features, { kernelInit: small })
  const layers = (columns[depth] as Convolutions).flatMap((channels): readonly TensorStage[] => {
    if (channels === 'pool') return [maxPool2d(2)]
    const conv = convolution(Math.ceil(channels / narrow))
    return norm ? [conv, batchNorm({ momentum: 0.9 }), relu] : [conv, relu]
  })
  return network(`vgg${depth}${norm ? 'Bn' : ''}`, {
    features: serial(...layers),
    avgpool: adaptiveAvgPool2d(7),
    flatten: flattenChannelsFirst,
    classifier: serial(wide(hidden), relu, dropout(rate), wide(hidden), relu, dropout(rate), wide(classes)),
  })
}

/**
 * VGG of 11 weight layers: 132,863,336 parameters.
 * @returns a network from [height, width, 3] to the logits of `classes`
 * @example parameterCount(vgg11(), [224, 224, 3]) // right(132863336)
 */
export const vgg11 = operation('vgg11', { at: 0, names }, (options: VggOptions = {}) => vgg(11, false, options))

/**
 * VGG of 13 weight layers: 133,047,848 parameters.
 * @example parameterCount(vgg13(), [224, 224, 3]) // right(133047848)
 */
export const vgg13 = operation('vgg13', { at: 0, names }, (options: VggOptions = {}) => vgg(13, false, options))

/**
 * VGG of 16 weight layers: 138,357,544 parameters.
 * @example parameterCount(vgg16(), [224, 224, 3]) // right(138357544)
 */
export const vgg16 = operation('vgg16', { at: 0, names }, (options: VggOptions = {}) => vgg(16, false, options))

/**
 * VGG of 19 weight layers: 143,667,240 parameters.
 * @example parameterCount(vgg19(), [224, 224, 3]) // right(143667240)
 */
export const vgg19 = operation('vgg19', { at: 0, names }, (options: VggOptions = {}) => vgg(19, false, options))

/**
 * VGG-11 with batch normalisation: 132,868,840 parameters.
 * @example parameterCount(vgg11Bn(), [224, 224, 3]) // right(132868840)
 */
export const vgg11Bn = operation('vgg11Bn', { at: 0, names }, (options: VggOptions = {}) => vgg(11, true, options))

/**
 * VGG-13 with batch normalisation: 133,053,736 parameters.
 * @example parameterCount(vgg13Bn(), [224, 224, 3]) // right(133053736)
 */
export const vgg13Bn = operation('vgg13Bn', { at: 0, names }, (options: VggOptions = {}) => vgg(13, true, options))

/**
 * VGG-16 with batch normalisation: 138,365,992 parameters.
 * @example parameterCount(vgg16Bn(), [224, 224, 3]) // right(138365992)
 */
export const vgg16Bn = operation('vgg16Bn', { at: 0, names }, (options: VggOptions = {}) => vgg(16, true, options))

/**
 * VGG-19 with batch normalisation: 143,678,248 parameters.
 * @example parameterCount(vgg19Bn(), [224, 224, 3]) // right(143678248)
 */
export const vgg19Bn = operation('vgg19Bn', { at: 0, names }, (options: VggOptions = {}) => vgg(19, true, options))
