/** The story: a WaveNet learns how samples of speech follow each other, is judged by a voice that it never heard, and speaks. */
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { jit, np, random, type Tensor } from '@puregrad/core'
import { audio, generateSound, receptiveField, waveNet } from '@puregrad/models'
import { init, losses, parameterCount, type Variables } from '@puregrad/nn'
import { adam, chain, clipByGlobalNorm, warmupCosineDecaySchedule } from '@puregrad/optim'
import { data as dataModule, fit, imageSheet, lineChart, textTable } from '@puregrad/train/node'
import * as E from 'fp-ts/lib/Either.js'
import type { Context, Told } from '../runner/example.js'
import { coded, crops, wholes } from './crops.js'
import { type NgramBits, ngramBits } from './ngrams.js'
import { pictureOf, pictureShape } from './pictures.js'
import { type Recording, sampleRate } from './recording.js'
import { loadSpeakers, type Speakers } from './recordings.js'

const dilations = [0, 1].flatMap(() => [1, 2, 4, 8, 16, 32, 64, 128])
const [batchSize, cropLength] = [2, 1024]
const temperature = 0.9

type Names = 'steps' | 'classes' | 'length' | 'judge' | 'validate'
type Model = ReturnType<typeof waveNet>
type VoiceVariables = Model extends { apply: (p: infer P, s: infer S, ...rest: never[]) => unknown }
  ? Variables<P, S>
  : never

/** Nats of each sample; targets of −1 are no samples and cost nothing. */
const natsOf = (logits: Tensor, next: Tensor): Tensor =>
  np.where(next.ge(0), losses.softmaxCrossEntropyWithIntegerLabels(logits, np.maximum(next, 0)), 0)

/** What came of one number of classes. */
interface Voice {
  readonly classes: number
  readonly bits: number
  readonly ngrams: NgramBits
  /** Bits a sample in training, epoch by epoch. */
  readonly course: readonly number[]
  readonly seconds: number
  /** A sound for each digit. */
  readonly spoken: readonly Float32Array[]
  /** Seconds that a second of one sound takes to be spoken. */
  readonly secondsPerSecond: number
}

/** Bits a sample of whole recordings. */
const judge = (model: Model, { params, state }: VoiceVariables, recordings: ReturnType<typeof wholes>): number => {
  const bits = jit((v: VoiceVariables, input: { x: Tensor; label?: Tensor }, next: Tensor) =>
    np.sum(natsOf(model.apply(v.params, v.state, input, { mode: 'eval' })[0], next)).div(Math.LN2),
  )
  const each = recordings.map(({ input, next }) => bits({ params, state }, input, next).item() as number)
  const samples = recordings.reduce((sum, { next }) => sum + (np.sum(next.ge(0).astype('int32')).item() as number), 0)
  return each.reduce((sum, x) => sum + x, 0) / samples
}

/** All ten digits at once, and how long one alone takes, once it is compiled. */
const talk = (model: Model, variables: VoiceVariables, classes: number, length: number, key: random.Key) => {
  const draw = jit((v: VoiceVariables, label: Tensor, k: random.Key) =>
    audio.muLawDecode(generateSound(model, v, classes, { key: k, label, length, temperature }), { classes }),
  )
  const all = draw(variables, np.arange(10).astype('int32'), key)
  const alone = np.array([3], { dtype: 'int32' })
  draw(variables, alone, key).data()
  const began = performance.now()
  draw(variables, alone, random.foldIn(key, 1)).data()
  const seconds = (performance.now() - began) / 1000
  return {
    spoken: Array.from({ length: 10 }, (_, digit) => all.slice(digit).data() as Float32Array),
    secondsPerSecond: (seconds * sampleRate) / length,
  }
}

/** One number of classes: counts, trains, judges and speaks. */
const learnToSpeak = async (
  { train, judged }: Speakers,
  classes: number,
  { seed, settings, progress }: Pick<Context<Names>, 'seed' | 'settings' | 'progress'>,
  signal: AbortSignal,
): Promise<Voice> => {
  const [known, unknown] = [coded(train, classes), coded(judged.slice(0, settings.judge), classes)]
  const ngrams = ngramBits(
    known.map(({ codes }) => codes),
    unknown.map(({ codes }) => codes),
    classes,
  )
  const [initKey, cropKey, fitKey, voiceKey] = random.split(random.key(seed), 4) as unknown as readonly [
    Tensor,
    Tensor,
    Tensor,
    Tensor,
  ]
  const length = Math.min(cropLength, ...known.map(({ codes }) => codes.length))
  const model = waveNet({ classes, dilations, residual: 32, skip: 64, labels: 10 })
  const perEpoch = Math.min(100, settings.steps)
  const epochs = Math.ceil(settings.steps / perEpoch)
  const steps = epochs * perEpoch
  const fitted = await fit(model, init(model, { x: [length], label: [] }, initKey), {
    loss: (logits: Tensor, next: Tensor) => np.mean(natsOf(logits, next), { axis: 1 }),
    train: crops(known, { classes, length, count: perEpoch * batchSize, key: cropKey }),
    optimizer: chain(
      clipByGlobalNorm(1),
      adam(warmupCosineDecaySchedule(0, 4e-3, Math.ceil(Math.min(50, steps / 10)), steps)),
    ),
    epochs,
    batchSize,
    shuffle: false,
    key: fitKey,
    progress: progress(`${classes} classes`, epochs),
    signal,
  })
  const variables = { params: fitted.params, state: fitted.state }
  return {
    classes,
    bits: judge(model, variables, wholes(unknown, classes)),
    ngrams,
    course: fitted.history.map(({ train }) => (train.loss ?? Number.NaN) / Math.LN2),
    seconds: fitted.history.reduce((total, epoch) => total + epoch.seconds, 0),
    ...talk(model, variables, classes, settings.length, voiceKey),
  }
}

/** All sounds one after another, a quarter of a second apart, as the bytes of a file. */
const wavOf = (sounds: readonly Float32Array[]): Uint8Array => {
  const pause = new Float32Array(sampleRate / 4)
  const samples = Float32Array.from(sounds.flatMap((sound) => [...sound, ...pause]))
  return dataModule.encodeWav({ sampleRate, shape: [samples.length, 1], samples })
}

/** Ten sounds that are recorded above ten that are made up. */
const sheetOf = (recorded: readonly Recording[], voice: Voice): string => {
  const sounds = [...recorded.map(({ samples }) => samples), ...voice.spoken]
  const images = new Uint8Array(sounds.flatMap((sound) => [...pictureOf(sound, sampleRate)]))
  const numbers = sounds.map((_, i) => i)
  return imageSheet(
    { shape: [sounds.length, ...pictureShape], images, predicted: numbers, labels: numbers },
    {
      title: `Digits as they were recorded, and as a WaveNet of ${voice.classes} classes speaks them`,
      columns: recorded.length,
      cell: 128,
      nameOf: (i) => (i < recorded.length ? `${recorded[i]?.digit}, recorded` : `${i - recorded.length}, made up`),
    },
  )
}

const plotOf = (voices: readonly Voice[]): string =>
  lineChart(
    voices.flatMap(({ classes, course, ngrams }) => [
      { name: `${classes} classes, in training`, y: course },
      {
        name: `${classes} classes, two before, held out`,
        y: [ngrams.order2, ngrams.order2],
        x: [1, Math.max(course.length, 2)],
        dashed: true,
      },
    ]),
    { title: 'What a sample costs', xLabel: 'hundreds of steps', yLabel: 'bits', width: 640 },
  )

/** Trains, judges, speaks and draws; on the left is what was wrong with the data. */
export const speak = async (context: Context<Names>): Promise<E.Either<string, Told>> => {
  const { data, settings, folder, print, plot, each } = context
  const loaded = await loadSpeakers(data, settings.validate > 0)
  if (E.isLeft(loaded)) return loaded
  const { train, judged, speaker, used } = loaded.right
  const sizes = settings.classes === 0 ? [256, 64] : [settings.classes]
  const size = parameterCount(waveNet({ classes: sizes[0] as number, dilations, labels: 10 }), { x: [1], label: [] })
  print(
    `${used.what}: ${train.length} recordings to learn from, ${Math.min(judged.length, settings.judge)} of ${speaker} to judge by; ` +
      `each sample by the ${receptiveField({ dilations })} before it; ${E.isRight(size) ? size.right : 0} parameters`,
  )
  const voices = await each(sizes, (classes, signal) => learnToSpeak(loaded.right, classes, context, signal))
  print(
    textTable(
      [
        'classes',
        'bits a sample',
        'none before',
        'one before',
        'two before',
        'training seconds',
        'faster than real time',
      ],
      voices.map(({ classes, bits, ngrams, seconds, secondsPerSecond }) => [
        String(classes),
        ...[bits, ngrams.order0, ngrams.order1, ngrams.order2].map((x) => x.toFixed(3)),
        seconds.toFixed(0),
        `${(1 / secondsPerSecond).toFixed(1)} times`,
      ]),
    ),
  )
  const shown = Array.from({ length: 10 }, (_, digit) => judged.find((recording) => recording.digit === digit))
  const recorded = shown.filter((recording) => recording !== undefined)
  await mkdir(folder, { recursive: true })
  await writeFile(join(folder, 'recorded.wav'), wavOf(recorded.map(({ samples }) => samples)))
  for (const voice of voices) {
    await writeFile(join(folder, `spoken-${voice.classes}.wav`), wavOf(voice.spoken))
    await plot(`spoken-${voice.classes}.svg`, sheetOf(recorded, voice))
  }
  await plot('curves.svg', plotOf(voices))
  return E.right({
    data: used,
    figures: Object.fromEntries(
      voices.map(({ classes, bits, ngrams }) => [`${classes} classes`, { bits, ngrams: { ...ngrams } }]),
    ),
    trainingSeconds: Object.fromEntries([
      ...voices.map(({ classes, seconds }) => [`${classes} classes`, seconds]),
      ...voices.map(({ classes, secondsPerSecond }) => [`a second of sound, ${classes} classes`, secondsPerSecond]),
    ]),
  })
}
