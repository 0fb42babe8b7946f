/**
 * What workers that decode are worth: the same training on JPEG files with and without them, in turns, each a fresh pool.
 *   node bench/feeding.mjs [--count 400] [--rounds 5] [--workers 1] [--epochs 2]     after npm run build
 */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { np, random } from '@puregrad/core'
import { conv2d, dense, globalAvgPool, init, losses, relu, serial } from '@puregrad/nn'
import { adam } from '@puregrad/optim'
import { data, fit } from '@puregrad/train/node'
import { median } from './harness/statistics.mjs'

// An encoder, which only tests have.
const { encode } = createRequire(new URL('../packages/formats/package.json', import.meta.url))('jpeg-js')

const { values } = parseArgs({
  options: {
    count: { type: 'string', default: '400' },
    rounds: { type: 'string', default: '5' },
    epochs: { type: 'string', default: '2' },
    workers: { type: 'string', default: String(Math.max(1, Math.min(8, availableParallelism() - 1))) },
  },
})
const [count, rounds, epochs, workers] = [values.count, values.rounds, values.epochs, values.workers].map(Number)
const [height, width] = [120, 160]

/** Waves and a little noise, so that a JPEG of it is about as large as that of a photograph. */
const picture = (seed) => {
  const pixels = new Uint8Array(4 * height * width)
  let noise = seed + 1
  for (let i = 0; i < height * width; i++) {
    const [x, y] = [i % width, Math.floor(i / width)]
    for (let c = 0; c < 4; c++) {
      noise = (Math.imul(noise, 1664525) + 1013904223) >>> 0
      const wave = Math.sin((x * (seed % 7)) / 20 + c) + Math.cos((y * (seed % 5)) / 15)
      pixels[4 * i + c] = 128 + 40 * wave + noise / 2 ** 27
    }
  }
  return encode({ data: pixels, width, height }, 85).data
}

const model = serial(
  (x) => x.astype('float32').div(255),
  conv2d(8, { kernelSize: [3, 3], strides: [2, 2] }),
  relu,
  conv2d(16, { kernelSize: [3, 3], strides: [2, 2] }),
  relu,
  globalAvgPool(),
  dense(2),
)

/** Seconds of processor that this thread took, apart from others: what a busy machine leaves alone. Linux tells, in hundredths. */
const ownSeconds = () => {
  try {
    const fields = readFileSync(`/proc/self/task/${process.pid}/stat`, 'utf8').replace(/.*\) /, '').split(' ')
    return (Number(fields[11]) + Number(fields[12])) / 100
  } catch {
    return Number.NaN
  }
}

const measured = async (f) => {
  const [began, own] = [performance.now(), ownSeconds()]
  await f()
  return { whole: (performance.now() - began) / 1000, own: ownSeconds() - own }
}

const directory = mkdtempSync(join(tmpdir(), 'puregrad-feeding-'))
try {
  for (const label of ['a', 'b']) mkdirSync(join(directory, label))
  for (let i = 0; i < count; i++) writeFileSync(join(directory, i % 2 === 0 ? 'a' : 'b', `${i}.jpg`), picture(i))
  const { right: folder } = await data.listImageFolder(directory)()
  const { right: loaded } = await data.loadImageFolder(directory)()
  const arrays = {
    x: np.array(loaded.images).reshape(loaded.shape),
    y: np.array(Int32Array.from(loaded.labels)),
  }
  const start = init(model, [height, width, 3], random.key(0))
  const training = (train) =>
    fit(model, start, {
      train,
      loss: losses.softmaxCrossEntropyWithIntegerLabels,
      optimizer: adam(1e-3),
      epochs,
      stepsPerCall: 4,
      key: random.key(1),
    })
  const contestants = {
    'steps alone, images in memory': () => training(arrays),
    'decoding alone, this thread': () => data.loadImageFolder(directory, { workers: 0 })(),
    'decoding alone, workers': () => data.loadImageFolder(directory, { workers })(),
    'training, this thread decodes': () => training(data.fromImageFolder(folder, { workers: 0 })),
    'training, workers decode': () => training(data.fromImageFolder(folder, { workers })),
  }
  const times = new Map(Object.keys(contestants).map((name) => [name, []]))
  for (let round = 0; round <= rounds; round++) {
    for (const [name, run] of Object.entries(contestants)) {
      const { whole, own } = await measured(run)
      const turns = name.startsWith('decoding') ? 1 : epochs
      // The first round compiles.
      if (round > 0) times.get(name).push({ whole: whole / turns, own: own / turns })
    }
  }
  console.log(
    `${count} JPEG files of ${width}×${height}, workers: ${workers}; seconds an epoch, medians of ${rounds} rounds in turns`,
  )
  for (const [name, each] of times) {
    const [whole, own] = ['whole', 'own'].map((what) => each.map((taken) => taken[what]))
    const range = `${Math.min(...whole).toFixed(2)} to ${Math.max(...whole).toFixed(2)}`
    console.log(
      `${name.padEnd(32)}${median(whole).toFixed(3)} (${range}), this thread's processor ${median(own).toFixed(3)}`,
    )
  }
} finally {
  rmSync(directory, { recursive: true })
}
