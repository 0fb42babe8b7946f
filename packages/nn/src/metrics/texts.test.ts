import { readFileSync } from 'node:fs'
import { np, type Tensor } from '@puregrad/core'
import { describe, expect, it } from 'vitest'
import { expectNear } from '../../test/near.js'
import { bleu as streamingBleu } from './bleu.js'
import { type ChrfOptions, chrF as streamingChrf } from './chrf.js'
import { type Metric, reduceBatches } from './metric.js'
import { bitsPerByte, perplexityPerByte } from './per-byte.js'
import { bleu, chrF, perplexity, type TextBleuOptions } from './texts.js'
import { type WordScheme, words } from './words.js'

interface Scored<O> {
  readonly options: O
  readonly corpus: number
  readonly sentences: readonly number[]
}
interface Golden {
  readonly pairs: readonly { readonly candidate: string; readonly references: readonly string[] }[]
  readonly words: Readonly<Record<WordScheme, readonly (readonly string[])[]>>
  readonly bleu: readonly Scored<TextBleuOptions>[]
  readonly chrF: readonly Scored<ChrfOptions>[]
}
const golden = JSON.parse(
  readFileSync(new URL('../../test/fixtures/sacrebleu.json', import.meta.url), 'utf8'),
) as Golden
const candidates = golden.pairs.map(({ candidate }) => candidate)
const references = golden.pairs.map((pair) => pair.references)

const expectScores = <O>(
  scored: Scored<O>,
  score: (c: readonly string[], r: readonly (readonly string[])[]) => Tensor,
) => {
  expectNear(score(candidates, references), scored.corpus, 2e-6)
  for (const [i, expected] of scored.sentences.entries())
    expectNear(score([candidates[i] as string], [references[i] as readonly string[]]), expected, 2e-6)
}

/** The score of all batches together is that of their counts, added in any order. */
const expectAddsUp = <A extends readonly unknown[], S>(metric: Metric<A, S>, [a, b, both]: readonly [A, A, A]) => {
  const whole = metric.result(metric.measure(...both))
  expectNear(reduceBatches(metric, [a, b]), whole.item() as number, 0)
  expectNear(reduceBatches(metric, [b, a]), whole.item() as number, 0)
}
const halves = <T>(cut: (c: string) => T) => {
  const part = (from: number, to: number): [T[], T[][]] => [
    candidates.slice(from, to).map(cut),
    references.slice(from, to).map((list) => list.map(cut)),
  ]
  return [part(0, 4), part(4, 99), part(0, 99)] as const
}

describe('words', () => {
  it.each(Object.keys(golden.words) as WordScheme[])('by %s are those of sacreBLEU', (scheme) => {
    const texts = golden.pairs.flatMap((pair) => [pair.candidate, ...pair.references])
    expect(texts.map((text) => words(text, { scheme }))).toEqual(golden.words[scheme])
  })
  it('names the schemes that there are', () => {
    expect(() => words('a', { scheme: 'zh' as never })).toThrow(/scheme is 'zh'.*13a, intl, characters, none/)
  })
})

describe('bleu', () => {
  it.each(golden.bleu)('with $options is that of sacreBLEU', (scored) => {
    expectScores(scored, (c, r) => bleu(c, r, scored.options))
  })
  it('adds up over batches', () => {
    expectAddsUp(
      streamingBleu({ smooth: 'exp' }),
      halves((text) => words(text)),
    )
  })
  it('names the smoothings that there are', () => {
    expect(() => bleu(['a'], [['a']], { smooth: 'add' as never })).toThrow(/smooth is 'add'.*none, exp, floor, addK/)
    expect(() => bleu(['a'], [])).toThrow(/one reference or more for each/)
  })
})

describe('chrF', () => {
  it.each(golden.chrF)('with $options is that of sacreBLEU', (scored) => {
    expectScores(scored, (c, r) => chrF(c, r, scored.options))
  })
  it('adds up over batches', () => {
    expectAddsUp(
      streamingChrf({ wordOrder: 2 }),
      halves((text) => text),
    )
  })
  it('refuses orders that are none, and candidates without references', () => {
    expect(() => chrF(['a'], [['a']], { characterOrder: 0 })).toThrow(/characterOrder is 0 and wordOrder 0/)
    expect(() => chrF(['a'], [['a']], { beta: 0 })).toThrow(/beta is 0/)
    expect(() => chrF(['a'], [[]])).toThrow(/one reference or more for each/)
  })
})

describe('what a text costs', () => {
  const [losses, weights] = [np.array([[1, 3, Number.NaN]]), np.array([[1, 1, 0]])]
  it('for a token is exp of the mean, padding left out', () => {
    expectNear(perplexity(losses, weights), Math.exp(2), 1e-6)
  })
  it('for a byte is all of it over their number, and the same however the text is cut', () => {
    expectNear(reduceBatches(perplexityPerByte(), [[losses, 8, weights]]), Math.exp(0.5), 1e-6)
    const two = [
      [np.array([1]), np.array([3])],
      [np.array([2, 1]), 5],
    ] as [Tensor, Tensor | number][]
    expectNear(reduceBatches(perplexityPerByte(), two), Math.exp(0.5), 1e-6)
    expectNear(reduceBatches(bitsPerByte(), two), 0.5 / Math.LN2, 1e-6)
  })
})
