/** BigGAN in small: both networks are told the class. */
import { np, random, type Tensor, tree } from '@puregrad/core'
import {
  adversarial,
  bigGanDiscriminator,
  bigGanGenerator,
  orthogonalPenalty,
  standingStatistics,
  truncatedNoise,
} from '@puregrad/models'
import { type Conditioned, losses } from '@puregrad/nn'
import { adam, linearSchedule } from '@puregrad/optim'
import { inParts, learnBy, type Painter, rowsOf, ways } from './painter.js'
import { classes, side } from './pictures.js'

const settings = { width: 8, shared: 16, latent: 48, batchSize: 64, steps: 3000, learningRate: 1e-3 }

const standing = 8 // batches of 100 pictures for statistics of truncated noise

export const bigGan: Painter = {
  name: 'BigGAN',
  isTold: true,
  learn: async (subject, under) => {
    const { width, shared, latent, batchSize, steps, learningRate } = settings
    const shape = { size: side, channels: 1, width, classes }
    const generator = bigGanGenerator({ ...shape, shared })
    const falling = linearSchedule(learningRate, learningRate / 10, Math.round((steps * under.part) / 100))
    const optimizer = adam(falling, { b1: 0, b2: 0.99 })
    const game = adversarial(generator, bigGanDiscriminator(shape), {
      loss: losses.hingeGan,
      optimizers: { generator: optimizer, discriminator: optimizer },
      // Classes are as frequent among generated pictures as among the real ones beside them.
      sample: (key, count, { condition }: Conditioned) => ({ x: random.normal(key, [count, latent]), condition }),
      regularise: orthogonalPenalty({ except: ['shared'] }),
      averageDecay: 0.99,
      averageFrom: 100,
    })
    const { state, history } = await learnBy(subject, under, {
      steps,
      batchSize,
      start: game.init({ x: [latent], condition: [] }, { x: [side, side, 1], condition: [] }, random.key(under.seed)),
      step: game.step,
    })
    type Statistics = typeof state.average.state
    const leaves = (statistics: Statistics): Tensor[] => [...(tree.leaves(statistics as never) as readonly Tensor[])]
    const structure = tree.structure(state.average.state)
    const paint = inParts((x: Tensor, condition: Tensor, ...statistics: Tensor[]) => {
      const own = tree.unflatten(structure, statistics) as Statistics
      return generator.apply(state.average.params, own, { x, condition }, { mode: 'eval' })[0]
    })
    /** A painter of noise within a threshold, with statistics of its own. */
    const painterOf = (threshold: number) => {
      const key = random.key(under.seed + 1)
      const batches = Array.from({ length: standing }, (_, i) => ({
        x: truncatedNoise(random.foldIn(key, i), [100, latent], threshold),
        condition: np.tile(np.arange(classes, { dtype: 'int32' }), [10]),
      }))
      const statistics = standingStatistics(generator, state.average, batches, key)
      const own = leaves(statistics)
      return (z: Tensor, asked: Tensor): Tensor => paint(z, asked, ...own)
    }
    const whole = painterOf(Number.POSITIVE_INFINITY)
    return {
      sample: (key, asked) => whole(random.normal(key, [asked.size, latent]), asked),
      between: (key, rows, columns) => whole(ways(key, rows, columns, latent), rowsOf(rows, columns)),
      traded: {
        what: 'noise is cut at',
        at: [0.25, 0.5, 1, 2],
        sample: (key, asked, threshold) =>
          painterOf(threshold)(truncatedNoise(key, [asked.size, latent], threshold), asked),
      },
      history,
    }
  },
}
