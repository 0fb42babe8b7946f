import { jit, np, random, type Tensor, vmap } from '@puregrad/core'
import {
  dense,
  embedding,
  gru,
  init,
  learnedPositions,
  residual,
  selfAttention,
  serial,
  startCache,
} from '@puregrad/nn'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { pairModel, tokensOf } from '../../test/word-pairs.js'
import type { BeamOptions, Beams } from './index.js'
import * as decode from './index.js'

type Logs = (text: readonly number[]) => readonly number[]

interface Hypothesis {
  readonly tokens: readonly number[]
  readonly score: number
}

const divisor = (penalty: BeamOptions['lengthPenalty'], n: number): number =>
  penalty === 'mean' ? n : ((5 + n) / 6) ** ((penalty as number | undefined) ?? 0)

const down = (a: Hypothesis, b: Hypothesis): number => b.score - a.score

/** As one would write it without tensors: no bound, so that it goes on to the last token. */
const plainBeam = (logs: Logs, prompt: readonly number[], options: BeamOptions): readonly Hypothesis[] => {
  const { beams = 4, length, end, lengthPenalty, earlyStopping = false } = options
  let live: readonly Hypothesis[] = [{ tokens: [], score: 0 }]
  let ended: readonly Hypothesis[] = []
  for (let n = 1; n <= length; n++) {
    const next = live
      .flatMap(({ tokens, score }) =>
        logs([...prompt, ...tokens]).map((x, t) => ({ tokens: [...tokens, t], score: score + x })),
      )
      .sort(down)
    const isEnd = ({ tokens }: Hypothesis): boolean => tokens.at(-1) === end || n === length
    const arrived = next.slice(0, beams).filter(isEnd)
    ended = [...ended, ...arrived.map((h) => ({ ...h, score: h.score / divisor(lengthPenalty, n) }))]
      .sort(down)
      .slice(0, beams)
    live = next.filter((h) => !isEnd(h)).slice(0, beams)
    if (earlyStopping && ended.length === beams) break
  }
  return ended
}

/** All sequences that end, and what they score. */
const exhaustive = (logs: Logs, prompt: readonly number[], options: BeamOptions): readonly Hypothesis[] => {
  const { length, end, lengthPenalty } = options
  const from = (tokens: readonly number[], score: number): readonly Hypothesis[] =>
    tokens.length === length || (tokens.length > 0 && tokens.at(-1) === end)
      ? [{ tokens, score: score / divisor(lengthPenalty, tokens.length) }]
      : logs([...prompt, ...tokens]).flatMap((x, t) => from([...tokens, t], score + x))
  return [...from([], 0)].sort(down)
}

const hypotheses = ({ tokens, lengths, scores }: Beams, row: number): readonly Hypothesis[] =>
  (scores.slice(row).toArray() as number[]).flatMap((score, i) =>
    score === Number.NEGATIVE_INFINITY
      ? []
      : [
          {
            tokens: (tokens.slice(row, i).toArray() as number[]).slice(0, lengths.slice(row, i).item() as number),
            score,
          },
        ],
  )

const expectSame = (found: readonly Hypothesis[], expected: readonly Hypothesis[]): void => {
  expect(found.map((h) => h.tokens)).toEqual(expected.map((h) => h.tokens))
  found.forEach(({ score }, i) => {
    expect(Math.abs(score - (expected[i]?.score as number))).toBeLessThan(1e-9)
  })
}

const prompts = [
  [1, 2],
  [3, 0],
  [2, 2],
]

describe('beam', () => {
  it('finds what a plain loop finds, with any penalty, early or late', () => {
    fc.assert(
      fc.property(
        fc.nat(1000),
        fc.constantFrom<BeamOptions['lengthPenalty']>(0, 0.6, 1.5, -0.5, 'mean'),
        fc.boolean(),
        fc.integer({ min: 1, max: 5 }),
        fc.integer({ min: 1, max: 6 }),
        (seed, lengthPenalty, earlyStopping, beams, length) => {
          const { step, cache, logs } = pairModel(4, seed, 1.5)
          const asked = { length, beams, end: 0, earlyStopping, lengthPenalty: lengthPenalty ?? 0 }
          const found = decode.beam(step, cache(3), tokensOf(prompts), asked)
          prompts.forEach((prompt, r) => {
            expectSame(hypotheses(found, r), plainBeam(logs, prompt, asked))
          })
        },
      ),
      { numRuns: 20 },
    )
  })

  it('with as many beams as there are sequences finds the best of all', () => {
    const { step, cache, logs } = pairModel(3, 4)
    for (const lengthPenalty of [0, 'mean'] as const) {
      const asked = { length: 4, beams: 81, end: 0, lengthPenalty }
      const found = decode.beam(step, cache(3), tokensOf(prompts.map((row) => row.map((t) => t % 3))), asked)
      prompts.forEach((prompt, r) => {
        expectSame(
          hypotheses(found, r),
          exhaustive(
            logs,
            prompt.map((t) => t % 3),
            asked,
          ),
        )
      })
    }
  })

  it('of one beam is greedy', () => {
    fc.assert(
      fc.property(fc.nat(1000), fc.boolean(), (seed, processed) => {
        const { step, cache } = pairModel(5, seed)
        const asked = {
          length: 8,
          end: 0,
          stop: [[2, 3]],
          ...(processed ? { repetitionPenalty: 1.4, noRepeat: 3, minLength: 2 } : {}),
        }
        const one = decode.beam(step, cache(3), tokensOf(prompts), { ...asked, beams: 1 })
        const greedy = decode.greedy(step, cache(3), tokensOf(prompts), asked)
        expect(np.squeeze(one.tokens, 1).toArray()).toEqual(greedy.tokens.toArray())
        expect(np.squeeze(one.lengths, 1).toArray()).toEqual(greedy.lengths.toArray())
        expect(np.allclose(np.squeeze(one.logProbabilities, 1), greedy.logProbabilities, { atol: 1e-12 }).item()).toBe(
          true,
        )
        expect(
          np.allclose(np.squeeze(one.scores, 1), greedy.logProbabilities.sum({ axis: 1 }), { atol: 1e-12 }).item(),
        ).toBe(true)
      }),
      { numRuns: 10 },
    )
  })

  it('is the same jitted, over batches of batches, alone, and for prompts of different lengths', () => {
    const { step, cache } = pairModel(5, 12)
    const asked = { length: 6, beams: 3, end: 0, lengthPenalty: 0.8 }
    const run = (x: Tensor): Beams => decode.beam(step, cache(3), x, asked)
    const found = run(tokensOf(prompts))
    expect(jit(run)(tokensOf(prompts)).tokens.toArray()).toEqual(found.tokens.toArray())
    const two = vmap((x: Tensor) => run(x).tokens)(np.stack([tokensOf(prompts), tokensOf(prompts.toReversed())]))
    expect(two.toArray()).toEqual([found.tokens.toArray(), run(tokensOf(prompts.toReversed())).tokens.toArray()])
    const padded = prompts.map((row) => [...row, 4])
    const ragged = decode.beam(step, cache(3), tokensOf(padded), {
      ...asked,
      promptLengths: np.array([2, 3, 1], { dtype: 'int32' }),
    })
    prompts.forEach((prompt, r) => {
      const alone = decode.beam(step, cache(1), tokensOf([prompt]), asked)
      expectSame(hypotheses(found, r), hypotheses(alone, 0))
      const cut = padded[r]?.slice(0, [2, 3, 1][r]) as number[]
      expectSame(hypotheses(ragged, r), hypotheses(decode.beam(step, cache(1), tokensOf([cut]), asked), 0))
    })
  })

  it('takes a penalty of one’s own', () => {
    const { step, cache } = pairModel(5, 12)
    const at = (lengthPenalty: BeamOptions['lengthPenalty'] & {}): unknown =>
      decode.beam(step, cache(3), tokensOf(prompts), { length: 6, end: 0, lengthPenalty }).tokens.toArray()
    expect(at((n) => n.astype('float64'))).toEqual(at('mean'))
    expect(at((n) => np.ones(n.shape))).toEqual(at(0))
    expect(at('mean')).not.toEqual(at(-2))
  })

  it.each(['attention', 'recurrent'] as const)('reorders the caches of layers: %s', (kind) => {
    const vocabulary = 7
    const attention = serial(
      embedding(vocabulary, 8),
      learnedPositions(20),
      residual(selfAttention({ heads: 2, causal: true })),
      dense(vocabulary),
    )
    const recurrent = serial(embedding(vocabulary, 8), gru(8), dense(vocabulary))
    const model = (kind === 'attention' ? attention : recurrent) as typeof recurrent
    const { params, state } = init(model, [4], random.key(3), { dtype: 'float64' })
    const logs: Logs = (text) => {
      const [logits] = model.apply(params, state, tokensOf([text]), { mode: 'eval' })
      const last = logits.slice(0, -1)
      return last.sub(np.log(np.exp(last).sum())).toArray() as number[]
    }
    const asked = { length: 4, beams: 3, end: 0, lengthPenalty: 'mean' as const }
    const found = decode.beam(
      decode.stepOf(model, { params, state }),
      startCache(model, params, 3, 5),
      tokensOf(prompts),
      asked,
    )
    prompts.forEach((prompt, r) => {
      expectSame(hypotheses(found, r), plainBeam(logs, prompt, asked))
    })
  })

  it('leaves what a step hands on as it is where it is', () => {
    const { step, cache } = pairModel(5, 12)
    const memory = np.arange(3).reshape([3, 1])
    const remembering: decode.DecodeStep<readonly [Tensor, ReturnType<typeof cache>]> = ([held, inner], tokens) => {
      const [logits, next] = step(inner, tokens)
      return [logits.add(np.expandDims(held, 2)), [held, next]]
    }
    const asked = { length: 5, end: 0 }
    const found = decode.beam(remembering, [memory, cache(3)] as const, tokensOf(prompts), asked)
    expect(found.tokens.toArray()).toEqual(decode.beam(step, cache(3), tokensOf(prompts), asked).tokens.toArray())
  })

  it.each<[() => unknown, string]>([
    [
      () => decode.beam(pairModel(4, 0).step, pairModel(4, 0).cache(2), tokensOf(prompts), { length: 2 }),
      'start has 3 sequences',
    ],
    [
      () => decode.beam(pairModel(4, 0).step, pairModel(4, 0).cache(3), tokensOf(prompts), { length: 2, beams: 0 }),
      'beams is 0',
    ],
    [
      () =>
        decode.beam(pairModel(4, 0).step, pairModel(4, 0).cache(3), tokensOf(prompts), {
          length: 2,
          lengthPenalty: 'max' as never,
        }),
      "a number, 'mean', or a function",
    ],
  ])('says what does not fit: %#', (call, message) => {
    expect(call).toThrow(message)
  })
})
