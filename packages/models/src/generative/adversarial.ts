/** Two networks that learn from each other: a generator makes images, a discriminator tells them from real ones. */
import {
  ArgumentError,
  np,
  operation,
  RangeError,
  random,
  ShapeError,
  stopGradient,
  type Tensor,
  tree,
  valueAndGrad,
} from '@puregrad/core'
import { init as initLayer, type Key, type Layer, type losses, type ShapeOf, type Variables } from '@puregrad/nn'
import { applyUpdates, type GradientTransformation } from '@puregrad/optim'
import { imagesOf, type Judged, pairedWith, withImages } from './judged.js'
import type { AdversarialPenalty } from './penalties.js'

/** One of the two while it learns. */
export interface AdversarialPlayer<P, S, O> extends Variables<P, S> {
  readonly optimizerState: O
}

/** Both players under way, and the average of the generator, whose samples are better than those of its last step. */
export interface AdversarialState<PG, SG, OG, PD, SD, OD> {
  readonly generator: AdversarialPlayer<PG, SG, OG>
  readonly discriminator: AdversarialPlayer<PD, SD, OD>
  readonly average: Variables<PG, SG>
  /** How many steps the generator made, int32. */
  readonly steps: Tensor
}

/** What a step measured, means over its examples. */
export interface AdversarialMetrics {
  readonly [name: string]: Tensor
  /** The losses of both, without penalties. */
  readonly discriminator: Tensor
  readonly generator: Tensor
  readonly penalty: Tensor
  /** The discriminator's logits of real and generated images. */
  readonly real: Tensor
  readonly fake: Tensor
}

export interface AdversarialOptions<PG, I, J, OG, OD> {
  /** What pulls the two apart: one of `losses.minimaxGan`, `nonSaturatingGan`, `leastSquaresGan`, `hingeGan`, `wassersteinGan`. */
  readonly loss: losses.AdversarialLoss
  readonly optimizers: {
    readonly generator: GradientTransformation<OG>
    readonly discriminator: GradientTransformation<OD>
  }
  /** What the generator starts from: noise, [count, …], and classes where it takes them. The real images of the step come third. */
  readonly sample: (key: Key, count: number, real: J) => I
  /** Steps of the discriminator for one of the generator, each with its part of the batch: 1 unless said. */
  readonly criticSteps?: number
  /** Added to the discriminator's loss, such as `r1Penalty()` or `wganPenalty()`. */
  readonly penalty?: AdversarialPenalty
  /** Added to the generator's loss, such as `orthogonalPenalty()`. */
  readonly regularise?: (params: PG) => Tensor
  /** How much of the generator's average each step keeps: 0.999 unless said. */
  readonly averageDecay?: number
  /** Steps before the average begins; until then it is the generator itself: 0 unless said. */
  readonly averageFrom?: number
}

/** How two networks begin, and a step of both. */
export interface Adversarial<I, J, State> {
  /** @param latent the shape of what the generator takes  @param real of what the discriminator takes, both without the batch axis */
  readonly init: (latent: ShapeOf<I>, real: ShapeOf<J>, key: Key) => State
  /** A pure step on real images, [criticSteps · batch, …]. */
  readonly step: (state: State, key: Key, real: J) => readonly [State, AdversarialMetrics]
}

const checked = <PG, I, J, OG, OD>(options: AdversarialOptions<PG, I, J, OG, OD> | undefined) => {
  for (const name of ['loss', 'optimizers', 'sample'] as const) {
    if (options?.[name] === undefined)
      throw new ArgumentError(
        `adversarial: the options have no ${name}. They need { loss: losses.hingeGan, optimizers: { generator, discriminator }, sample: (key, count) => … }.`,
      )
  }
  const { criticSteps = 1, averageDecay = 0.999, averageFrom = 0 } = options as AdversarialOptions<PG, I, J, OG, OD>
  if (!Number.isInteger(criticSteps) || criticSteps < 1)
    throw new RangeError(`adversarial: criticSteps is ${criticSteps}, and has to be a whole number from 1 up.`)
  if (!(averageDecay >= 0 && averageDecay < 1))
    throw new RangeError(
      `adversarial: averageDecay is ${averageDecay}, and has to be a number from 0 up to 1, such as 0.999.`,
    )
  if (!Number.isInteger(averageFrom) || averageFrom < 0)
    throw new RangeError(`adversarial: averageFrom is ${averageFrom}, and has to be a whole number from 0 up.`)
  return { ...(options as AdversarialOptions<PG, I, J, OG, OD>), criticSteps, averageDecay, averageFrom }
}

/** The parts of a batch that the steps of a critic take. */
const partsOf = <J>(real: J, count: number): readonly J[] => {
  if (count === 1) return [real]
  const leaves = tree.leaves(real as never) as readonly Tensor[]
  const size = leaves[0]?.shape[0] ?? 0
  if (size === 0 || size % count !== 0)
    throw new ShapeError(
      `adversarial: a batch of ${size} cannot be shared by ${count} steps of the critic. Take batches of a multiple of ${count}.`,
    )
  const each = size / count
  return Array.from(
    { length: count },
    (_, i) => tree.map((x: Tensor) => x.slice({ start: i * each, stop: (i + 1) * each }), real as never) as J,
  )
}

const checkAlike = (fake: Tensor, real: Tensor): void => {
  if (fake.ndim === real.ndim && fake.shape.every((n, i) => n === real.shape[i])) return
  throw new ShapeError(
    `adversarial: the generator makes [${fake.shape}] and real images are [${real.shape}]. Give it their size, and let sample make as many as it is asked for.`,
  )
}

const isFloat = (x: Tensor): boolean => x.dtype.startsWith('float')

/** average ← decay · average + (1 − decay) · now, of what are no whole numbers. */
const averaged = <T>(average: T, now: T, decay: Tensor): T =>
  tree.map(
    (a: Tensor, x: Tensor) => (isFloat(x) ? x.add(a.sub(x).mul(decay.astype(x.dtype))) : x),
    average as never,
    now as never,
  ) as T

/**
 * Adversarial training (Goodfellow et al. 2014): a step of `criticSteps` improvements of the discriminator, each with images of its
 * own, and one of the generator; pure, so that `train` of train or a `jit` of one's own runs it. Both networks train in
 * their 'train' mode. In the generator's step the discriminator stands still, its state included, and the other way round.
 * @param generator from noise, or { x: noise, condition: classes }, to images  @param discriminator from images, or { x: images,
 * condition: classes }, to logits of any shape
 * @returns `init(latentShape, realShape, key)`, the state to start from, and `step(state, key, real)`, the next state and what was measured
 * @throws ArgumentError without a loss, optimizers or sample; RangeError for numbers out of range; ShapeError for images of another size
 * than the real ones, and for batches that the critic's steps do not divide
 * @example
 * const game = adversarial(dense(2), dense(1), {
 *   loss: losses.nonSaturatingGan,
 *   optimizers: { generator: adam(1e-3), discriminator: adam(1e-3) },
 *   sample: (key, count) => random.normal(key, [count, 4]),
 * })
 * const start = game.init([4], [2], random.key(0))
 * const [next, measured] = jit(game.step)(start, random.key(1), np.ones([8, 2]))
 * next.steps.item() // 1
 * Object.keys(measured).sort() // ['discriminator', 'fake', 'generator', 'penalty', 'real']
 * // Samples of the average:
 * const { params, state } = next.average
 * dense(2).apply(params, state, np.ones([3, 4]), { mode: 'eval' })[0].shape // [3, 2]
 */
export const adversarial = operation(
  'adversarial',
  {
    at: 2,
    names: ['loss', 'optimizers', 'sample', 'criticSteps', 'penalty', 'regularise', 'averageDecay', 'averageFrom'],
  },
  <PG, SG, I, PD, SD, J extends Judged, OG, OD>(
    generator: Layer<PG, SG, I, Tensor>,
    discriminator: Layer<PD, SD, J, Tensor>,
    options: AdversarialOptions<PG, NoInfer<I>, NoInfer<J>, OG, OD>,
  ): Adversarial<I, J, AdversarialState<PG, SG, OG, PD, SD, OD>> => {
    type State = AdversarialState<PG, SG, OG, PD, SD, OD>
    const { loss, optimizers, sample, criticSteps, penalty, regularise, averageDecay, averageFrom } = checked(options)

    /** One improvement of the discriminator. */
    const criticStep = ({ generator: maker, discriminator: critic }: State, key: Key, real: J) => {
      const [sampleKey, makeKey, realKey, fakeKey, penaltyKey] = random.split(key, 5) as unknown as readonly [
        Key,
        Key,
        Key,
        Key,
        Key,
      ]
      const input = sample(sampleKey, imagesOf(real).shape[0] as number, real)
      const [images] = generator.apply(maker.params, maker.state, input, { mode: 'train', key: makeKey })
      checkAlike(images, imagesOf(real))
      const fake = pairedWith(real, input, stopGradient(images))
      const objective = (params: PD) => {
        const [onReal, between] = discriminator.apply(params, critic.state, real, { mode: 'train', key: realKey })
        const [onFake, state] = discriminator.apply(params, between, fake, { mode: 'train', key: fakeKey })
        const judge = (x: Tensor): Tensor =>
          discriminator.apply(params, state, withImages(real, x), { mode: 'train', key: realKey })[0]
        const lost = loss.discriminator(onReal, onFake).mean()
        const steep =
          penalty === undefined
            ? np.zeros([], { dtype: lost.dtype })
            : penalty(judge, imagesOf(real), imagesOf(fake), penaltyKey).mean()
        const seen = { discriminator: lost, penalty: steep, real: onReal.mean(), fake: onFake.mean() }
        return [lost.add(steep), { state, seen }] as const
      }
      const [[, { state, seen }], grads] = valueAndGrad(objective as never, { hasAux: true })(
        critic.params as never,
      ) as unknown as readonly [readonly [Tensor, { state: SD; seen: Omit<AdversarialMetrics, 'generator'> }], PD]
      const [updates, optimizerState] = optimizers.discriminator.update(grads, critic.optimizerState, critic.params)
      return [{ params: applyUpdates(critic.params, updates), state, optimizerState }, seen] as const
    }

    /** One improvement of the generator. */
    const generatorStep = ({ generator: maker, discriminator: critic }: State, key: Key, real: J) => {
      const [sampleKey, makeKey, judgeKey] = random.split(key, 3) as unknown as readonly [Key, Key, Key]
      const input = sample(sampleKey, imagesOf(real).shape[0] as number, real)
      const objective = (params: PG) => {
        const [images, state] = generator.apply(params, maker.state, input, { mode: 'train', key: makeKey })
        const judged = pairedWith(real, input, images)
        const [logits] = discriminator.apply(critic.params, critic.state, judged, { mode: 'train', key: judgeKey })
        const lost = loss.generator(logits).mean()
        return [regularise === undefined ? lost : lost.add(regularise(params)), { state, lost }] as const
      }
      const [[, { state, lost }], grads] = valueAndGrad(objective as never, { hasAux: true })(
        maker.params as never,
      ) as unknown as readonly [readonly [Tensor, { state: SG; lost: Tensor }], PG]
      const [updates, optimizerState] = optimizers.generator.update(grads, maker.optimizerState, maker.params)
      return [{ params: applyUpdates(maker.params, updates), state, optimizerState }, lost] as const
    }

    const start = (latent: ShapeOf<I>, real: ShapeOf<J>, key: Key): State => {
      const [generatorKey, discriminatorKey] = random.split(key) as unknown as readonly [Key, Key]
      const maker = initLayer(generator, latent, generatorKey)
      const critic = initLayer(discriminator, real, discriminatorKey)
      return {
        generator: { ...maker, optimizerState: optimizers.generator.init(maker.params) },
        discriminator: { ...critic, optimizerState: optimizers.discriminator.init(critic.params) },
        average: maker,
        steps: np.array(0, { dtype: 'int32' }),
      }
    }

    return {
      init: start,
      step: (state, key, real) => {
        const keys = [...random.split(key, criticSteps + 1)]
        const parts = partsOf(real, criticSteps)
        let discriminator = state.discriminator
        const seen: Omit<AdversarialMetrics, 'generator'>[] = []
        parts.forEach((part, i) => {
          const [next, measured] = criticStep({ ...state, discriminator }, keys.at(i) as Key, part)
          discriminator = next
          seen.push(measured)
        })
        const [generator, lost] = generatorStep({ ...state, discriminator }, keys.at(-1) as Key, parts.at(-1) as J)
        const decay = np.where(state.steps.lt(averageFrom), 0, averageDecay)
        const { params, state: own } = generator
        const mean = (name: 'discriminator' | 'penalty' | 'real' | 'fake'): Tensor =>
          seen
            .map((one) => one[name] as Tensor)
            .reduce((sum, one) => sum.add(one))
            .div(criticSteps)
        return [
          {
            generator,
            discriminator,
            average: {
              params: averaged(state.average.params, params, decay),
              state: averaged(state.average.state, own, decay),
            },
            steps: state.steps.add(1),
          },
          {
            discriminator: mean('discriminator'),
            generator: lost,
            penalty: mean('penalty'),
            real: mean('real'),
            fake: mean('fake'),
          },
        ]
      },
    }
  },
)
