/** Names that published weights of detectors have are known. */
import type { Tensor } from '@puregrad/core'
import { random } from '@puregrad/core'
import { init } from '@puregrad/nn'
import { isLeft, isRight } from 'fp-ts/lib/Either.js'
import { describe, expect, it } from 'vitest'
import {
  backboneWithFpn,
  fasterRcnn,
  fromTorchvision,
  frozenBatchNorm,
  maskRcnn,
  resnet18,
  retinaNet,
  toTorchvision,
} from '../src/index.js'

const sizes = { sizes: [[8], [16], [32], [64], [128]] }
const spine = resnet18({ width: 2, norm: frozenBatchNorm })
const small = { classes: 2, minSize: 64, backbone: backboneWithFpn(spine, { channels: 4 }) }
const lastThree = backboneWithFpn(spine, { at: ['layer2', 'layer3', 'layer4'], channels: 4, extra: 'p6p7' })
const options = { ...small, rpnAnchors: sizes, representationSize: 4, maskLayers: [4, 4, 4, 4], maskDimReduced: 4 }
const { maskLayers: _, maskDimReduced: __, ...boxesOnly } = options

/** As torchvision wrote them before 0.14. */
const olderName = (name: string): string =>
  name
    .replace(/^(backbone\.fpn\..*_blocks\.\d)\.0\./, '$1.')
    .replace(/^(rpn\.head\.conv)\.0\.0\./, '$1.')
    .replace(
      /^(roi_heads\.mask_head\.)(\d)\.0\./,
      (_match, head: string, i: string) => `${head}mask_fcn${Number(i) + 1}.`,
    )
    .replace(/^(head\..*_head\.conv\.)(\d)\.0\./, (_match, head: string, i: string) => `${head}${2 * Number(i)}.`)

describe('older names of detectors', () => {
  const both = <P, S>(model: Parameters<typeof fromTorchvision<P, S, Tensor, unknown>>[0]) => {
    const theirs = toTorchvision(init(model, [64, 64, 3], random.key(0)))
    if (isLeft(theirs)) throw new Error(JSON.stringify(theirs.left))
    const older = new Map([...theirs.right].map(([name, x]) => [olderName(name), x]))
    expect([...older.keys()]).not.toEqual([...theirs.right.keys()])
    expect(isRight(fromTorchvision(model, [64, 64, 3], theirs.right))).toBe(true)
    const read = fromTorchvision(model, [64, 64, 3], older)
    if (isLeft(read)) throw new Error(JSON.stringify(read.left).slice(0, 300))
    const back = toTorchvision(read.right)
    expect(isRight(back) && [...back.right.keys()].sort()).toEqual([...theirs.right.keys()].sort())
  }

  it('are read for Faster R-CNN', () => both(fasterRcnn(boxesOnly)))
  it('are read for Mask R-CNN', () => both(maskRcnn(options)))
  it('are read for RetinaNet', () => both(retinaNet({ classes: 2, minSize: 64, backbone: lastThree, anchors: sizes })))
})
