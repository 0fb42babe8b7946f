/** The story: a network learns to write down what it hears letter by letter, and is judged by a voice that it never heard. */
import { jit, np, random, type Tensor } from '@puregrad/core'
import { ctc, type Heard as Logits, speechRecognizer } from '@puregrad/models'
import { init, losses, type Masked, metrics, parameterCount, serial, type Variables } from '@puregrad/nn'
import { adamw, chain, clipByGlobalNorm, warmupCosineDecaySchedule } from '@puregrad/optim'
import { confusionPlot, fit, lineChart, textTable } from '@puregrad/train/node'
import * as E from 'fp-ts/lib/Either.js'
import type { Context, Told } from '../runner/example.js'
import { loadSpeakers } from '../speak/recordings.js'
import { digitNames } from '../speak/voices.js'
import { asHeard, bands, hear, speeds, stripes, varied } from './hearing.js'
import { classes, lettersOf, logsOfDigits, spelled } from './letters.js'

const beams = 8

export const network = (width: number) =>
  serial(stripes, speechRecognizer({ classes, width, layers: 2, stride: 2, dropout: 0.3 }))

type Model = ReturnType<typeof network>
type EarVariables = Model extends { apply: (p: infer P, s: infer S, ...rest: never[]) => unknown }
  ? Variables<P, S>
  : never

const beyond = ({ mask }: Logits): Tensor => np.subtract(1, mask.astype('float32'))

const loss = (heard: Logits, digits: Tensor): Tensor => {
  const { labels, paddings } = lettersOf(digits)
  return losses.ctcLoss(heard.logits, beyond(heard), labels, paddings)
}

/** What was understood of every recording. */
interface Understood {
  readonly digits: Tensor
  readonly greedy: readonly string[]
  readonly beam: readonly string[]
}

const understand = (model: Model, { params, state }: EarVariables, x: Masked): Understood => {
  const run = jit((v: EarVariables, input: Masked) => {
    const [heard] = model.apply(v.params, v.state, input, { mode: 'eval' })
    const paddings = beyond(heard)
    return {
      digits: np.argmax(logsOfDigits(heard.logits, paddings), { axis: 1 }).astype('int32'),
      greedy: ctc.greedy(heard.logits, paddings),
      beam: ctc.beam(heard.logits, paddings, { beams, max: 8 }),
    }
  })
  const { digits, greedy, beam } = run({ params, state }, x)
  const words = (tokens: Tensor, lengths: Tensor): readonly string[] => {
    const all = lengths.toArray() as readonly number[]
    return (tokens.toArray() as readonly (readonly number[])[]).map((row, i) => spelled(row, all[i] as number))
  }
  return {
    digits,
    greedy: words(greedy.tokens, greedy.lengths),
    beam: words(beam.tokens.slice({}, 0), beam.lengths.slice({}, 0)),
  }
}

/** Letters that are wrong, as a part of all that were said. */
const letterErrors = (found: readonly string[], truth: readonly string[]): number =>
  metrics.characterErrorRate(found, truth).item() as number

type Names = 'epochs' | 'batch' | 'width' | 'validate'

/** Trains, judges and draws; on the left is what was wrong with the data. */
export const listen = async ({
  data,
  seed,
  settings: { epochs, batch, width, validate },
  once,
  progress,
  print,
  plot,
}: Context<Names>): Promise<E.Either<string, Told>> => {
  const loaded = await loadSpeakers(data, validate > 0)
  if (E.isLeft(loaded)) return loaded
  const { train, judged, speaker, used } = loaded.right
  const [known, unknown] = [hear(train, speeds), asHeard(hear(judged, [1]))]
  const model = network(width)
  const shape = { x: [known.frames, bands], mask: [known.frames] } as const
  const size = parameterCount(model, shape)
  print(
    `${used.what}: ${train.length} recordings to learn from, ${judged.length} of ${speaker} to judge by; ${E.isRight(size) ? size.right : 0} parameters`,
  )
  const [initKey, sourceKey, fitKey] = random.split(random.key(seed), 3) as unknown as readonly [Tensor, Tensor, Tensor]
  const steps = epochs * Math.ceil(train.length / batch)
  const fitted = await once((signal) =>
    fit(model, init(model, shape, initKey), {
      loss,
      train: varied(known, sourceKey),
      optimizer: chain(
        clipByGlobalNorm(5),
        adamw(warmupCosineDecaySchedule(0, 3e-3, Math.ceil(steps / 10), steps), { weightDecay: 1e-2 }),
      ),
      epochs,
      batchSize: batch,
      key: fitKey,
      progress: progress('recogniser', epochs),
      signal,
    }),
  )
  const understood = understand(model, { params: fitted.params, state: fitted.state }, unknown.x)
  const right = np.mean(understood.digits.eq(unknown.digits).astype('float32')).item() as number
  const truth = (unknown.digits.toArray() as readonly number[]).map((digit) => digitNames[digit] as string)
  const words = (found: readonly string[]): number => found.filter((word, i) => word === truth[i]).length / truth.length
  const figures = {
    digitAccuracy: right,
    letterErrorGreedy: letterErrors(understood.greedy, truth),
    letterErrorBeam: letterErrors(understood.beam, truth),
    wordsGreedy: words(understood.greedy),
    wordsBeam: words(understood.beam),
    judged: truth.length,
  }
  const guesses = understood.digits.toArray() as readonly number[]
  print(
    textTable(
      ['said', 'letters, greedy', 'letters, beam', 'digit'],
      digitNames.flatMap((name) => {
        const i = truth.indexOf(name)
        return i < 0
          ? []
          : [
              [
                name,
                understood.greedy[i] as string,
                understood.beam[i] as string,
                digitNames[guesses[i] as number] as string,
              ],
            ]
      }),
    ),
  )
  print(
    textTable(
      ['digits right', 'letters wrong, greedy', 'letters wrong, beam', 'words right, greedy', 'words right, beam'],
      [
        Object.values(figures)
          .slice(0, 5)
          .map((x) => x.toFixed(4)),
      ],
    ),
  )
  const counts = metrics.confusionMatrix(understood.digits, unknown.digits, 10)
  await plot(
    'confusion.svg',
    confusionPlot(counts, {
      title: `What ${speaker} said, and what was understood`,
      nameOf: (i) => digitNames[i] ?? '',
    }),
  )
  await plot(
    'curves.svg',
    lineChart([{ name: 'training', y: fitted.history.map((epoch) => epoch.train.loss ?? Number.NaN) }], {
      title: 'CTC loss',
      xLabel: 'epoch',
      yLabel: 'nats a word',
      width: 640,
    }),
  )
  return E.right({
    data: used,
    figures,
    trainingSeconds: { recogniser: fitted.history.reduce((total, { seconds }) => total + seconds, 0) },
  })
}
