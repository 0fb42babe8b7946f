/** The story: three recurrent networks learn to write names, letter by letter. */
import { np, random, type Tensor } from '@puregrad/core'
import { dense, embedding, gru, init, type Layer, logSoftmax, lstm, serial, simpleRnn } from '@puregrad/nn'
import { adam, cosineDecaySchedule } from '@puregrad/optim'
import { evaluate, fit, lineChart, showDataError, textTable } from '@puregrad/train'
import * as E from 'fp-ts/lib/Either.js'
import type { Context, Told } from '../runner/example.js'
import { bigramNats, corpus, rowsOf, symbols } from './corpus.js'
import { type Drawn, temperatures, type Written, write } from './writing.js'

const features = 128
const batchSize = 64

/** Symbols become vectors, a recurrent layer reads them, and each of its states says what may come next. */
const writer = <P>(recurrent: Layer<P, null>) => serial(embedding(symbols, 32), recurrent, dense(symbols))

/** Nats that each name costs: minus the log-probabilities of its letters and its end. Targets of −1 are no characters. */
export const natsPerName = (logits: Tensor, next: Tensor): Tensor => {
  const chosen = np.takeAlongAxis(logSoftmax(logits, { axis: -1 }), np.expandDims(np.maximum(next, 0), -1), {
    axis: -1,
  })
  return np.where(next.ge(0), np.squeeze(chosen, -1), 0).sum({ axis: -1 }).neg()
}

/** How one network did. */
interface Writing {
  readonly name: string
  /** Nats per character of names that it did not see, after each epoch. */
  readonly nats: readonly number[]
  readonly seconds: number
  readonly written: Written
}

const reportOf = (writings: readonly Writing[]): string =>
  textTable(
    ['network', 'nats per character', 'seconds', 'writes'],
    writings.map((w) => [
      w.name,
      (w.nats.at(-1) ?? Number.NaN).toFixed(4),
      w.seconds.toFixed(1),
      samplesOf(w.written).join(' '),
    ]),
  )

/** Eight names as likely as the network finds them. */
const samplesOf = ({ drawn }: Written): readonly string[] =>
  (drawn.find(({ temperature }) => temperature === 1) as Drawn).names.slice(0, 8)

const temperatureReport = (writings: readonly Writing[]): string =>
  textTable(
    ['network', 'temperature', 'known', 'distinct', 'writes'],
    writings.flatMap(({ name, written }) =>
      written.drawn.map(({ temperature, known, distinct, names }) => [
        name,
        `${temperature}`,
        known.toFixed(2),
        distinct.toFixed(2),
        names.slice(0, 5).join(' '),
      ]),
    ),
  )

const beamReport = (writings: readonly Writing[]): string =>
  textTable(
    ['network', 'likeliest names', 'and for each letter'],
    writings.map(({ name, written: { likeliest, scores, byLetter } }) => [
      name,
      likeliest.map((found, i) => `${found} ${(scores[i] as number).toFixed(1)}`).join(', '),
      byLetter.join(' '),
    ]),
  )

const temperaturePlot = (writings: readonly Writing[]): string =>
  lineChart(
    writings.map(({ name, written }) => ({
      name,
      x: [...temperatures],
      y: written.drawn.map(({ known }) => known),
    })),
    {
      title: 'Names that were there to learn from',
      xLabel: 'temperature',
      yLabel: 'part of what is drawn',
      width: 640,
    },
  )

const plotOf = (bigram: number, epochs: number, writings: readonly Writing[]): string =>
  lineChart(
    [
      ...writings.map(({ name, nats }) => ({ name, y: nats })),
      { name: 'letter pairs', y: [bigram, bigram], x: [1, Math.max(epochs, 2)], dashed: true },
    ],
    { title: 'Names that were not seen', xLabel: 'epoch', yLabel: 'nats per character', width: 640 },
  )

/** Trains all three, tells and draws; on the left is what was wrong with the file. */
export const compare = async (context: Context<'epochs'>): Promise<E.Either<string, Told>> => {
  const { data, seed, settings, print, plot, progress, each } = context
  const { epochs } = settings
  const loaded = E.mapLeft(showDataError)(await corpus(data, seed))
  if (E.isLeft(loaded)) return loaded
  const { used, train: names, test: unseen } = loaded.right
  const longest = Math.max(...[...names, ...unseen].map((name) => name.length))
  const [train, test] = [rowsOf(names, longest), rowsOf(unseen, longest)]
  // Every name has its letters and its end.
  const characters = unseen.reduce((sum, name) => sum + name.length + 1, 0)
  const bigram = bigramNats(names, unseen)
  print(
    `${used.what}: ${names.length} names to learn from, ${unseen.length} to judge by; letter pairs ${bigram.toFixed(4)}`,
  )

  const learner =
    <P>(name: string, recurrent: Layer<P, null>) =>
    async (signal: AbortSignal): Promise<Writing> => {
      const model = writer(recurrent)
      const objective = { loss: natsPerName }
      const perCharacter = (nats: number | undefined): number => ((nats ?? Number.NaN) * unseen.length) / characters
      const steps = epochs * Math.ceil(names.length / batchSize)
      const fitted = await fit(model, init(model, [longest + 1], random.key(seed)), {
        ...objective,
        train,
        validation: test,
        optimizer: adam(cosineDecaySchedule(3e-3, steps)),
        epochs,
        batchSize,
        key: random.key(seed + 1),
        progress: progress(name, epochs),
        signal,
      })
      const nats = fitted.history.flatMap(({ validation }) => validation?.loss ?? []).map(perCharacter)
      // The last one is measured anew: an epoch that was broken off has none.
      const last = perCharacter(evaluate(model, fitted, test, objective).loss)
      return {
        name,
        nats: fitted.stopped ? [...nats, last] : [...nats.slice(0, -1), last],
        seconds: fitted.history.reduce((total, epoch) => total + epoch.seconds, 0),
        written: write(model, fitted, names, { count: 200, longest, key: random.key(seed + 2) }),
      }
    }
  const learners = [
    learner('simple RNN', simpleRnn(features)),
    learner('LSTM', lstm(features)),
    learner('GRU', gru(features)),
  ]
  const writings = await each(learners, (learn, signal) => learn(signal))
  print(reportOf(writings))
  print(temperatureReport(writings))
  print(beamReport(writings))
  await plot('names.svg', plotOf(bigram, epochs, writings))
  await plot('temperature.svg', temperaturePlot(writings))
  return E.right({
    data: used,
    figures: {
      'letter pairs': bigram,
      ...Object.fromEntries(
        writings.map(({ name, nats, written }) => [
          name,
          {
            nats,
            samples: samplesOf(written),
            known: written.drawn.map(({ known }) => known),
            distinct: written.drawn.map(({ distinct }) => distinct),
            likeliest: written.likeliest,
            scores: written.scores,
            'by letter': written.byLetter,
          },
        ]),
      ),
    },
    trainingSeconds: Object.fromEntries(writings.map(({ name, seconds }) => [name, seconds])),
  })
}
