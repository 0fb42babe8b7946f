/** Trains on images of which one is broken, and says what was caught; nothing of it keeps the process. */
import { random } from '@puregrad/core'
import { dense, flatten, init, losses, serial } from '@puregrad/nn'
import { sgd } from '@puregrad/optim'
import { data, fit } from '@puregrad/train/node'
import * as E from 'fp-ts/lib/Either.js'

const [directory = ''] = process.argv.slice(2)
const folder = await data.listImageFolder(directory)()
if (E.isLeft(folder)) throw new Error(folder.left.found)
const model = serial((x) => x.astype('float32').div(255), flatten(), dense(2))
const caught = await fit(model, init(model, [2, 2, 1], random.key(0)), {
  train: data.fromImageFolder(folder.right, { workers: 2 }),
  loss: losses.softmaxCrossEntropyWithIntegerLabels,
  optimizer: sgd(0.1),
  batchSize: 2,
  stepsPerCall: 1,
  epochs: 100,
  key: random.key(1),
}).catch((thrown: unknown) => thrown)
const loaded = await data.loadImageFolder(directory, { workers: 2 })()
console.log(JSON.stringify({ caught, isError: caught instanceof Error, loaded }))
