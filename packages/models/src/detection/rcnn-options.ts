/** What R-CNNs can be told, by torchvision's names in camelCase. */
import type { AnchorOptions } from './anchors.js'
import type { Backbone } from './backbone.js'
import { type ImageOptions, imageDefaults, imageOptionNames } from './images.js'

export interface RpnOptions {
  /** 32 to 512 in three proportions, one size for each of five feature maps, unless said. */
  readonly rpnAnchors?: AnchorOptions
  /** How many proposals of each feature map go into suppression, in training and else: 2000 and 1000 unless said. */
  readonly rpnPreNmsTopNTrain?: number
  readonly rpnPreNmsTopNTest?: number
  /** How many proposals of an image come out of it: 2000 and 1000 unless said. */
  readonly rpnPostNmsTopNTrain?: number
  readonly rpnPostNmsTopNTest?: number
  /** Of two proposals that overlap more the better one stays: 0.7 unless said. */
  readonly rpnNmsThresh?: number
  /** From this overlap on anchors are positive: 0.7 unless said. */
  readonly rpnFgIouThresh?: number
  /** Below this overlap anchors are background: 0.3 unless said. */
  readonly rpnBgIouThresh?: number
  /** How many anchors of an image are drawn for the loss: 256 unless said. */
  readonly rpnBatchSizePerImage?: number
  /** How many of these may be positive: half unless said. */
  readonly rpnPositiveFraction?: number
  /** Proposals below this probability go: 0 unless said. */
  readonly rpnScoreThresh?: number
}

export interface BoxOptions {
  /** From how many feature maps, the finest first, regions are taken: 4 unless said, or as many as there are. */
  readonly roiLevels?: number
  /** The side of a box that belongs to the canonical level of the pyramid: 224 unless said. */
  readonly canonicalScale?: number
  /** The level of stride 2 to the power of this, to which such boxes belong: 4 unless said. */
  readonly canonicalLevel?: number
  /** The grid a side over each region: 7 unless said. */
  readonly boxRoiSize?: number
  /** Features of a region: 1024 unless said. */
  readonly representationSize?: number
  /** Boxes up to this probability go: 0.05 unless said. */
  readonly boxScoreThresh?: number
  /** Of two boxes of a class that overlap more the better one stays: 0.5 unless said. */
  readonly boxNmsThresh?: number
  /** How many boxes an image has at most: 100 unless said. */
  readonly boxDetectionsPerImg?: number
  /** From this overlap on regions are of the class of the box: 0.5 unless said. */
  readonly boxFgIouThresh?: number
  /** Below this overlap regions are background: 0.5 unless said. */
  readonly boxBgIouThresh?: number
  /** How many regions of an image are drawn for the loss: 512 unless said. */
  readonly boxBatchSizePerImage?: number
  /** How many of these may be of a class: a quarter unless said. */
  readonly boxPositiveFraction?: number
  /** How much the offsets of a box count: [10, 10, 5, 5] unless said. */
  readonly bboxRegWeights?: readonly [number, number, number, number]
}

export interface FasterRcnnOptions<B extends Backbone = Backbone> extends ImageOptions, RpnOptions, BoxOptions {
  /** How many classes, with the background, which is class 0: 91, those of COCO, unless said. */
  readonly classes?: number
  /** A layer from images to feature maps: ResNet-50 with a pyramid, its statistics held still, unless said. */
  readonly backbone?: B
}

export interface MaskOptions {
  /** The grid a side over each region: 14 unless said; masks are twice as fine. */
  readonly maskRoiSize?: number
  /** The channels of the convolutions of the head: four of 256 unless said. */
  readonly maskLayers?: readonly number[]
  /** Channels before the last convolution: 256 unless said. */
  readonly maskDimReduced?: number
}

export interface MaskRcnnOptions<B extends Backbone = Backbone> extends FasterRcnnOptions<B>, MaskOptions {}

export const fasterRcnnOptionNames = [
  'classes',
  'backbone',
  ...imageOptionNames,
  'rpnAnchors',
  'rpnPreNmsTopNTrain',
  'rpnPreNmsTopNTest',
  'rpnPostNmsTopNTrain',
  'rpnPostNmsTopNTest',
  'rpnNmsThresh',
  'rpnFgIouThresh',
  'rpnBgIouThresh',
  'rpnBatchSizePerImage',
  'rpnPositiveFraction',
  'rpnScoreThresh',
  'roiLevels',
  'canonicalScale',
  'canonicalLevel',
  'boxRoiSize',
  'representationSize',
  'boxScoreThresh',
  'boxNmsThresh',
  'boxDetectionsPerImg',
  'boxFgIouThresh',
  'boxBgIouThresh',
  'boxBatchSizePerImage',
  'boxPositiveFraction',
  'bboxRegWeights',
] as const

export const maskRcnnOptionNames = [...fasterRcnnOptionNames, 'maskRoiSize', 'maskLayers', 'maskDimReduced'] as const

/** Every option but the backbone, with torchvision's values where nothing is said. */
export type Settled = Required<Omit<MaskRcnnOptions, 'backbone'>>

export const settled = ({ backbone: _, ...options }: MaskRcnnOptions): Settled => ({
  classes: 91,
  ...imageDefaults,
  rpnAnchors: { sizes: [[32], [64], [128], [256], [512]] },
  rpnPreNmsTopNTrain: 2000,
  rpnPreNmsTopNTest: 1000,
  rpnPostNmsTopNTrain: 2000,
  rpnPostNmsTopNTest: 1000,
  rpnNmsThresh: 0.7,
  rpnFgIouThresh: 0.7,
  rpnBgIouThresh: 0.3,
  rpnBatchSizePerImage: 256,
  rpnPositiveFraction: 0.5,
  rpnScoreThresh: 0,
  roiLevels: 4,
  canonicalScale: 224,
  canonicalLevel: 4,
  boxRoiSize: 7,
  representationSize: 1024,
  boxScoreThresh: 0.05,
  boxNmsThresh: 0.5,
  boxDetectionsPerImg: 100,
  boxFgIouThresh: 0.5,
  boxBgIouThresh: 0.5,
  boxBatchSizePerImage: 512,
  boxPositiveFraction: 0.25,
  bboxRegWeights: [10, 10, 5, 5],
  maskRoiSize: 14,
  maskLayers: [256, 256, 256, 256],
  maskDimReduced: 256,
  ...options,
})
