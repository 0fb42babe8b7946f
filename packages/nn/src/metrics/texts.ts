/** How good texts are, all at once: the metrics of `streaming`, which add up, of a single batch. */
import { operation, type Tensor } from '@puregrad/core'
import { type Binary, binary } from '../dual.js'
import { type BleuOptions, bleu as streamingBleu } from './bleu.js'
import { type ChrfOptions, chrF as streamingChrf } from './chrf.js'
import type { Sequence } from './edit-distance.js'
import * as errorRates from './error-rates.js'
import { remembering } from './metric.js'
import { perplexity as streamingPerplexity } from './streaming.js'
import { type WordOptions, words } from './words.js'

export interface TextBleuOptions extends BleuOptions, WordOptions {}

/**
 * BLEU of sentences that are given as texts, cut by `words`: the number of sacreBLEU, from 0 to 1. A corpus is not smoothed unless said,
 * where sacreBLEU says 'exp'; a single sentence is judged with `{ smooth: 'exp', effectiveOrder: true }`.
 * @param references for each candidate one or more
 * @throws RangeError unless every candidate has a reference; ArgumentError for a scheme or smoothing that there is not
 * @example
 * metrics.bleu(['The cat sat on the mat.'], [['The cat sat on a mat.']]).item() // 0.48892304
 * metrics.bleu(['a cat'], [['the cat']], { smooth: 'exp', effectiveOrder: true }).item() // 0.5
 */
export const bleu = operation(
  'metrics.bleu',
  { at: 2, names: ['maxOrder', 'smooth', 'smoothValue', 'effectiveOrder', 'scheme', 'lowercase'] },
  (
    candidates: readonly string[],
    references: readonly (readonly string[])[],
    { scheme = '13a', lowercase = false, ...options }: TextBleuOptions = {},
  ): Tensor => {
    const metric = streamingBleu(options)
    const cut = (sentence: string): string[] => words(sentence, { scheme, lowercase })
    return metric.result(
      metric.measure(
        candidates.map(cut),
        references.map((list) => list.map(cut)),
      ),
    )
  },
)

/**
 * chrF of texts, and with `{ wordOrder: 2 }` chrF++: the number of sacreBLEU, from 0 to 1.
 * @param references for each candidate one or more
 * @throws RangeError unless every candidate has a reference
 * @example metrics.chrF(['the cat'], [['a cat']]).item() // 0.42279413
 */
export const chrF = operation(
  'metrics.chrF',
  { at: 2, names: ['characterOrder', 'wordOrder', 'beta', 'whitespace', 'lowercase'] },
  (candidates: readonly string[], references: readonly (readonly string[])[], options: ChrfOptions = {}): Tensor => {
    const metric = streamingChrf(options)
    return metric.result(metric.measure(candidates, references))
  },
)

const rate =
  (make: typeof errorRates.wordErrorRate) =>
  (candidates: readonly Sequence[], references: readonly Sequence[]): Tensor => {
    const metric = make()
    return metric.result(metric.measure(candidates, references))
  }

/**
 * The word error rate: edits that make the references of the candidates, for each word of the references.
 * @throws RangeError unless every candidate has a reference
 * @example metrics.wordErrorRate(['the cat sat'], ['a cat sat down']).item() // 0.5
 */
export const wordErrorRate = operation('metrics.wordErrorRate', {}, rate(errorRates.wordErrorRate))

/**
 * The character error rate: edits that make the references of the candidates, for each character of the references.
 * @throws RangeError unless every candidate has a reference
 * @example metrics.characterErrorRate(['zero'], ['three']).item() // 0.8
 */
export const characterErrorRate = operation('metrics.characterErrorRate', {}, rate(errorRates.characterErrorRate))

/**
 * exp of the mean cross entropy in nats, weighed: among how many equally likely tokens a model hesitates. Weights of 0 leave out padding.
 * @param losses nats, of any shape  @param weights what each counts, of a shape that broadcasts to theirs
 * @example metrics.perplexity(np.log(np.array([4, 4, 9])), np.array([1, 1, 0])).item() // 4
 */
export const perplexity: Binary = binary('metrics.perplexity', (losses, weights) => {
  const metric = streamingPerplexity()
  const value = metric.result(metric.measure(losses, weights))
  return remembering(value, { ...metric, measure: (l: Tensor, w: Tensor) => metric.measure(l, w) }, [losses, weights])
})
