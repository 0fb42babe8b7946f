/** Mask R-CNN, small enough for nuclei of some ten pixels and for minutes of training. */
import { backboneWithFpn, maskRcnn, network } from '@puregrad/models'
import { batchNorm, conv2d, relu, serial } from '@puregrad/nn'
import { room } from './scenes.js'

const convolution = (channels: number, strides = 1) =>
  conv2d(channels, { kernelSize: 3, strides, padding: 1, useBias: false })

const norm = () => batchNorm({ momentum: 0.9 })

/** Half as large, with two convolutions. */
const stage = (channels: number) => serial(convolution(channels, 2), norm(), relu, convolution(channels), norm(), relu)

/** A detector of one class for images that stay as large as they are. */
export const detector = (width: number, side: number) =>
  maskRcnn({
    classes: 2,
    backbone: backboneWithFpn(
      network('small', { layer1: stage(width), layer2: stage(2 * width), layer3: stage(4 * width) }),
      { at: ['layer1', 'layer2', 'layer3'], channels: 2 * width, extra: 'none' },
    ),
    minSize: side,
    sizeDivisible: 8,
    imageMean: [0, 0, 0],
    imageStd: [1, 1, 1],
    rpnAnchors: { sizes: [[8], [16], [32]] },
    rpnPreNmsTopNTrain: 200,
    rpnPreNmsTopNTest: 300,
    rpnPostNmsTopNTrain: 150,
    rpnPostNmsTopNTest: 200,
    rpnBatchSizePerImage: 128,
    // All regions are looked at in the finest features: there are no large ones.
    roiLevels: 1,
    boxRoiSize: 5,
    representationSize: 128,
    boxBatchSizePerImage: 64,
    boxPositiveFraction: 0.5,
    boxDetectionsPerImg: room,
    maskRoiSize: 7,
    maskLayers: [2 * width, 2 * width],
    maskDimReduced: 2 * width,
  })
