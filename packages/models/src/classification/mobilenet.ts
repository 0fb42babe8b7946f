/** MobileNetV2 (Sandler et al. 2018): inverted residuals, wide in the middle where every channel is convolved by itself. */
import { operation, type Tensor } from '@puregrad/core'
import { batchNorm, block, conv2d, dense, dropout, flatten, globalAvgPool, relu6, serial } from '@puregrad/nn'
import { network } from './network.js'
import { type ClassesOption, type DropoutOption, heFanOut, small } from './options.js'

export interface MobilenetOptions extends ClassesOption, DropoutOption {
  /** Factor of all channels: 1 unless said. */
  readonly width?: number
}

/** A number of channels that 8 divides, not less than nine tenths of what was asked. */
const divisible = (channels: number): number => {
  const near = Math.max(8, Math.floor((channels + 4) / 8) * 8)
  return near < 0.9 * channels ? near + 8 : near
}

const convolution = (channels: number, kernelSize: number, strides = 1, groups = 1) =>
  conv2d(channels, { kernelSize, strides, groups, padding: (kernelSize - 1) / 2, useBias: false, kernelInit: heFanOut })

const norm = () => batchNorm({ momentum: 0.9 })

const normed = (channels: number, kernelSize: number, strides = 1, groups = 1) =>
  serial(convolution(channels, kernelSize, strides, groups), norm(), relu6)

const inverted = (from: number, to: number, strides: number, expand: number) => {
  const wide = from * expand
  const depthwise = normed(wide, 3, strides, wide)
  const narrow = [convolution(to, 1), norm()] as const
  const conv = expand === 1 ? serial(depthwise, ...narrow) : serial(normed(wide, 1), depthwise, ...narrow)
  const name = `inverted(${to})`
  return strides === 1 && from === to
    ? block({ conv }, (run, x: Tensor) => x.add(run.conv(x)), { name })
    : block({ conv }, (run, x: Tensor) => run.conv(x), { name })
}

/** Table 2 of the paper: expansion, channels, how often, stride of the first. */
const table = [
  [1, 16, 1, 1],
  [6, 24, 2, 2],
  [6, 32, 3, 2],
  [6, 64, 4, 2],
  [6, 96, 3, 1],
  [6, 160, 3, 2],
  [6, 320, 1, 1],
] as const

/**
 * MobileNetV2: 3,504,872 parameters.
 * @returns a network from [height, width, 3] to the logits of `classes`
 * @example parameterCount(mobilenetV2(), [224, 224, 3]) // right(3504872)
 */
export const mobilenetV2 = operation(
  'mobilenetV2',
  { at: 0, names: ['classes', 'dropout', 'width'] },
  ({ classes = 1000, dropout: rate = 0.2, width = 1 }: MobilenetOptions = {}) => {
    let from = divisible(32 * width)
    const first = normed(from, 3, 2)
    const middle = table.flatMap(([expand, channels, count, strides]) =>
      Array.from({ length: count }, (_, i) => {
        const to = divisible(channels * width)
        const made = inverted(from, to, i === 0 ? strides : 1, expand)
        from = to
        return made
      }),
    )
    return network('mobilenetV2', {
      features: serial(first, ...middle, normed(divisible(1280 * Math.max(1, width)), 1)),
      avgpool: globalAvgPool(),
      flatten: flatten(),
      classifier: serial(dropout(rate), dense(classes, { kernelInit: small })),
    })
  },
)
