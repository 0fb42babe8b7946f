/** Diffusion: noise is taken away step by step, towards a class that guides it. */
import { np, random, type Tensor } from '@puregrad/core'
import { denoiser, guided, diffusion as processOf } from '@puregrad/models'
import { init, type Key } from '@puregrad/nn'
import { adam, averageOf, cosineDecaySchedule, withEma } from '@puregrad/optim'
import { descend, inParts, learnBy, type Painter, rowsOf, ways } from './painter.js'
import { classes, side } from './pictures.js'

const settings = { width: 16, batchSize: 64, steps: 2500, learningRate: 2e-3, guidance: 1.5, taken: 20 }

const times = 500
const forgotten = 0.1 // how often the class is left out, so that one network learns both (Ho & Salimans 2022)

export const diffusion: Painter = {
  name: 'diffusion',
  isTold: true,
  learn: async (subject, under) => {
    const { width, batchSize, steps, learningRate, guidance, taken } = settings
    const process = processOf({ steps: times, predicts: 'velocity' })
    const network = denoiser({ size: side, channels: 1, width, steps: times, conditions: classes + 1 })
    const falling = cosineDecaySchedule(learningRate, Math.max(1, Math.round((steps * under.part) / 100)))
    const optimizer = withEma(adam(falling), 0.995)
    const { params, state: none } = init(
      network,
      { x: [side, side, 1], time: [], condition: [] },
      random.key(under.seed),
    )
    type Params = typeof params
    const saysBy = (p: Params) => (x: Tensor, time: Tensor, condition: Tensor) =>
      network.apply(p, none, { x, time, condition }, { mode: 'eval' })[0]
    const { state, history } = await learnBy(subject, under, {
      steps,
      batchSize,
      start: { params, optimizerState: optimizer.init(params) },
      step: (now, key, { x, condition }) => {
        const [hideKey, lossKey] = [...random.split(key)] as [Key, Key]
        const told = np.where(random.bernoulli(hideKey, forgotten, condition.shape), classes, condition)
        const loss = (p: Params): Tensor =>
          process.loss((noisy, time) => saysBy(p)(noisy, time, told), x, lossKey).mean()
        return descend(optimizer, now, loss)
      },
    })
    const says = saysBy(averageOf(state.optimizerState, state.params))
    const paint = inParts((z: Tensor, asked: Tensor, scale: Tensor) => {
      const shape = [asked.size, side, side, 1]
      const any = np.full([asked.size], classes, { dtype: 'int32' })
      // Without fresh noise on the way, that at the start decides everything.
      const options = { steps: taken, start: z.reshape(shape) }
      return process.sample(guided(says, asked, any, scale), shape, random.key(0), options)
    })
    const usual = (z: Tensor, asked: Tensor): Tensor => paint(z, asked, np.array(guidance))
    const noise = (key: Key, count: number): Tensor => random.normal(key, [count, side * side])
    return {
      sample: (key, asked) => usual(noise(key, asked.size), asked),
      between: (key, rows, columns) => usual(ways(key, rows, columns, side * side), rowsOf(rows, columns)),
      traded: {
        what: 'guidance',
        at: [1, 2, 4],
        sample: (key, asked, scale) => paint(noise(key, asked.size), asked, np.array(scale)),
      },
      history,
    }
  },
}
