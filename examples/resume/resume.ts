/** The story: a network learns digits, saves its session as it goes, and goes on from the latest one whenever it is started. */
import { createHash } from 'node:crypto'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { np, random, type Tensor, tree } from '@puregrad/core'
import { dense, dropout, init, lambda, losses, metrics, relu, serial } from '@puregrad/nn'
import { adam } from '@puregrad/optim'
import {
  type Callback,
  type CheckpointError,
  checkpoints,
  csvLog,
  type Examples,
  fit,
  type History,
  type LabelledImages,
  loadLatestSession,
  showCheckpointError,
  strokeDigits,
  terminateOnNaN,
  trainingCurves,
} from '@puregrad/train'
import * as E from 'fp-ts/lib/Either.js'
import * as O from 'fp-ts/lib/Option.js'

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

export interface ResumeOptions {
  /** Where sessions, the log and the plot go. */
  readonly out: string
  readonly epochs: number
  /** Images to train on. */
  readonly images: number
}

/** What came out. */
export interface Outcome {
  /** SHA-256 of every bit of parameters, layer states and optimiser state. */
  readonly fingerprint: string
  readonly history: History
  readonly resumedAt: { readonly epoch: number; readonly step: number } | null
}

/** A digest of all leaves: two trainings have the same if and only if all their bits are the same. */
export const fingerprint = (x: unknown): string => {
  const hash = createHash('sha256')
  for (const leaf of tree.leaves(x) as readonly Tensor[]) {
    const numbers = leaf.data()
    hash.update(new Uint8Array(numbers.buffer, numbers.byteOffset, numbers.byteLength))
  }
  return hash.digest('hex')
}

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
export const train = async (
  { out, epochs, images }: ResumeOptions,
  print: (line: string) => void,
): Promise<E.Either<CheckpointError, Outcome>> => {
  const data = strokeDigits({ seed: 0, train: images, test: 200 })
  const variables = init(model, [pixels], random.key(0))
  const start = { ...variables, optimizerState: optimizer.init(variables.params) }
  const sessions = join(out, 'sessions')
  const found = await loadLatestSession(sessions, start)()
  if (E.isLeft(found)) return found
  const session = O.isSome(found.right) ? found.right.value.session : null
  if (O.isSome(found.right)) {
    for (const error of found.right.value.damaged) print(`Passed over: ${showCheckpointError(error)}`)
  }
  const resumedAt = session?.position ?? null
  print(resumedAt === null ? 'Starts anew.' : `Resumes in epoch ${resumedAt.epoch} after step ${resumedAt.step}.`)

  const fitted = await fit(model, session ?? start, {
    loss: losses.softmaxCrossEntropyWithIntegerLabels,
    metrics: { accuracy: metrics.accuracy },
    train: examplesOf(data.train),
    validation: examplesOf(data.test),
    optimizer,
    epochs,
    batchSize: 32,
    stepsPerCall: 4,
    key: random.key(1),
    callbacks: [
      checkpoints(sessions, { everySteps: 8, keep: 2, monitor: 'validation loss' }),
      csvLog(join(out, 'log.csv')),
      terminateOnNaN(),
      watch(print),
    ],
  })
  if (fitted.failure !== undefined) return E.left(fitted.failure)
  await mkdir(out, { recursive: true })
  await writeFile(join(out, 'curves.svg'), trainingCurves(fitted.history))
  const { params, state, optimizerState } = fitted
  return E.right({ fingerprint: fingerprint({ params, state, optimizerState }), history: fitted.history, resumedAt })
}
