/** DCGAN: a generator and a discriminator, neither of which is told classes. */
import { random, type Tensor } from '@puregrad/core'
import { adversarial, dcganDiscriminator, dcganGenerator } from '@puregrad/models'
import { losses } from '@puregrad/nn'
import { adam, linearSchedule } from '@puregrad/optim'
import { inParts, learnBy, ofNoise, type Painter } from './painter.js'
import { side } from './pictures.js'

const settings = { width: 16, latent: 64, batchSize: 64, steps: 4000, learningRate: 1e-3 }

export const dcgan: Painter = {
  name: 'DCGAN',
  isTold: false,
  learn: async (subject, under) => {
    const { width, latent, batchSize, steps, learningRate } = settings
    const shape = { size: side, channels: 1, width }
    const generator = dcganGenerator(shape)
    const falling = linearSchedule(learningRate, learningRate / 10, Math.round((steps * under.part) / 100))
    const optimizer = adam(falling, { b1: 0.5 })
    const game = adversarial(generator, dcganDiscriminator(shape), {
      loss: losses.nonSaturatingGan,
      optimizers: { generator: optimizer, discriminator: optimizer },
      sample: (key, count) => random.normal(key, [count, latent]),
      averageDecay: 0.99,
      averageFrom: 100,
    })
    const { state, history } = await learnBy(subject, under, {
      steps,
      batchSize,
      start: game.init([latent], [side, side, 1], random.key(under.seed)),
      step: (now, key, { x }) => game.step(now, key, x),
    })
    const { params, state: statistics } = state.average
    const paint = inParts((z: Tensor) => generator.apply(params, statistics, z, { mode: 'eval' })[0])
    return ofNoise(paint, latent, history)
  },
}
