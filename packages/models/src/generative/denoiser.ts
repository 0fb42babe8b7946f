/** What takes noise out of images: a U-Net that is told how much there is (Ho et al. 2020, appendix B), small. */
import { np, operation, RangeError, type Tensor } from '@puregrad/core'
import {
  block,
  conv2d,
  dense,
  embedding,
  groupNorm,
  initializers,
  type Layer,
  type SomeLayer,
  selfAttention2d,
  silu,
  sinusoidalPositions,
  upSample,
} from '@puregrad/nn'
import { checkCounts, doublingOf } from './sizes.js'

export interface DenoiserOptions {
  /** Pixels a side: 4 to 7 times a power of two, such as 28 or 32: 28 unless said. */
  readonly size?: number
  /** Channels of the images: 1 unless said. */
  readonly channels?: number
  /** Channels of the level next to the images, an even number; every level inwards has twice as many: 32 unless said. */
  readonly width?: number
  /** How many times there are: 1000 unless said, as in `diffusion`. */
  readonly steps?: number
  /** How many conditions there are, classes and one more for none of them: without, the network takes no condition. */
  readonly conditions?: number
}

/** Noisy images, how far each is from an image, and what they are of. */
export interface Noisy {
  /** [batch, size, size, channels] */
  readonly x: Tensor
  /** int32 [batch] */
  readonly time: Tensor
  /** int32 [batch], where the network takes one. */
  readonly condition?: Tensor
}

/** Parameters by the names of layers: time1, time2, condition, first, down1, …, bottom, attention, up1, …, norm, out. */
export type DenoiserParams = Readonly<Record<string, unknown>>
export type DenoiserState = Readonly<Record<string, unknown>>

interface Told {
  readonly x: Tensor
  readonly told: Tensor
}

/** Into how many groups channels go that are normalised together: up to 8. */
const groupsOf = (features: number): number => [8, 7, 6, 5, 4, 3, 2, 1].find((n) => features % n === 0) as number

/** Two convolutions around what is told, which scales and shifts; the second starts at 0, so that a level starts as the identity. */
const level = (features: number) => {
  const groups = groupsOf(features)
  return block(
    {
      conv1: conv2d(features, { kernelSize: 3 }),
      told: dense(2 * features),
      norm2: groupNorm({ groups }),
      conv2: conv2d(features, { kernelSize: 3, kernelInit: initializers.zeros }),
      skip: conv2d(features, { kernelSize: 1 }),
    },
    (run, { x, told }: Told): Tensor => {
      const [scale, shift] = np.split(run.told(silu(told)), 2, { axis: 1 }) as readonly [Tensor, Tensor]
      const beside = (per: Tensor): Tensor => per.reshape([per.shape[0] as number, 1, 1, features])
      const y = run
        .norm2(run.conv1(silu(x)))
        .mul(beside(scale).add(1))
        .add(beside(shift))
      return run.conv2(silu(y)).add(run.skip(x))
    },
    { name: 'level' },
  )
}

type Runs = Readonly<Record<string, (x: unknown) => Tensor>>

/**
 * A small U-Net over { x: noisy images, time, condition? }: what it says of them has their shape. Each level is told the time, as waves of many
 * lengths, and the condition, by scales and shifts behind its norms; the smallest one attends to all places. It starts by saying 0.
 * @throws RangeError for sizes that halving does not bring to 4 to 7 pixels, and for an odd width
 * @example
 * const network = denoiser({ size: 8, width: 4, steps: 100, conditions: 4 })
 * const { params, state } = init(network, { x: [8, 8, 1], time: [], condition: [] }, random.key(0))
 * const [time, condition] = [np.array([0, 99], { dtype: 'int32' }), np.array([2, 3], { dtype: 'int32' })]
 * network.apply(params, state, { x: np.ones([2, 8, 8, 1]), time, condition }, { mode: 'eval' })[0].shape // [2, 8, 8, 1]
 */
export const denoiser = operation(
  'denoiser',
  { at: 0, names: ['size', 'channels', 'width', 'steps', 'conditions'] },
  ({
    size = 28,
    channels = 1,
    width = 32,
    steps = 1000,
    conditions,
  }: DenoiserOptions = {}): Layer<DenoiserParams, DenoiserState, Noisy, Tensor> => {
    checkCounts('denoiser', { channels, width, steps, ...(conditions === undefined ? {} : { conditions }) })
    if (width % 2 !== 0)
      throw new RangeError(`denoiser: the width is ${width}, and has to be even, for sines and cosines of the time.`)
    const { doublings } = doublingOf('denoiser', size)
    const levels = Array.from({ length: doublings }, (_, i) => i + 1)
    const features = (i: number): number => width * 2 ** (i - 1)
    const children: Readonly<Record<string, SomeLayer>> = {
      time1: dense(4 * width),
      time2: dense(4 * width),
      ...(conditions === undefined ? {} : { condition: embedding(conditions, 4 * width) }),
      first: conv2d(width, { kernelSize: 3 }),
      ...Object.fromEntries(levels.map((i) => [`down${i}`, level(features(i))])),
      ...Object.fromEntries(
        levels.map((i) => [`half${i}`, conv2d(features(i), { kernelSize: 3, strides: 2, padding: 1 })]),
      ),
      bottom: level(features(doublings)),
      attention: selfAttention2d({ reduction: 2 }),
      ...Object.fromEntries(levels.map((i) => [`up${i}`, level(features(i))])),
      norm: groupNorm({ groups: groupsOf(width) }),
      out: conv2d(channels, { kernelSize: 3, kernelInit: initializers.zeros }),
    }
    const waves = sinusoidalPositions(steps, width)
    const body = (run: Runs, { x, time, condition }: Noisy): Tensor => {
      const through = (name: string, y: unknown): Tensor => (run[name] as Runs[string])(y)
      const wave = np.take(waves, time.astype('int32'), { axis: 0, mode: 'clip' })
      const when = through('time2', silu(through('time1', wave)))
      const told = conditions === undefined ? when : when.add(through('condition', condition))
      const seen: Tensor[] = []
      let y = through('first', x)
      for (const i of levels) {
        y = through(`down${i}`, { x: y, told })
        seen.push(y)
        y = through(`half${i}`, y)
      }
      y = through('attention', through('bottom', { x: y, told }))
      for (const i of [...levels].reverse()) {
        const whole = np.concatenate([seen[i - 1] as Tensor, upSample(y, [2, 2])], { axis: -1 })
        y = through(`up${i}`, { x: whole, told })
      }
      return through('out', silu(through('norm', y)))
    }
    return block(children as never, body as never, { name: `denoiser(${size})` }) as unknown as Layer<
      DenoiserParams,
      DenoiserState,
      Noisy,
      Tensor
    >
  },
)
