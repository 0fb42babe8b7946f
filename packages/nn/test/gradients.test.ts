/** Derivatives of layers and losses against differences, where their own tests compare values only. */
import { np, type Shape, type Tensor } from '@puregrad/core'
import { checkGrads } from '@puregrad/core/testing'
import { describe, expect, it } from 'vitest'
import * as nn from '../src/index.js'
import { checkLayer, sample, train } from './check-layer.js'
import { i32 } from './near.js'

const { losses } = nn

describe('layers', () => {
  const cases: readonly (readonly [nn.Layer<unknown, unknown>, Shape | readonly Shape[]])[] = (
    [
      [nn.dense(3), [4]],
      [nn.conv1d(2, { kernelSize: 3, padding: 'CAUSAL', dilation: 2 }), [6, 2]],
      [nn.conv2d(2, { kernelSize: [3, 2], strides: 2, groups: 2 }), [4, 5, 2]],
      [nn.conv3d(1, { kernelSize: 2 }), [2, 3, 2, 2]],
      [nn.maxPool2d(2), [4, 5, 2]],
      [nn.globalAvgPool(), [3, 2, 2]],
      [nn.globalMaxPool(), [3, 2, 2]],
      [nn.flatten(), [3, 2]],
      [nn.layerNorm(), [3, 4]],
      [nn.rmsNorm(), [3, 4]],
      [nn.groupNorm({ groups: 2 }), [3, 4]],
      [nn.batchNorm(), [3, 2]],
      [nn.simpleRnn(3), [4, 2]],
      [nn.serial(nn.dense(3), nn.tanh, nn.residual(nn.dense(3)), nn.dense(1)), [2]],
      [nn.repeat(nn.serial(nn.dense(3), nn.tanh), 3), [3]],
      [nn.remat(nn.serial(nn.dense(3), nn.tanh)), [3]],
      [nn.concat(nn.dense(2), nn.dense(3)), [3]],
      [nn.parallel(nn.dense(2), nn.conv1d(1, { kernelSize: 2 })), [[3], [4, 2]]],
      [nn.fanOut(nn.dense(2), nn.identity), [3]],
      [nn.shared(nn.dense(3)), [[4], [4]]],
      [nn.avgPool1d(2), [5, 2]],
      [nn.reshape([3, 2]), [6]],
    ] as const
  ).map(([layer, shape]) => [layer as unknown as nn.Layer<unknown, unknown>, shape] as const)
  it.each(cases.map(([layer, shape]) => [`${layer.name} on [${shape}]`, layer, shape] as const))(
    '%s',
    (_, layer, shape) => {
      checkLayer(layer, shape as Shape)
    },
  )
  it('batchNorm and dropout in training', () => {
    checkLayer(nn.batchNorm(), [3, 2], { ctx: train })
    checkLayer(nn.dropout(0.4), [3, 2], { ctx: train })
  })
})

describe('losses', () => {
  const [x, y] = [sample(1, [3, 4]), sample(2, [3, 4])]
  const [p, q] = [nn.softmax(x), nn.softmax(y)]
  const labels = i32([1, 3, 0])
  const signs = np.array([
    [1, -1, 1, 1],
    [-1, -1, 1, -1],
    [1, 1, -1, 1],
  ])
  const cases: Readonly<Record<string, readonly [(...args: Tensor[]) => Tensor, readonly Tensor[]]>> = {
    squaredError: [losses.squaredError, [x, y]],
    l2Loss: [losses.l2Loss, [x, y]],
    absoluteError: [losses.absoluteError, [x, y]],
    huberLoss: [(a, b) => losses.huberLoss(a as Tensor, b), [x, y]],
    logCosh: [losses.logCosh as (a: Tensor, b: Tensor) => Tensor, [x, y]],
    softmaxCrossEntropy: [losses.softmaxCrossEntropy as (a: Tensor, b: Tensor) => Tensor, [x, q]],
    safeSoftmaxCrossEntropy: [losses.safeSoftmaxCrossEntropy as (a: Tensor, b: Tensor) => Tensor, [x, q]],
    softmaxCrossEntropyWithIntegerLabels: [
      (a) => losses.softmaxCrossEntropyWithIntegerLabels(a as Tensor, labels),
      [x],
    ],
    sigmoidBinaryCrossEntropy: [losses.sigmoidBinaryCrossEntropy as (a: Tensor, b: Tensor) => Tensor, [x, q]],
    sigmoidFocalLoss: [(a) => losses.sigmoidFocalLoss(a as Tensor, q, { alpha: 0.3 }), [x]],
    polyLossCrossEntropy: [(a) => losses.polyLossCrossEntropy(a as Tensor, q), [x]],
    hingeLoss: [(a) => losses.hingeLoss(a as Tensor, signs), [x]],
    perceptronLoss: [(a) => losses.perceptronLoss(a as Tensor, signs), [x]],
    multiclassHingeLoss: [(a) => losses.multiclassHingeLoss(a as Tensor, labels), [x]],
    multiclassPerceptronLoss: [(a) => losses.multiclassPerceptronLoss(a as Tensor, labels), [x]],
    tripletMarginLoss: [
      losses.tripletMarginLoss as (a: Tensor, b: Tensor, c: Tensor) => Tensor,
      [x, y, sample(3, [3, 4])],
    ],
    klDivergence: [(a, b) => losses.klDivergence(np.log(a as Tensor), b as Tensor), [p, q]],
    klDivergenceWithLogTargets: [(a, b) => losses.klDivergenceWithLogTargets(a as Tensor, b as Tensor), [x, y]],
    convexKlDivergence: [(a, b) => losses.convexKlDivergence(np.log(a as Tensor), b as Tensor), [p, q]],
    cosineDistance: [losses.cosineDistance as (a: Tensor, b: Tensor) => Tensor, [x, y]],
    ntxent: [(a) => losses.ntxent(a as Tensor, i32([0, 1, 0]), { temperature: 0.5 }), [x]],
    meanSquaredError: [losses.meanSquaredError as (a: Tensor, b: Tensor) => Tensor, [x, y]],
    meanAbsoluteError: [losses.meanAbsoluteError as (a: Tensor, b: Tensor) => Tensor, [x, y]],
    smoothL1: [(a, b) => losses.smoothL1(a as Tensor, b as Tensor, { beta: 1.3 }), [x, y]],
    cosineSimilarity: [losses.cosineSimilarity as (a: Tensor, b: Tensor) => Tensor, [x, y]],
    crossEntropy: [(a) => losses.crossEntropy(nn.softmax(a as Tensor), q), [x]],
    binaryCrossEntropy: [(a) => losses.binaryCrossEntropy(nn.sigmoid(a as Tensor), q), [x]],
    diceLoss: [(a) => losses.diceLoss(nn.sigmoid(a as Tensor), q), [x]],
    infoNce: [(a, b) => losses.infoNce(a as Tensor, b as Tensor), [x, y]],
    ctcLoss: [
      (a) => losses.ctcLoss(a as Tensor, np.zeros([1, 5]), i32([[1, 1]]), np.zeros([1, 2])),
      [sample(4, [1, 5, 3])],
    ],
  }
  it.each(Object.entries(cases))('%s', (_, [loss, args]) => checkGrads(loss as never, args as never, { order: 1 }))

  it('none is left out', () => {
    // Pairs of losses, and what takes functions, have theirs beside them; smoothLabels makes targets, sumAndWeight parts.
    const elsewhere = Object.entries(losses).flatMap(([name, loss]) => (typeof loss === 'object' ? [name] : []))
    const others = ['gradientPenalty', 'reduction', 'smoothLabels', 'sumAndWeight', ...elsewhere]
    expect(Object.keys(losses).filter((name) => !others.includes(name) && !(name in cases))).toEqual([])
  })
})
