/** BigGAN: Brock, Donahue & Simonyan 2019, Large scale GAN training for high fidelity natural image synthesis. */
import { np, operation, RangeError, ShapeError, type Tensor } from '@puregrad/core'
import {
  avgPool,
  batchNorm,
  block,
  type Conditioned,
  conditionalBatchNorm,
  conv2d,
  dense,
  embedding,
  initializers,
  type Layer,
  relu,
  type SomeLayer,
  selfAttention2d,
  spectralNorm,
  tanh,
  upSample,
} from '@puregrad/nn'
import { checkCounts, doublingOf } from './sizes.js'

export interface BigGanOptions {
  /** Pixels a side, 4 to 7 times a power of two, such as 28, 32 or 128: 128 unless said. */
  readonly size?: number
  /** Channels of the images: 3 unless said. */
  readonly channels?: number
  /** Channels of the level next to the images; every level inwards has twice as many: 96 unless said. */
  readonly width?: number
  /** How many classes there are: 1000 unless said. */
  readonly classes?: number
  /** Pixels a side of the level whose places attend to one another, 64 in the paper: none unless said. */
  readonly attention?: number
}

export interface BigGanGeneratorOptions extends BigGanOptions {
  /** How long the vector of a class is, which all norms share: 128 unless said. */
  readonly shared?: number
  /** How much of the running statistics a step keeps: 0.9 unless said. */
  readonly momentum?: number
}

/** Parameters by the names of layers: shared, project, level1, …, attention, norm, out; and level1, …, attention, logit, embed. */
export type BigGanParams = Readonly<Record<string, unknown>>
/** Running statistics and vectors of spectral norms, by the same names. */
export type BigGanState = Readonly<Record<string, unknown>>

// "Both G and D are initialized with Orthogonal Initialization", section 3.
const kernelInit = initializers.orthogonal()

const convolution = (features: number, kernelSize: number) => spectralNorm(conv2d(features, { kernelSize, kernelInit }))

const attended = () => spectralNorm(selfAttention2d({ useBias: false, kernelInit }))

/** The levels on the way, from 1, and what is checked of them. */
const levelsOf = (
  name: string,
  { size = 128, channels = 3, width = 96, classes = 1000, attention }: BigGanOptions,
  sizeAt: (level: number, base: number, doublings: number) => number,
) => {
  checkCounts(name, { channels, width, classes })
  const { base, doublings } = doublingOf(name, size)
  const levels = Array.from({ length: doublings }, (_, i) => i + 1)
  const sizes = levels.map((level) => sizeAt(level, base, doublings))
  if (attention !== undefined && !sizes.includes(attention))
    throw new RangeError(
      `${name}: no level has ${attention} pixels a side to attend at. Levels of images of ${size} have ${sizes.join(', ')}.`,
    )
  const attentive = attention === undefined ? 0 : sizes.indexOf(attention) + 1
  return { size, channels, width, classes, base, doublings, levels, attentive }
}

const doubled = (x: Tensor): Tensor => upSample(x, [2, 2])
const halved = (x: Tensor): Tensor => avgPool(x, [2, 2], { strides: [2, 2] })

/** Figure 15 (b): twice as large, between norms that depend on class and noise. */
const generatorLevel = (features: number, momentum: number) => {
  const norm = () => spectralNorm(conditionalBatchNorm({ momentum, kernelInit }))
  return block(
    {
      norm1: norm(),
      conv1: convolution(features, 3),
      norm2: norm(),
      conv2: convolution(features, 3),
      skip: convolution(features, 1),
    },
    (run, { x, condition }: Conditioned): Tensor => {
      const wide = run.conv1(doubled(relu(run.norm1({ x, condition }))))
      const deep = run.conv2(relu(run.norm2({ x: wide, condition })))
      // A convolution of 1 × 1 sees the same before and after pixels are repeated.
      return deep.add(doubled(run.skip(x)))
    },
    { name: 'generatorLevel' },
  )
}

/** Figure 15 (c): half as large, but for the last; the first sees pixels, which have no sign to cut. */
const discriminatorLevel = (features: number, place: 'first' | 'middle' | 'last') =>
  place === 'last'
    ? block(
        { conv1: convolution(features, 3), conv2: convolution(features, 3) },
        (run, x: Tensor): Tensor => x.add(run.conv2(relu(run.conv1(relu(x))))),
        { name: 'discriminatorLevel' },
      )
    : block(
        { conv1: convolution(features, 3), conv2: convolution(features, 3), skip: convolution(features, 1) },
        (run, x: Tensor): Tensor => {
          const seen = run.conv1(place === 'first' ? x : relu(x))
          return halved(run.conv2(relu(seen))).add(run.skip(halved(x)))
        },
        { name: 'discriminatorLevel' },
      )

type Runs = Readonly<Record<string, (x: unknown) => Tensor>>

/** The vectors of a latent that levels get, all of one length. */
const parted = (x: Tensor, count: number): readonly Tensor[] => {
  const size = x.shape[1] as number
  if (x.ndim === 2 && size % count === 0) return np.split(x, count, { axis: 1 })
  throw new ShapeError(
    `bigGanGenerator: noise of [${x.shape.slice(1)}] is to be shared by ${count} levels. Take ${count * Math.max(1, Math.round(size / count))} numbers.`,
  )
}

/**
 * The generator of BigGAN: from { x: noise [latent], condition: a class } to images [size, size, channels] from −1 to 1. The class's
 * vector, which all norms share, and a part of the noise for each level scale and shift what its norms give; convolutions have spectral
 * norms and start orthogonal.
 * @returns a layer over { x, condition }; the latent is shared by one more than there are doublings
 * @throws RangeError for sizes that doubling does not give, and for attention at none of them; on the left of `plan` is a ShapeError for
 * noise that its levels cannot share
 * @example
 * const generator = bigGanGenerator({ size: 28, channels: 1, width: 4, classes: 10, shared: 8 })
 * const { params, state } = init(generator, { x: [12], condition: [] }, random.key(0))
 * const input = { x: np.ones([2, 12]), condition: np.array([3, 7], { dtype: 'int32' }) }
 * generator.apply(params, state, input, { mode: 'eval' })[0].shape // [2, 28, 28, 1]
 */
export const bigGanGenerator = operation(
  'bigGanGenerator',
  { at: 0, names: ['size', 'channels', 'width', 'classes', 'attention', 'shared', 'momentum'] },
  (options: BigGanGeneratorOptions = {}): Layer<BigGanParams, BigGanState, Conditioned, Tensor> => {
    const { shared = 128, momentum = 0.9 } = options
    const name = 'bigGanGenerator'
    const { size, channels, width, classes, base, doublings, levels, attentive } = levelsOf(
      name,
      options,
      (level, base) => base * 2 ** level,
    )
    checkCounts(name, { shared })
    const inner = width * 2 ** (doublings - 1)
    const children: Readonly<Record<string, SomeLayer>> = {
      shared: embedding(classes, shared, { embeddingInit: kernelInit }),
      project: spectralNorm(dense(base * base * inner, { kernelInit })),
      ...Object.fromEntries(
        levels.map((level) => [`level${level}`, generatorLevel(width * 2 ** (doublings - level), momentum)]),
      ),
      ...(attentive === 0 ? {} : { attention: attended() }),
      norm: batchNorm({ momentum }),
      out: convolution(channels, 3),
    }
    const body = (run: Runs, { x, condition }: Conditioned): Tensor => {
      const [first, ...rest] = parted(x, doublings + 1) as readonly [Tensor, ...Tensor[]]
      const kind = (run.shared as Runs[string])(condition)
      let y = (run.project as Runs[string])(first).reshape([first.shape[0] as number, base, base, inner])
      for (const level of levels) {
        const told = np.concatenate([kind, rest[level - 1] as Tensor], { axis: 1 })
        y = (run[`level${level}`] as Runs[string])({ x: y, condition: told })
        if (level === attentive) y = (run.attention as Runs[string])(y)
      }
      return tanh((run.out as Runs[string])(relu((run.norm as Runs[string])(y))))
    }
    return block(children as never, body as never, { name: `${name}(${size})` }) as unknown as Layer<
      BigGanParams,
      BigGanState,
      Conditioned,
      Tensor
    >
  },
)

/**
 * The discriminator of BigGAN: from { x: images [size, size, channels], condition: their classes } to one logit each, []: how real an
 * image looks, plus how much what is seen in it is in the direction of its class (projection; Miyato & Koyama 2018).
 * @returns a layer over { x, condition }
 * @throws RangeError for sizes that halving does not bring to 4 to 7 pixels, and for attention at no level
 * @example
 * const discriminator = bigGanDiscriminator({ size: 28, channels: 1, width: 4, classes: 10 })
 * const { params, state } = init(discriminator, { x: [28, 28, 1], condition: [] }, random.key(0))
 * const judged = { x: np.ones([2, 28, 28, 1]), condition: np.array([3, 7], { dtype: 'int32' }) }
 * discriminator.apply(params, state, judged, { mode: 'eval' })[0].shape // [2]
 */
export const bigGanDiscriminator = operation(
  'bigGanDiscriminator',
  { at: 0, names: ['size', 'channels', 'width', 'classes', 'attention'] },
  (options: BigGanOptions = {}): Layer<BigGanParams, BigGanState, Conditioned, Tensor> => {
    const name = 'bigGanDiscriminator'
    const { size, width, classes, doublings, levels, attentive } = levelsOf(
      name,
      options,
      (level, base, doublings) => base * 2 ** (doublings - level),
    )
    const inner = width * 2 ** (doublings - 1)
    const children: Readonly<Record<string, SomeLayer>> = {
      ...Object.fromEntries(
        levels.map((level) => [
          `level${level}`,
          discriminatorLevel(width * 2 ** (level - 1), level === 1 ? 'first' : 'middle'),
        ]),
      ),
      [`level${doublings + 1}`]: discriminatorLevel(inner, 'last'),
      ...(attentive === 0 ? {} : { attention: attended() }),
      logit: spectralNorm(dense(1, { kernelInit })),
      embed: spectralNorm(embedding(classes, inner, { embeddingInit: kernelInit })),
    }
    const body = (run: Runs, { x, condition }: Conditioned): Tensor => {
      let y = x
      for (const level of [...levels, doublings + 1]) {
        y = (run[`level${level}`] as Runs[string])(y)
        if (level === attentive) y = (run.attention as Runs[string])(y)
      }
      const seen = np.sum(relu(y), { axis: [1, 2] })
      const fits = np.sum((run.embed as Runs[string])(condition).mul(seen), { axis: 1 })
      return (run.logit as Runs[string])(seen)
        .reshape([seen.shape[0] as number])
        .add(fits)
    }
    return block(children as never, body as never, { name: `${name}(${size})` }) as unknown as Layer<
      BigGanParams,
      BigGanState,
      Conditioned,
      Tensor
    >
  },
)
