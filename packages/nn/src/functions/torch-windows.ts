/** PyTorch's arithmetic of windows, for layers that are brought over. */
import { operation } from '@puregrad/core'
import { refuse } from '../refusal.js'

export interface TorchWindow {
  readonly kernelSize: number
  /** 1 unless said. */
  readonly stride?: number
  /** On both sides: 0 unless said. */
  readonly padding?: number
  /** 1 unless said. */
  readonly dilation?: number
}

export interface TorchPool extends TorchWindow {
  /** Whether the last window may reach beyond the end: false unless said. */
  readonly ceilMode?: boolean
}

/**
 * How many positions come out of `n` by torch.nn.Conv2d or MaxPool2d, along one axis: ⌊(n + 2 padding − dilation (kernelSize − 1) − 1)
 * / stride⌋ + 1; with `ceilMode` rounded up, less a window that would begin behind the end.
 * @throws ShapeError if no window fits
 * @example torchOutputSize(224, { kernelSize: 7, stride: 2, padding: 3 }) // 112
 */
export const torchOutputSize = operation(
  'torchOutputSize',
  { at: 1, numbers: ['n'], names: ['kernelSize', 'stride', 'padding', 'dilation', 'ceilMode'] },
  (n: number, { kernelSize, stride = 1, padding = 0, dilation = 1, ceilMode = false }: TorchPool): number => {
    const steps = (n + 2 * padding - dilation * (kernelSize - 1) - 1) / stride
    if (steps < 0)
      refuse(
        'torchOutputSize',
        `a window of ${kernelSize}, ${dilation} apart, does not fit into ${n} and ${padding} on both sides.`,
        'Take a smaller one, or pad more.',
      )
    if (!ceilMode) return Math.floor(steps) + 1
    const count = Math.ceil(steps) + 1
    return (count - 1) * stride >= n + padding ? count - 1 : count
  },
)

export interface TorchTranspose extends TorchWindow {
  /** What is added to one side of the result: 0 unless said. */
  readonly outputPadding?: number
}

/**
 * How many positions come out of `n` by torch.nn.ConvTranspose2d, along one axis: (n − 1) stride − 2 padding + dilation (kernelSize − 1)
 * + outputPadding + 1.
 * @example torchTransposeOutputSize(7, { kernelSize: 4, stride: 2, padding: 1 }) // 14
 */
export const torchTransposeOutputSize = operation(
  'torchTransposeOutputSize',
  { at: 1, numbers: ['n'], names: ['kernelSize', 'stride', 'padding', 'dilation', 'outputPadding'] },
  (n: number, { kernelSize, stride = 1, padding = 0, dilation = 1, outputPadding = 0 }: TorchTranspose): number =>
    (n - 1) * stride - 2 * padding + dilation * (kernelSize - 1) + outputPadding + 1,
)

/**
 * The padding of `convTranspose2d` and its like, along one axis, with which sizes come out as of torch.nn.ConvTranspose2d. Without
 * `outputPadding`, its number does, too.
 * @example
 * const along = torchTransposePadding({ kernelSize: 4, stride: 2, padding: 1 })
 * const up = convTranspose2d(8, { kernelSize: 4, strides: 2, padding: [along, along], transposeKernel: true })
 * const { params } = init(up, [7, 7, 4], random.key(0))
 * up.apply(params, null, np.ones([1, 7, 7, 4]), { mode: 'eval' })[0].shape // [1, 14, 14, 8]
 */
export const torchTransposePadding = operation(
  'torchTransposePadding',
  { at: 0, names: ['kernelSize', 'stride', 'padding', 'dilation', 'outputPadding'] },
  ({
    kernelSize,
    padding = 0,
    dilation = 1,
    outputPadding = 0,
  }: TorchTranspose): readonly [low: number, high: number] => {
    const around = dilation * (kernelSize - 1) - padding
    return [around, around + outputPadding]
  },
)
