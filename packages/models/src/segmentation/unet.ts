/** U-Net (Ronneberger, Fischer & Brox 2015): down to what is there, and up again to where, with every level seen once more. */
import { ArgumentError, np, operation, RangeError, ShapeError, type Tensor } from '@puregrad/core'
import {
  block,
  type ConvParams,
  conv2d,
  convTranspose2d,
  dropout as dropoutLayer,
  initializers,
  type Layer,
  maxPool,
  named,
  relu,
  type SomeLayer,
  type TensorStage,
  upSample,
} from '@puregrad/nn'
import { left } from 'fp-ts/lib/Either.js'
import { levelsOf, nearestSizes } from './unet-sizes.js'

/** How a level becomes twice as large: by a transposed convolution, or by interpolation and a 2 × 2 convolution. */
export type UnetUpSampling = 'transpose' | 'nearest' | 'bilinear'

export interface UnetOptions<P = unknown, S = unknown> {
  /** How many channels come out: 2 unless said, background and foreground as in the paper. */
  readonly classes?: number
  /** The channels of the first level: 64 unless said; each further one has twice as many. */
  readonly width?: number
  /** How often it is halved: 4 times unless said. */
  readonly depth?: number
  /** 'VALID', as in the paper, computes nothing from beyond the edges, so that less comes out than goes in; 'SAME' keeps the size. 'VALID' unless said. */
  readonly padding?: 'VALID' | 'SAME'
  /** A norm after every 3 × 3 convolution, which then has no bias, such as `batchNorm`: none unless said. */
  readonly norm?: () => Layer<P, S>
  /** 'transpose' unless said. The number of parameters is the same for all three. */
  readonly upSampling?: UnetUpSampling
  /** The part that is dropped at the end of the way down in training: 0 unless said. */
  readonly dropout?: number
}

/** Two 3 × 3 convolutions, with their norms if there are any. */
export interface UnetLevel<P = unknown> {
  readonly conv1: { readonly kernel: Tensor; readonly bias?: Tensor }
  readonly conv2: { readonly kernel: Tensor; readonly bias?: Tensor }
  readonly norm1?: P
  readonly norm2?: P
}

/** The levels on the way down, from the finest: down1, down2, …; the bottom; on the way up those of the same numbers, and the head. */
export interface UnetParams<P = unknown> {
  readonly [level: `down${number}`]: UnetLevel<P>
  readonly bottom: UnetLevel<P>
  readonly [step: `step${number}`]: ConvParams
  readonly [level: `up${number}`]: UnetLevel<P>
  readonly head: ConvParams
}

/** The state of the norms by level; steps and the head have none. */
export type UnetState<S = unknown> = Readonly<Record<string, null | { readonly norm1?: S; readonly norm2?: S }>>

const ways: readonly UnetUpSampling[] = ['transpose', 'nearest', 'bilinear']
const paddings: readonly string[] = ['VALID', 'SAME']

// "… initial weights from a Gaussian distribution with a standard deviation of √(2/N)", N numbers coming in.
const kernelInit = initializers.heNormal()

/** What a level does: its two convolutions. */
const level = (
  channels: number,
  padding: 'VALID' | 'SAME',
  norm: (() => SomeLayer) | undefined,
): Layer<unknown, unknown> => {
  const convolution = (): TensorStage =>
    conv2d(channels, { kernelSize: 3, padding, kernelInit, useBias: norm === undefined }) as TensorStage
  return named({
    conv1: convolution(),
    ...(norm === undefined ? {} : { norm1: norm() as TensorStage }),
    relu1: relu,
    conv2: convolution(),
    ...(norm === undefined ? {} : { norm2: norm() as TensorStage }),
    relu2: relu,
  }) as Layer<unknown, unknown>
}

/** The "up-convolution": twice as large, half as many channels. All three have a kernel of 2 × 2 and a bias. */
const step = (channels: number, way: UnetUpSampling): Layer<ConvParams, null> => {
  if (way === 'transpose') return convTranspose2d(channels, { kernelSize: 2, strides: 2, kernelInit })
  const { name, plan, apply } = conv2d(channels, { kernelSize: 2, kernelInit })
  return {
    name: `${way} ${name}`,
    plan: ([height, width, deep]) => plan([2 * (height as number), 2 * (width as number), deep as number]),
    apply: (params, state, x, ctx) => apply(params, state, upSample(x, [2, 2], { method: way }), ctx),
  }
}

/** The middle of x, as large as y. */
const cropTo = (x: Tensor, y: Tensor): Tensor => {
  const [height, width] = [1, 2].map((axis) => {
    const [from, to] = [x.shape[axis] as number, y.shape[axis] as number]
    const start = Math.floor((from - to) / 2)
    return { start, stop: start + to }
  }) as [{ start: number; stop: number }, { start: number; stop: number }]
  return x.slice({}, height, width)
}

const check = ({
  classes = 2,
  width = 64,
  depth = 4,
  padding = 'VALID',
  upSampling = 'transpose',
}: Omit<UnetOptions, 'norm'>) => {
  for (const [name, n] of Object.entries({ classes, width, depth })) {
    if (!Number.isInteger(n) || n < 1)
      throw new RangeError(`unet: ${name} is ${n}, and has to be a whole number from 1 up.`)
  }
  if (!paddings.includes(padding))
    throw new ArgumentError(`unet: padding is '${padding}', and has to be 'VALID' or 'SAME'.`)
  if (!ways.includes(upSampling))
    throw new ArgumentError(`unet: upSampling is '${upSampling}', and has to be one of ${ways.join(', ')}.`)
}

/** What is wrong with the size of an image, and which sizes are not. */
const refusal = (input: readonly number[], depth: number, padding: 'VALID' | 'SAME'): ShapeError | undefined => {
  if (input.length !== 3)
    return new ShapeError(
      `unet: takes [height, width, channels] after the batch axis, and the input is [${input}]. Put nn.reshape before it.`,
    )
  const [height, width, channels] = input as readonly [number, number, number]
  if ([height, width].every((size) => levelsOf(size, depth, padding) !== undefined)) return undefined
  const fit = [height, width].map((size) => nearestSizes(size, depth, padding))
  const shapes = [0, 1].map((i) => fit.map((sizes) => sizes.at(i) ?? sizes[0]))
  const cures = shapes.map((sizes) => `[${[...sizes, channels]}]`)
  const few = cures[0] === cures[1] ? cures.slice(0, 1) : cures
  return new ShapeError(
    `unet: [${input}] cannot be halved ${depth} times with padding '${padding}'; every level has to be of even size, and some of it has to be left. ` +
      `Crop, pad or resize images to ${few.join(' or ')}${padding === 'VALID' ? ", or take padding: 'SAME'" : ''}.`,
  )
}

/**
 * U-Net: [height, width, channels] to the logits of each pixel, [height, width, classes]; with 'VALID' padding those of the middle, so
 * that 572 × 572 gives 388 × 388. As in the paper there are 31,030,658 parameters for one channel and two classes.
 * @returns a layer whose parameters are named down1, down2, … bottom, …, step2, up2, step1, up1, head
 * @throws RangeError for classes, width or depth that are no whole numbers; on the left of `plan` is a ShapeError for sizes that cannot
 * be halved, with those next to them that can
 * @example parameterCount(unet(), [572, 572, 1]) // right(31030658)
 * @example
 * const model = unet({ classes: 1, width: 8, depth: 2, padding: 'SAME', norm: batchNorm })
 * const { params, state } = init(model, [32, 32, 3], random.key(0))
 * model.apply(params, state, np.ones([1, 32, 32, 3]), { mode: 'eval' })[0].shape // [1, 32, 32, 1]
 */
export const unet = operation(
  'unet',
  { at: 0, names: ['classes', 'width', 'depth', 'padding', 'norm', 'upSampling', 'dropout'] },
  <P = unknown, S = unknown>(options: UnetOptions<P, S> = {}): Layer<UnetParams<P>, UnetState<S>> => {
    check(options)
    const { classes = 2, width = 64, depth = 4, padding = 'VALID', norm, upSampling = 'transpose' } = options
    const { dropout: rate = 0 } = options
    const levels = Array.from({ length: depth }, (_, i) => i + 1)
    const upwards = [...levels].reverse()
    const channels = (i: number): number => width * 2 ** (i - 1)
    const at = (i: number): Layer<unknown, unknown> => level(channels(i), padding, norm)
    const children = Object.fromEntries([
      ...levels.map((i) => [`down${i}`, at(i)] as const),
      ['drop', dropoutLayer(rate)],
      ['bottom', at(depth + 1)],
      ...upwards.flatMap((i) => [[`step${i}`, step(channels(i), upSampling)] as const, [`up${i}`, at(i)] as const]),
      ['head', conv2d(classes, { kernelSize: 1, kernelInit })],
    ])
    type Children = Readonly<Record<string, (x: Tensor) => Tensor>>
    const name = `unet(${width}, ${depth})`
    const network = block(
      children as never,
      (run: Children, x: Tensor): Tensor => {
        const through = (child: string, y: Tensor): Tensor => (run[child] as (x: Tensor) => Tensor)(y)
        const seen: Tensor[] = []
        let y = x
        for (const i of levels) {
          y = through(`down${i}`, y)
          // The last level on the way down, and the bottom under it, are what the paper drops from.
          if (i === depth) y = through('drop', y)
          seen.push(y)
          y = maxPool(y, [2, 2], { strides: [2, 2] })
        }
        y = through('bottom', y)
        for (const i of upwards) {
          const up = through(`step${i}`, y)
          y = through(`up${i}`, np.concatenate([cropTo(seen[i - 1] as Tensor, up), up], { axis: -1 }))
        }
        return through('head', y)
      },
      { name },
    ) as unknown as Layer<UnetParams<P>, UnetState<S>>
    const refuse = (shape: readonly number[]): ShapeError | undefined => refusal(shape, depth, padding)
    return {
      ...network,
      plan: (input) => {
        const wrong = refuse(input)
        return wrong === undefined ? network.plan(input) : left(wrong)
      },
      apply: (params, state, x, ctx) => {
        const wrong = refuse(x.shape.slice(1))
        if (wrong !== undefined) throw wrong
        return network.apply(params, state, x, ctx)
      },
    }
  },
)
