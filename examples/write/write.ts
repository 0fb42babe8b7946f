/** The story: a small GPT learns to write plays, is compared with counting, and goes on where a line was begun. */
import { np, random, type Tensor } from '@puregrad/core'
import { decode, type Gpt, type GptParams, type GptState, gpt, type Vocabulary } from '@puregrad/models'
import { init, losses, startCache, type Variables } from '@puregrad/nn'
import { adamw, chain, clipByGlobalNorm, warmupCosineDecaySchedule } from '@puregrad/optim'
import { data as dataModule, evaluate, fit, lineChart, showDataError, summary, textTable } from '@puregrad/train/node'
import * as E from 'fp-ts/lib/Either.js'
import { converse } from '../runner/conversation.js'
import type { Context, Told } from '../runner/example.js'
import { type Corpus, corpus } from './corpus.js'
import { nGramNats } from './n-grams.js'

/** How many characters counting looks back at most. */
const longest = 4
/** Of which order the bar is. */
const bar = 3

type Written = Variables<GptParams<false>, GptState>

export const writer = (vocabulary: number, width: number, layers: number, context: number): Gpt<false> =>
  gpt({ vocabulary, width, layers, heads: 4, context, positions: 'rotary', dropout: 0, useBias: false })

/** Nats of the characters of a window from the `from`-th on, those before being what they are foretold by. */
const lossFrom =
  (from: number) =>
  (logits: Tensor, next: Tensor): Tensor =>
    np.mean(
      losses.softmaxCrossEntropyWithIntegerLabels(logits.slice({}, { start: from }), next.slice({}, { start: from })),
      { axis: 1 },
    )

/** Nats per character: windows overlap by half, so that each character is foretold by half a window at least. */
export const natsPerCharacter = (model: Gpt<false>, variables: Written, text: Int32Array, context: number): number => {
  const half = Math.floor(context / 2)
  const windows = dataModule.windows(text, { length: context, stride: context - half })
  return evaluate(model, variables, windows, { loss: lossFrom(half), batchSize: 64 }).loss ?? Number.NaN
}

/** Goes on where a text was begun, character by character; it looks back by half a window at least. */
export async function* continued(
  model: Gpt<false>,
  variables: Written,
  vocabulary: Vocabulary,
  begun: string,
  { length, context, key }: { readonly length: number; readonly context: number; readonly key: Tensor },
): AsyncGenerator<string> {
  const half = Math.floor(context / 2)
  const step = decode.stepOf(model, variables)
  const cache = startCache(model, variables.params, 1, context)
  // Signs that it has never read it cannot go on from.
  const written = [...vocabulary.encode([...begun].filter((sign) => vocabulary.tokens.includes(sign)).join(''))]
  const until = written.length + length
  for (let part = 0; written.length < until; part++) {
    const seen = np.array([written.slice(-half)] as never).astype('int32')
    const asked = { length: half, temperature: 0.8, topP: 0.95, key: random.foldIn(key, part) }
    for await (const { tokens } of decode.stream(step, cache, seen, asked)) {
      if (written.length === until) return
      written.push(tokens[0] as number)
      yield vocabulary.decode(tokens)
    }
  }
}

const plotOf = (validation: readonly number[], steps: number, counted: readonly number[]): string =>
  lineChart(
    [
      { name: 'GPT', y: validation, x: validation.map((_, i) => ((i + 1) * steps) / validation.length) },
      ...counted.slice(1).map((nats, i) => ({
        name: `${i + 1} ${i === 0 ? 'character' : 'characters'}, counted`,
        y: [nats, nats],
        x: [0, steps],
        dashed: true,
      })),
    ],
    { title: 'Text that it has not read', xLabel: 'step', yLabel: 'nats per character', width: 640 },
  )

type Names = 'steps' | 'batch' | 'context' | 'width' | 'layers' | 'characters' | 'ask' | 'validate'

/** Counts, trains, judges and writes; on the left is what was wrong with the file. */
export const write = async (context: Context<Names>): Promise<E.Either<string, Told>> => {
  const { data, seed, settings, print, printPart, plot, progress, once } = context
  const { steps, batch, width, layers, characters, validate } = settings
  const loaded = E.mapLeft(showDataError)(await corpus(data))
  if (E.isLeft(loaded)) return loaded
  const { used, vocabulary, train, validation, test }: Corpus = loaded.right
  const judged = validate > 0 ? validation : test
  print(
    `${used.what}: ${train.length} characters to learn from, ${judged.length} to judge by, ${vocabulary.size} different ones`,
  )
  const counted = nGramNats(train, judged, longest, vocabulary.size)

  const model = writer(vocabulary.size, width, layers, settings.context)
  print(summary(model, [settings.context]))
  const [initKey, windowKey, fitKey, writeKey] = random.split(random.key(seed), 4)
  const epochs = Math.min(10, steps)
  const stepsPerEpoch = Math.ceil(steps / epochs)
  const schedule = warmupCosineDecaySchedule(0, 3e-3, Math.ceil(steps / 20), epochs * stepsPerEpoch, { endValue: 1e-4 })
  const fitted = await once((signal) =>
    fit(model, init(model, [settings.context], initKey), {
      loss: lossFrom(0),
      train: dataModule.randomWindows(windowKey, train, { length: settings.context, count: Number.POSITIVE_INFINITY }),
      validation: dataModule.windows(validation.subarray(0, 20_000), { length: settings.context }),
      optimizer: chain(clipByGlobalNorm(1), adamw(schedule, { b2: 0.99, weightDecay: 0.1 })),
      epochs,
      stepsPerEpoch,
      shuffle: false,
      batchSize: batch,
      key: fitKey,
      progress: progress('GPT', epochs),
      signal,
    }),
  )
  const nats = natsPerCharacter(model, fitted, judged, settings.context)
  print(
    textTable(
      ['what foretells a character', 'nats per character'],
      [
        ...counted.map((x, n) => [`${n} characters before it, counted`, x.toFixed(4)]),
        [`GPT, ${Math.ceil(settings.context / 2)} to ${settings.context} characters`, nats.toFixed(4)],
      ],
    ),
  )

  const begun = 'ROMEO:\n'
  printPart(`\n${begun}`)
  const written: string[] = []
  const began = performance.now()
  const asked = { length: characters, context: settings.context, key: writeKey }
  for await (const letter of continued(model, fitted, vocabulary, begun, asked)) {
    written.push(letter)
    printPart(letter)
  }
  const seconds = (performance.now() - began) / 1000
  print(`\n\n${(written.length / seconds).toFixed(0)} characters a second`)
  if (settings.ask > 0) {
    await converse('Begin a line; an empty one ends it.', print, async (line) => {
      printPart(line)
      for await (const letter of continued(model, fitted, vocabulary, line, asked)) printPart(letter)
      print('')
    })
  }
  await plot(
    'write.svg',
    plotOf(
      fitted.history.flatMap(({ validation: v }) => v?.loss ?? []),
      fitted.history.length * stepsPerEpoch,
      counted,
    ),
  )
  return E.right({
    data: used,
    figures: {
      gpt: nats,
      [`order ${bar}`]: counted[bar] as number,
      counted: [...counted],
      written: begun + written.join(''),
    },
    trainingSeconds: { gpt: fitted.history.reduce((total, epoch) => total + epoch.seconds, 0) },
  })
}
