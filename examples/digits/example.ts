import * as E from 'fp-ts/lib/Either.js'
import { defineExample, type Told, type UsedData } from '../runner/example.js'
import { type Outcome, readDigits } from './digits.js'

/** As many as MNIST has. */
const all = 60_000

const told =
  (data: UsedData) =>
  ({ history, test, fingerprint }: Outcome): Told => ({
    data,
    figures: {
      accuracy: test.accuracy ?? Number.NaN,
      loss: test.loss ?? Number.NaN,
      trainingLoss: history.map(({ train }) => train.loss ?? Number.NaN),
      validationAccuracy: history.flatMap(({ validation }) => validation?.accuracy ?? []),
      fingerprint,
    },
    trainingSeconds: { network: history.reduce((total, { seconds }) => total + seconds, 0) },
  })

export const example = defineExample({
  name: 'digits',
  title: 'Reading handwritten digits',
  description: 'the network that every course begins with; npm start trains it, too',
  data: { files: 'MNIST, the four idx files in DIR or DIR/mnist', standIn: 'digits drawn from strokes' },
  settings: {
    epochs: { default: 5, description: 'how often every image is seen' },
    batch: { default: 128, description: 'images per step' },
    limit: { default: all, description: 'use only the first N images of each set' },
  },
  run: async ({ data, seed, settings: { epochs, batch, limit }, print, plot, progress, once }) => {
    const options = { data, seed, epochs, batch, limit: limit < all ? limit : undefined }
    const used: UsedData =
      data === undefined
        ? { kind: 'stand-in', what: 'digits drawn from strokes' }
        : { kind: 'files', what: 'MNIST', folder: data }
    return E.map(told(used))(
      await once((signal) => readDigits(options, { print, plot, progress: progress('Epoch', epochs), signal })),
    )
  },
})
