/** Deep residual networks (He et al. 2016), wide ones (Zagoruyko & Komodakis 2016) and those of groups (Xie et al. 2017). */
import { operation, type Tensor } from '@puregrad/core'
import {
  type BatchNormState,
  batchNorm,
  block,
  conv2d,
  dense,
  flatten,
  globalAvgPool,
  type Layer,
  maxPool2d,
  type NormParams,
  relu,
  serial,
} from '@puregrad/nn'
import { network } from './network.js'
import { type ClassesOption, heFanOut, torchUniform } from './options.js'

/** A norm of channels, with the variables of `batchNorm`. */
export type ResnetNorm = () => Layer<NormParams, BatchNormState>

export interface ResnetOptions extends ClassesOption {
  /** The channels of the first stage: 64 unless said; each further one has twice as many. */
  readonly width?: number
  /** `batchNorm` unless said; `frozenBatchNorm` to fine-tune with the statistics that there are. */
  readonly norm?: ResnetNorm
}

interface Shape {
  readonly kind: 'basic' | 'bottleneck'
  /** Blocks of each stage. */
  readonly blocks: readonly number[]
  readonly groups?: number
  /** The width of the groups of the first stage, of which 64 are as wide as the stage. */
  readonly groupWidth?: number
}

/** The norm of torchvision: momentum 0.1 of the new there is 0.9 of the old here. */
export const usualNorm: ResnetNorm = () => batchNorm({ momentum: 0.9 })

const convolution = (channels: number, kernelSize: number, strides = 1, groups = 1) =>
  conv2d(channels, {
    kernelSize,
    strides,
    groups,
    padding: (kernelSize - 1) / 2,
    useBias: false,
    kernelInit: heFanOut,
  })

/** A projection where the shape changes. */
const projection = (channels: number, strides: number, norm: ResnetNorm) => ({
  downsample: serial(convolution(channels, 1, strides), norm()),
})

/** Two 3 × 3 convolutions around which the input flows. */
export const basicBlock = (channels: number, strides: number, changes: boolean, norm: ResnetNorm) => {
  const children = {
    conv1: convolution(channels, 3, strides),
    bn1: norm(),
    conv2: convolution(channels, 3),
    bn2: norm(),
  }
  const name = `basicBlock(${channels})`
  return changes
    ? block(
        { ...children, ...projection(channels, strides, norm) },
        (run, x: Tensor) => relu(run.bn2(run.conv2(relu(run.bn1(run.conv1(x))))).add(run.downsample(x))),
        { name },
      )
    : block(children, (run, x: Tensor) => relu(run.bn2(run.conv2(relu(run.bn1(run.conv1(x))))).add(x)), { name })
}

/** 1 × 1, 3 × 3 and 1 × 1: narrow in the middle. The stride stands in the middle, too ("ResNet v1.5"). */
const bottleneck = (
  channels: number,
  middle: number,
  strides: number,
  groups: number,
  changes: boolean,
  norm: ResnetNorm,
) => {
  const out = 4 * channels
  const children = {
    conv1: convolution(middle, 1),
    bn1: norm(),
    conv2: convolution(middle, 3, strides, groups),
    bn2: norm(),
    conv3: convolution(out, 1),
    bn3: norm(),
  }
  type Children = { readonly [K in keyof typeof children]: (x: Tensor) => Tensor }
  const body = (run: Children, x: Tensor): Tensor =>
    run.bn3(run.conv3(relu(run.bn2(run.conv2(relu(run.bn1(run.conv1(x))))))))
  const name = `bottleneck(${channels})`
  return changes
    ? block(
        { ...children, ...projection(out, strides, norm) },
        (run, x: Tensor) => relu(body(run, x).add(run.downsample(x))),
        { name },
      )
    : block(children, (run, x: Tensor) => relu(body(run, x).add(x)), { name })
}

const resnet = (
  name: string,
  { kind, blocks, groups = 1, groupWidth = 64 }: Shape,
  { classes = 1000, width = 64, norm = usualNorm }: ResnetOptions,
) => {
  const stage = (index: number) => {
    const channels = width * 2 ** index
    const middle = Math.floor((channels * groupWidth) / 64) * groups
    const first = index === 0 ? 1 : 2
    return serial(
      ...Array.from({ length: blocks[index] as number }, (_, i) => {
        const strides = i === 0 ? first : 1
        if (kind === 'basic') return basicBlock(channels, strides, i === 0 && index > 0, norm)
        return bottleneck(channels, middle, strides, groups, i === 0, norm)
      }),
    )
  }
  return network(name, {
    conv1: convolution(width, 7, 2),
    bn1: norm(),
    relu,
    maxpool: maxPool2d(3, { strides: 2, padding: 1 }),
    layer1: stage(0),
    layer2: stage(1),
    layer3: stage(2),
    layer4: stage(3),
    avgpool: globalAvgPool(),
    flatten: flatten(),
    fc: dense(classes, { kernelInit: torchUniform }),
  })
}

const names = ['classes', 'width', 'norm'] as const

/**
 * ResNet of 18 weight layers: 11,689,512 parameters.
 * @returns a network from [height, width, 3] to the logits of `classes`
 * @example parameterCount(resnet18(), [224, 224, 3]) // right(11689512)
 */
export const resnet18 = operation('resnet18', { at: 0, names }, (options: ResnetOptions = {}) =>
  resnet('resnet18', { kind: 'basic', blocks: [2, 2, 2, 2] }, options),
)

/**
 * ResNet of 34 weight layers: 21,797,672 parameters.
 * @example parameterCount(resnet34(), [224, 224, 3]) // right(21797672)
 */
export const resnet34 = operation('resnet34', { at: 0, names }, (options: ResnetOptions = {}) =>
  resnet('resnet34', { kind: 'basic', blocks: [3, 4, 6, 3] }, options),
)

/**
 * ResNet of 50 weight layers: 25,557,032 parameters.
 * @example parameterCount(resnet50(), [224, 224, 3]) // right(25557032)
 */
export const resnet50 = operation('resnet50', { at: 0, names }, (options: ResnetOptions = {}) =>
  resnet('resnet50', { kind: 'bottleneck', blocks: [3, 4, 6, 3] }, options),
)

/**
 * ResNet of 101 weight layers: 44,549,160 parameters.
 * @example parameterCount(resnet101(), [224, 224, 3]) // right(44549160)
 */
export const resnet101 = operation('resnet101', { at: 0, names }, (options: ResnetOptions = {}) =>
  resnet('resnet101', { kind: 'bottleneck', blocks: [3, 4, 23, 3] }, options),
)

/**
 * ResNet of 152 weight layers: 60,192,808 parameters.
 * @example parameterCount(resnet152(), [224, 224, 3]) // right(60192808)
 */
export const resnet152 = operation('resnet152', { at: 0, names }, (options: ResnetOptions = {}) =>
  resnet('resnet152', { kind: 'bottleneck', blocks: [3, 8, 36, 3] }, options),
)

/**
 * ResNet-50 twice as wide in the middle of its blocks: 68,883,240 parameters.
 * @example parameterCount(wideResnet50_2(), [224, 224, 3]) // right(68883240)
 */
export const wideResnet50_2 = operation('wideResnet50_2', { at: 0, names }, (options: ResnetOptions = {}) =>
  resnet('wideResnet50_2', { kind: 'bottleneck', blocks: [3, 4, 6, 3], groupWidth: 128 }, options),
)

/**
 * ResNeXt-50 of 32 groups of width 4: 25,028,904 parameters.
 * @example parameterCount(resnext50_32x4d(), [224, 224, 3]) // right(25028904)
 */
export const resnext50_32x4d = operation('resnext50_32x4d', { at: 0, names }, (options: ResnetOptions = {}) =>
  resnet('resnext50_32x4d', { kind: 'bottleneck', blocks: [3, 4, 6, 3], groups: 32, groupWidth: 4 }, options),
)
