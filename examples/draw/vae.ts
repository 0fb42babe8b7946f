/** A variational auto-encoder: no game, and pictures that are means of what they could be. */
import { random, type Tensor } from '@puregrad/core'
import { vae as network, vaeLoss } from '@puregrad/models'
import { init, sigmoid } from '@puregrad/nn'
import { adam, cosineDecaySchedule } from '@puregrad/optim'
import { descend, inParts, learnBy, ofNoise, type Painter } from './painter.js'
import { side } from './pictures.js'

const settings = { width: 16, latent: 12, batchSize: 64, steps: 4000, learningRate: 2e-3 }

export const vae: Painter = {
  name: 'VAE',
  isTold: false,
  learn: async (subject, under) => {
    const { width, latent, batchSize, steps, learningRate } = settings
    const model = network({ size: side, channels: 1, width, latent })
    const optimizer = adam(cosineDecaySchedule(learningRate, Math.max(1, Math.round((steps * under.part) / 100))))
    const { params, state: none } = init(model, [side, side, 1], random.key(under.seed))
    type Params = typeof params
    const { state, history } = await learnBy(subject, under, {
      steps,
      batchSize,
      start: { params, optimizerState: optimizer.init(params) },
      step: (now, key, { x }) => {
        const ink = x.add(1).mul(0.5)
        const loss = (p: Params): Tensor => vaeLoss(model.apply(p, none, ink, { mode: 'train', key })[0], ink).mean()
        return descend(optimizer, now, loss)
      },
    })
    const { decoder } = model
    const paint = inParts((z: Tensor) =>
      sigmoid(decoder.apply(state.params.decoder, none.decoder, z, { mode: 'eval' })[0])
        .mul(2)
        .sub(1),
    )
    return ofNoise(paint, latent, history)
  },
}
