/** Two detectors, small enough for minutes of training: one that looks once, and one that looks again at what it proposes. */
import { backboneWithFpn, darknet, fasterRcnn, network, yolo } from '@puregrad/models'
import { batchNorm, conv2d, relu, serial } from '@puregrad/nn'
import { kinds } from './cells.js'

/** Found boxes an image at most. */
const found = 60

/** YOLO over maps of a quarter and an eighth of the resolution, with the anchors of each. */
export const yoloOf = (width: number, anchors: readonly (readonly (readonly [number, number])[])[]) =>
  yolo({
    classes: kinds.length,
    anchors,
    backbone: darknet({ width, blocks: [1, 1, 2], maps: anchors.length }),
    exclusive: true,
    scoreThreshold: 0.01,
    detections: found,
  })

const convolution = (channels: number, strides = 1) =>
  conv2d(channels, { kernelSize: 3, strides, padding: 1, useBias: false })

const norm = () => batchNorm({ momentum: 0.9 })

/** Half as large, with two convolutions. */
const stage = (channels: number) => serial(convolution(channels, 2), norm(), relu, convolution(channels), norm(), relu)

/** Faster R-CNN over a pyramid of a quarter and an eighth of the resolution; regions are looked at in the finer one. */
export const rcnnOf = (width: number, [height]: readonly [number, number]) =>
  fasterRcnn({
    classes: kinds.length + 1,
    backbone: backboneWithFpn(
      network('small', { layer1: stage(width), layer2: stage(2 * width), layer3: stage(4 * width) }),
      { at: ['layer2', 'layer3'], channels: 4 * width, extra: 'none' },
    ),
    minSize: height,
    sizeDivisible: 8,
    imageMean: [0, 0, 0],
    imageStd: [1, 1, 1],
    rpnAnchors: {
      sizes: [
        [10, 16],
        [26, 40],
      ],
      aspectRatios: [1],
    },
    rpnPreNmsTopNTrain: 200,
    rpnPreNmsTopNTest: 200,
    rpnPostNmsTopNTrain: 120,
    rpnPostNmsTopNTest: 120,
    rpnBatchSizePerImage: 128,
    roiLevels: 1,
    boxRoiSize: 5,
    representationSize: 128,
    boxBatchSizePerImage: 64,
    boxPositiveFraction: 0.5,
    boxScoreThresh: 0.01,
    boxDetectionsPerImg: found,
  })
