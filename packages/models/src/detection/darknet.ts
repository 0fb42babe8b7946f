/** Darknet (Redmon & Farhadi 2018): the backbone of YOLOv3, of any width and depth. */
import { operation, RangeError, type Tensor } from '@puregrad/core'
import { batchNorm, block, conv2d, type Layer, leakyRelu, serial } from '@puregrad/nn'
import { heFanOut } from '../classification/options.js'

export interface DarknetOptions {
  /** The channels of the first convolution, which every stage doubles: 8 unless said, 32 in the paper. */
  readonly width?: number
  /** The residual blocks of each stage, which halves the sides: [1, 1, 2] unless said, [1, 2, 8, 8, 4] in the paper. */
  readonly blocks?: readonly number[]
  /** Of how many of the last stages there are feature maps: 1 unless said, 3 in the paper. */
  readonly maps?: number
}

/** A convolution without bias, batch normalisation and a leaky rectifier: what all of YOLOv3 is made of. */
export const darknetConv = (channels: number, kernelSize: number, strides = 1) =>
  serial(
    conv2d(channels, {
      kernelSize,
      strides,
      padding: (kernelSize - 1) / 2,
      useBias: false,
      kernelInit: heFanOut,
    }),
    batchNorm({ momentum: 0.9 }),
    leakyRelu({ negativeSlope: 0.1 }),
  )

const residualBlock = (channels: number) =>
  block(
    { conv1: darknetConv(Math.max(1, channels / 2), 1), conv2: darknetConv(channels, 3) },
    (run, x: Tensor) => x.add(run.conv2(run.conv1(x))),
    { name: `residualBlock(${channels})` },
  )

/** Whatever parameters or state its layers have, by their names. */
export type Inside = Readonly<Record<string, unknown>>

/**
 * Darknet without its classifier. With the paper's options it is Darknet-53.
 * @returns a layer from images to feature maps of the last stages, the finest first; stage s has sides of 2ˢ pixels and width · 2ˢ channels
 * @throws RangeError for widths, blocks and maps that are no whole numbers, or more maps than stages
 * @example
 * const backbone = darknet({ width: 4, blocks: [1, 1, 1], maps: 2 })
 * const { params, state } = init(backbone, [32, 48, 3], random.key(0))
 * const [maps] = backbone.apply(params, state, np.ones([1, 32, 48, 3]), { mode: 'eval' })
 * maps.map(({ shape }) => shape) // [[1, 8, 12, 16], [1, 4, 6, 32]]
 */
export const darknet = operation(
  'darknet',
  { at: 0, names: ['width', 'blocks', 'maps'] },
  ({
    width = 8,
    blocks = [1, 1, 2],
    maps = 1,
  }: DarknetOptions = {}): Layer<Inside, Inside, Tensor, readonly Tensor[]> => {
    const isCount = (n: number, least: number): boolean => Number.isInteger(n) && n >= least
    if (!isCount(width, 1) || !blocks.every((n) => isCount(n, 0)) || !isCount(maps, 1) || maps > blocks.length)
      throw new RangeError(
        `darknet: width ${width}, blocks [${blocks}] and maps ${maps} have to be whole numbers, width and maps from 1 up, with a stage for each map.`,
      )
    const names = blocks.map((_, i) => `stage${i + 1}`)
    const stages = blocks.map((count, i) => {
      const channels = width * 2 ** (i + 1)
      return serial(darknetConv(channels, 3, 2), ...Array.from({ length: count }, () => residualBlock(channels)))
    })
    const children = { stem: darknetConv(width, 3), ...Object.fromEntries(names.map((name, i) => [name, stages[i]])) }
    return block(
      children as never,
      (run: Readonly<Record<string, (x: Tensor) => Tensor>>, images: Tensor): readonly Tensor[] => {
        const seen: Tensor[] = []
        let x = (run.stem as (x: Tensor) => Tensor)(images)
        for (const name of names) {
          x = (run[name] as (x: Tensor) => Tensor)(x)
          seen.push(x)
        }
        return seen.slice(-maps)
      },
      { name: `darknet(${width})` },
    ) as unknown as Layer<Inside, Inside, Tensor, readonly Tensor[]>
  },
)
