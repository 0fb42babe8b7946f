/** Whole networks with puregrad: steps of training and passes forward. The numbers that they start from are each library's own. */
import * as core from '@puregrad/core'
import * as models from '@puregrad/models'
import * as nn from '@puregrad/nn'
import { adam, applyUpdates, sgd } from '@puregrad/optim'

const { jit, np, random, tree, valueAndGrad } = core

const pictures = (batch, size, channels = 3) => random.normal(random.key(1), [batch, size, size, channels])
const labels = (batch, classes) => np.arange(batch).mod(classes).astype('int32')

const start = (model, x) =>
  nn.init(
    model,
    tree.map((leaf) => leaf.shape.slice(1), x),
    random.key(0),
  )
const tokens = (batch, length, vocabulary) => random.randint(random.key(2), [batch, length], 0, vocabulary)

/** A network that learns a batch by heart. */
const training = (model, x, y, loss, optimizer, { params, state } = start(model, x)) => {
  const step = jit(
    ({ params, state, rule }, x, y, key) => {
      const objective = (p) => {
        const [out, next] = model.apply(p, state, x, { mode: 'train', key })
        return [np.mean(loss(out, y)), next]
      }
      const [[value, next], gradients] = valueAndGrad(objective, { hasAux: true })(params)
      const [updates, after] = optimizer.update(gradients, rule, params)
      return [{ params: applyUpdates(params, updates), state: next, rule: after }, value]
    },
    { donateArgnums: 0 },
  )
  let all = { params, state, rule: optimizer.init(params) }
  let count = 0
  const run = () => {
    ;[all] = step(all, x, y, random.key(count++))
  }
  return { run, parameters: () => tree.leaves(all.params).reduce((n, p) => n + p.size, 0) }
}

const forward = (model, x) => {
  const { params, state } = start(model, x)
  const predict = jit((p, s, images) => model.apply(p, s, images, { mode: 'eval' })[0])
  const run = () => {
    predict(params, state, x)
  }
  const size = tree.leaves(params).reduce((n, p) => n + p.size, 0)
  return { run, parameters: () => size }
}

/** Tokens behind a prompt, each the likeliest, in one loop with the cache. */
const greedy = (batch, { prompt, length }) => {
  const model = models.gpt({ vocabulary: 65, layers: 4, heads: 4, width: 128, context: prompt + length, dropout: 0 })
  const start = tokens(batch, prompt, 65)
  const { params, state } = nn.init(model, [prompt], random.key(0))
  const write = jit((p, x) => {
    const cache = nn.startCache(model, p, batch, prompt + length)
    return models.decode.greedy(models.decode.stepOf(model, { params: p, state }), cache, x, { length }).tokens
  })
  const run = () => {
    write(params, start)
  }
  return { run, parameters: () => tree.leaves(params).reduce((n, p) => n + p.size, 0) }
}

/** Both networks of DCGAN on 28 × 28 pixels: a step of the discriminator and one of the generator. */
const dcgan = (batch, width) => {
  const shape = { size: 28, channels: 1, width }
  const optimizer = adam(2e-4, { b1: 0.5 })
  const game = models.adversarial(models.dcganGenerator(shape), models.dcganDiscriminator(shape), {
    loss: nn.losses.nonSaturatingGan,
    optimizers: { generator: optimizer, discriminator: optimizer },
    sample: (key, count) => random.normal(key, [count, 64]),
  })
  const step = jit(game.step, { donateArgnums: 0 })
  const x = pictures(batch, 28, 1)
  // A copy, since the average begins as the generator itself and a tensor is given up once.
  let all = jit((state) => tree.map((leaf) => leaf.add(0), state))(game.init([64], [28, 28, 1], random.key(0)))
  let count = 0
  const run = () => {
    ;[all] = step(all, random.key(count++), x)
  }
  const sizes = tree.leaves([all.generator.params, all.discriminator.params])
  const size = sizes.reduce((n, p) => n + p.size, 0)
  return { run, parameters: () => size }
}

const classes = nn.losses.softmaxCrossEntropyWithIntegerLabels
const usualSgd = () => sgd(0.01, { momentum: 0.9 })
const batchNorm = () => nn.batchNorm({ momentum: 0.9 })

/** A WaveNet of sounds alone, two times 1, 2, … 128 samples apart. */
const waveNet = models.waveNet({ dilations: [0, 1].flatMap(() => [1, 2, 4, 8, 16, 32, 64, 128]) })
const voice = {
  plan: (x) => waveNet.plan({ x }),
  apply: (params, state, x, ctx) => waveNet.apply(params, state, { x }, ctx),
}

/** By the ids of rows. Whether two libraries build the same network is told by the number of its parameters. */
export const networks = Object.fromEntries(
  Object.entries({
    'resnet18-step': () =>
      training(models.resnet18({ classes: 10 }), pictures(16, 64), labels(16, 10), classes, usualSgd()),
    'densenet121-step': () =>
      training(models.densenet121({ classes: 10 }), pictures(8, 64), labels(8, 10), classes, usualSgd()),
    'unet-step': () =>
      training(
        models.unet({ classes: 2, width: 16, depth: 3, padding: 'SAME', norm: batchNorm }),
        pictures(8, 64),
        np.tile(np.arange(64).mod(2).astype('int32'), [8, 64, 1]),
        classes,
        usualSgd(),
      ),
    'wavenet-step': () => {
      const codes = random.randint(random.key(1), [4, 1024], 0, 256)
      return training(voice, codes, codes, classes, adam(1e-3))
    },
    'gpt-step': () => {
      const text = tokens(12, 64, 65)
      const model = models.gpt({ vocabulary: 65, layers: 4, heads: 4, width: 128, context: 64, dropout: 0 })
      return training(model, text, text, classes, adam(1e-3))
    },
    'gpt-greedy-1': () => greedy(1, { prompt: 16, length: 64 }),
    'gpt-greedy-8': () => greedy(8, { prompt: 16, length: 64 }),
    'nmt-step': () => {
      const vocabularies = { sourceVocabulary: 3300, targetVocabulary: 3800 }
      const model = models.transformer({ ...vocabularies, layers: 2, heads: 4, width: 128, norm: 'pre', dropout: 0 })
      const [source, target] = [tokens(64, 8, 3300), tokens(64, 12, 3800)]
      const sourceMask = np.arange(8).lt(np.arange(64).mod(3).add(6).reshape([64, 1]))
      return training(model, { source, sourceMask, target }, target, classes, adam(1e-3))
    },
    'dcgan-step': () => dcgan(64, 32),
    'resnet50-forward': () => forward(models.resnet50(), pictures(1, 224)),
  }).map(([id, make]) => [
    id,
    () => {
      const { run, parameters } = make()
      return { run, result: () => Float32Array.of(parameters()) }
    },
  ]),
)

/** What full-size networks take: `node networks.mjs NAME BATCH`. */
const large = ([name, batch]) => {
  const seconds = (f) => {
    const began = performance.now()
    f()
    return (performance.now() - began) / 1000
  }
  const [model, x] = [Reflect.get(models, name)(), pictures(batch, 224)]
  let first
  const init = seconds(() => {
    first = start(model, x)
  })
  const initPeak = process.resourceUsage().maxRSS * 1024
  const ours = training(model, x, labels(batch, 1000), classes, adam(1e-4), first)
  const steps = [0, 1, 2, 3].map(() => seconds(ours.run))
  const [firstStep, ...others] = steps
  console.log(
    JSON.stringify({
      init,
      initPeak,
      first: firstStep,
      step: others.sort((a, b) => a - b)[1],
      peak: process.resourceUsage().maxRSS * 1024,
    }),
  )
}
if (process.argv[1] === import.meta.filename) large(process.argv.slice(2).map((a, i) => (i === 1 ? Number(a) : a)))
