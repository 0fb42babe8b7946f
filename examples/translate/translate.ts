/** The story: a transformer learns a few sentences by heart, then a language. */
import { attentionPlot, lineChart, showDataError, textTable } from '@puregrad/train'
import * as E from 'fp-ts/lib/Either.js'
import { converse } from '../runner/conversation.js'
import type { Context, Told } from '../runner/example.js'
import { languagesOf } from './batches.js'
import { corpus, type Pair } from './corpus.js'
import { tokenise } from './tokenise.js'
import { alignment, bleuOf, learn, type Translator, translate, type Writing } from './translator.js'

const beams = 4
const penalties = [0, 0.6, 1]

/** Nothing is dropped and nothing smoothed: these are to be known by heart. */
const byHeart = {
  layers: 2,
  dropout: 0,
  tokens: 800,
  learningRate: 2e-3,
  labelSmoothing: 0,
  average: 0.9,
}

/** The length penalty that does best on sentences that no figure is of. */
const chosenPenalty = (translator: Translator, dev: readonly Pair[]): number =>
  penalties
    .map((lengthPenalty) => ({ lengthPenalty, bleu: bleuOf(translator, dev, { beams, lengthPenalty }) }))
    .reduce((best, one) => (one.bleu > best.bleu ? one : best)).lengthPenalty

const shown = 6

/** Trains, translates, tells and draws; on the left is what was wrong with a file. */
export const story = async (
  context: Context<'epochs' | 'width' | 'tokens' | 'ask' | 'heart'>,
): Promise<E.Either<string, Told>> => {
  const { data, seed, settings, print, plot, progress, once } = context
  const loaded = E.mapLeft(showDataError)(await corpus(data, seed))
  if (E.isLeft(loaded)) return loaded
  const { used, train, dev, test } = loaded.right

  const few = train.slice(0, 256)
  const heart = await once(
    (signal) =>
      learn(few, languagesOf(few, 1), { ...byHeart, width: settings.width, epochs: settings.heart }, seed, {
        progress: progress('by heart', settings.heart),
        signal,
      }),
    2,
  )
  const recited = bleuOf(heart, few, 'greedy')
  print(`${few.length} pairs by heart: BLEU ${recited.toFixed(1)} after ${heart.seconds.toFixed(1)} s`)

  const languages = languagesOf(train, 2)
  const recipe = {
    ...{ width: settings.width, epochs: settings.epochs, tokens: settings.tokens },
    ...{ layers: 2, dropout: 0.1, learningRate: 2e-3, labelSmoothing: 0.1, average: 0.99 },
  }
  print(
    `${used.what}: ${train.length} pairs to learn from; ${languages.source.tokens.length} words become ${languages.target.tokens.length}`,
  )
  const translator = await once((signal) =>
    learn(train, languages, recipe, seed, { progress: progress('translator', recipe.epochs), signal }),
  )
  const lengthPenalty = chosenPenalty(translator, dev)
  const best: Writing = { beams, lengthPenalty }
  const [greedy, beam] = [bleuOf(translator, test, 'greedy'), bleuOf(translator, test, best)]

  const examples = test.slice(0, shown)
  const said = translate(
    translator,
    examples.map(({ source }) => source),
    best,
  )
  print(
    textTable(
      ['sentence', 'translation', 'reference'],
      examples.map(({ source, target }, i) => [source, said[i]?.join(' ') ?? '', target]),
    ),
  )
  print(
    `BLEU of ${test.length} sentences that it did not see: greedy ${greedy.toFixed(1)}, ${beams} beams ${beam.toFixed(1)}`,
  )
  await plot(
    'loss.svg',
    lineChart([{ name: 'translator', y: [...translator.losses] }], {
      title: 'Cross-entropy, smoothed',
      xLabel: 'epoch',
      yLabel: 'nats a word',
    }),
  )
  for (const [i, { source }] of examples.slice(0, 3).entries()) {
    const written = said[i] ?? []
    const map = alignment(translator, source, written)
    const options = { title: 'Where each word looks', rows: [...written, '(end)'], columns: source.split(/\s+/) }
    await plot(`attention-${i + 1}.svg`, attentionPlot(map, options))
  }
  if (settings.ask === 1) {
    await converse('Write a sentence; an empty line ends it.', print, (line) =>
      print(translate(translator, [tokenise(line)], best)[0]?.join(' ') ?? ''),
    )
  }
  return E.right({
    data: used,
    figures: {
      'by heart': { pairs: few.length, bleu: recited },
      translator: { greedy, beam, beams, 'length penalty': lengthPenalty, losses: translator.losses },
      translations: Object.fromEntries(examples.map(({ source }, i) => [source, said[i]?.join(' ') ?? ''])),
    },
    trainingSeconds: { 'by heart': heart.seconds, translator: translator.seconds },
  })
}
