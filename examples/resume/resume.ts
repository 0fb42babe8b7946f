/** The story: a network learns digits, saves its session as it goes, and goes on from the latest one whenever it is started. */
import { join } from 'node:path'
import { np, random, type Tensor } from '@puregrad/core'
import { dense, dropout, init, lambda, losses, metrics, relu, serial } from '@puregrad/nn'
import { adam } from '@puregrad/optim'
import {
  type Callback,
  checkpoints,
  csvLog,
  type Examples,
  fit,
  type LabelledImages,
  loadLatestSession,
  showCheckpointError,
  strokeDigits,
  terminateOnNaN,
  trainingCurves,
} from '@puregrad/train/node'
import * as E from 'fp-ts/lib/Either.js'
import * as O from 'fp-ts/lib/Option.js'
import type { Context, Told } from '../runner/example.js'
import { fingerprint } from '../runner/fingerprint.js'

const pixels = 28 * 28

// Dropout and the order of the images follow from the key, so the resumed run has to draw the same numbers.
const model = serial(
  lambda((x: Tensor) => x.astype('float32').div(255), { name: 'bytesToUnit' }),
  dense(64),
  relu,
  dropout(0.2),
  dense(10),
)
const optimizer = adam(1e-3)

const examplesOf = ({ shape: [count], images, labels }: LabelledImages): Examples => ({
  x: np.array(images).reshape([count, pixels]),
  y: np.array(labels).astype('int32'),
})

/** Tells where the training is. Effects are not its business: it only prints. */
const watch = (print: (line: string) => void): Callback<null> => ({
  name: 'watch',
  init: null,
  reduce: (state, event) => {
    if (event._tag === 'Stepped') print(`epoch ${event.epoch} step ${event.step}/${event.steps}`)
    return [state, []]
  },
})

/** Trains, from the latest session if there is one; on the left is what was wrong with a file. */
export const train = async (context: Context<'epochs' | 'images'>): Promise<E.Either<string, Told>> => {
  const { folder, seed, settings, print, plot, once } = context
  const data = strokeDigits({ seed, train: settings.images, test: 200 })
  const variables = init(model, [pixels], random.key(seed))
  const start = { ...variables, optimizerState: optimizer.init(variables.params) }
  const sessions = join(folder, 'sessions')
  const found = E.mapLeft(showCheckpointError)(await loadLatestSession(sessions, start)())
  if (E.isLeft(found)) return found
  const session = O.isSome(found.right) ? found.right.value.session : null
  if (O.isSome(found.right)) {
    for (const error of found.right.value.damaged) print(`Passed over: ${showCheckpointError(error)}`)
  }
  const resumedAt = session?.position ?? null
  print(resumedAt === null ? 'Starts anew.' : `Resumes in epoch ${resumedAt.epoch} after step ${resumedAt.step}.`)

  const fitted = await once((signal) =>
    fit(model, session ?? start, {
      loss: losses.softmaxCrossEntropyWithIntegerLabels,
      metrics: { accuracy: metrics.accuracy },
      train: examplesOf(data.train),
      validation: examplesOf(data.test),
      optimizer,
      epochs: settings.epochs,
      batchSize: 32,
      stepsPerCall: 4,
      key: random.key(seed + 1),
      callbacks: [
        checkpoints(sessions, { everySteps: 8, keep: 2, monitor: 'validation loss' }),
        csvLog(join(folder, 'log.csv')),
        terminateOnNaN(),
        watch(print),
      ],
      signal,
    }),
  )
  if (fitted.failure !== undefined) return E.left(showCheckpointError(fitted.failure))
  const { params, state, optimizerState, history } = fitted
  const digest = fingerprint({ params, state, optimizerState })
  const accuracies = history.flatMap(({ validation }) => validation?.accuracy ?? [])
  print(`Validation accuracy ${accuracies.at(-1)?.toFixed(4) ?? 'not measured'} after ${accuracies.length} epochs`)
  print(`Fingerprint ${digest}`)
  await plot('curves.svg', trainingCurves(history))
  return E.right({
    data: { kind: 'none' },
    figures: {
      fingerprint: digest,
      accuracies,
      losses: history.flatMap(({ validation }) => validation?.loss ?? []),
    },
    trainingSeconds: { network: history.reduce((total, { seconds }) => total + seconds, 0) },
  })
}
