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
import type { Decoded, GreedyOptions } from './index.js'
import * as decode from './index.js'

interface Plain {
  readonly tokens: readonly number[]
  readonly logs: readonly number[]
}

/** As one would write it without tensors. */
const plainGreedy = (
  logs: (text: readonly number[]) => readonly number[],
  prompt: readonly number[],
  { length, end, stop = [] }: GreedyOptions,
): Plain => {
  const ends = end === undefined ? [] : typeof end === 'number' ? [end] : end
  const chosen: number[] = []
  const found: number[] = []
  while (chosen.length < length) {
    const row = logs([...prompt, ...chosen])
    const best = row.indexOf(Math.max(...row))
    chosen.push(best)
    found.push(row[best] as number)
    const stopped = stop.some(
      (run) => run.length <= chosen.length && run.every((t, i) => t === chosen.at(i - run.length)),
    )
    if (ends.includes(best) || stopped) break
  }
  return { tokens: chosen, logs: found }
}

const rowsOf = ({ tokens, lengths, logProbabilities }: Decoded<unknown>): readonly Plain[] =>
  (lengths.toArray() as number[]).map((n, r) => ({
    tokens: (tokens.slice(r).toArray() as number[]).slice(0, n),
    logs: (logProbabilities.slice(r).toArray() as number[]).slice(0, n),
  }))

const expectPlain = (found: readonly Plain[], expected: readonly Plain[]): void => {
  expect(found.map((x) => x.tokens)).toEqual(expected.map((x) => x.tokens))
  found.forEach(({ logs }, r) => {
    logs.forEach((x, i) => {
      expect(Math.abs(x - (expected[r]?.logs[i] as number))).toBeLessThan(1e-9)
    })
  })
}

const prompts = [
  [1, 2, 3],
  [3, 0, 1],
  [2, 2, 2],
]

describe('greedy', () => {
  it('chooses what a plain loop does, with ends, runs that stop, and prompts of any length', () => {
    fc.assert(
      fc.property(
        fc.nat(1000),
        fc.constantFrom<Omit<GreedyOptions, 'length'>>(
          {},
          { end: 0 },
          { end: [1, 3] },
          { stop: [[2, 1], [3]] },
          { end: 0, stop: [[1, 1]] },
        ),
        fc.integer({ min: 1, max: 9 }),
        fc.integer({ min: 1, max: 3 }),
        (seed, options, length, positions) => {
          const { step, cache, logs } = pairModel(4, seed)
          const texts = prompts.map((row) => row.slice(0, positions))
          const asked = { ...options, length }
          const expected = texts.map((text) => plainGreedy(logs, text, asked))
          const run = (x: Tensor): Decoded<unknown> => decode.greedy(step, cache(3), x, asked)
          const found = run(tokensOf(texts))
          expectPlain(rowsOf(found), expected)
          expectPlain(
            rowsOf(decode.greedy(step, cache(3), tokensOf(texts), { ...asked, prefill: 'stepwise' })),
            expected,
          )
          expect(jit(run)(tokensOf(texts)).tokens.toArray()).toEqual(found.tokens.toArray())
        },
      ),
      { numRuns: 15 },
    )
  })

  it('fills up behind an end, and says how much counts', () => {
    const next = np.array([
      [0, 1, 0],
      [0, 0, 1],
      [1, 0, 0],
    ])
    const step: decode.DecodeStep<null> = (cache, tokens) => [np.take(next, tokens, { axis: 0 }), cache]
    const start = np.array([1, 0], { dtype: 'int32' })
    const { tokens, lengths, logProbabilities } = decode.greedy(step, null, start, { length: 4, end: 0, pad: 7 })
    expect(tokens.toArray()).toEqual([
      [2, 0, 7, 7],
      [1, 2, 0, 7],
    ])
    expect(lengths.toArray()).toEqual([2, 3])
    expect(np.abs(logProbabilities).gt(0).toArray()).toEqual([
      [true, true, false, false],
      [true, true, true, false],
    ])
    const stopped = decode.greedy(step, null, start, { length: 4, end: 0, minLength: 2 })
    expect(stopped.lengths.toArray()).toEqual([4, 3])
  })

  it('does for prompts of different lengths what it does for each alone', () => {
    const { step, cache } = pairModel(5, 3)
    const lengths = [2, 3, 1]
    const asked = { length: 6, end: 0, repetitionPenalty: 1.2, frequencyPenalty: 0.3, noRepeat: 3, minLength: 2 }
    const found = decode.greedy(step, cache(3), tokensOf(prompts), {
      ...asked,
      promptLengths: np.array(lengths, { dtype: 'int32' }),
    })
    const alone = prompts.map((row, r) => decode.greedy(step, cache(1), tokensOf([row.slice(0, lengths[r])]), asked))
    expect(found.tokens.toArray()).toEqual(alone.map((x) => (x.tokens.toArray() as number[][])[0]))
    expect(found.lengths.toArray()).toEqual(alone.map((x) => (x.lengths.toArray() as number[])[0]))
    expectPlain(rowsOf(found), alone.flatMap(rowsOf))
  })

  it('goes on where it was', () => {
    const { step, cache } = pairModel(6, 5)
    const whole = decode.greedy(step, cache(3), tokensOf(prompts), { length: 7 })
    const first = decode.greedy(step, cache(3), tokensOf(prompts), { length: 3 })
    const rest = decode.greedy(step, first.cache, first.tokens.slice({}, { start: 2 }), { length: 4 })
    expect(np.concatenate([first.tokens, rest.tokens], { axis: 1 }).toArray()).toEqual(whole.tokens.toArray())
  })

  it('takes batches of batches', () => {
    const { step, cache } = pairModel(5, 8)
    const run = (x: Tensor): Tensor => decode.greedy(step, cache(3), x, { length: 5, end: 0 }).tokens
    const two = np.stack([tokensOf(prompts), tokensOf(prompts.map((row) => row.toReversed()))])
    const found = vmap(run)(two)
    expect(found.slice(0).toArray()).toEqual(run(two.slice(0)).toArray())
    expect(found.slice(1).toArray()).toEqual(run(two.slice(1)).toArray())
  })
})

describe('a model of layers', () => {
  const vocabulary = 11
  const models = {
    attention: serial(
      embedding(vocabulary, 16),
      learnedPositions(20),
      residual(selfAttention({ heads: 2, causal: true })),
      dense(vocabulary),
    ),
    recurrent: serial(embedding(vocabulary, 16), gru(16), dense(vocabulary)),
  }
  it.each(Object.entries(models))('%s: with the cache it says what the whole text says', (_, model) => {
    const { params, state } = init(model as (typeof models)['recurrent'], [4], random.key(1), { dtype: 'float64' })
    const whole = model as (typeof models)['recurrent']
    const logs = (text: readonly number[]): readonly number[] => {
      const [logits] = whole.apply(params, state, tokensOf([text]), { mode: 'eval' })
      const last = logits.slice(0, -1)
      return last.sub(np.log(np.exp(last).sum())).toArray() as number[]
    }
    const start = tokensOf(prompts)
    const cache = startCache(whole, params, 3, 12)
    const found = decode.greedy(decode.stepOf(whole, { params, state }), cache, start, { length: 10 })
    expectPlain(
      rowsOf(found),
      prompts.map((row) => plainGreedy(logs, row, { length: 10 })),
    )
  })
  it('says that a cache is too short, before anything is NaN', () => {
    const { params, state } = init(models.attention, [4], random.key(1))
    const cache = startCache(models.attention, params, 3, 11)
    const step = decode.stepOf(models.attention, { params, state })
    expect(() => decode.greedy(step, cache, tokensOf(prompts), { length: 10 })).toThrow(
      'the cache has room for 11 positions, and 12 are needed',
    )
  })
})

describe('what does not fit', () => {
  const { step, cache } = pairModel(4, 0)
  const start = tokensOf(prompts)
  it.each<[() => unknown, string]>([
    [() => decode.greedy({ apply: 1 } as never, null, start, { length: 1 }), 'the step is a layer'],
    [() => decode.greedy(7 as never, null, start, { length: 1 }), 'the step is 7'],
    [() => decode.greedy(() => 3 as never, null, start, { length: 1 }), 'it has to give [logits, cache]'],
    [() => decode.greedy((c) => [np.zeros([3]), c], null, start, { length: 1 }), 'logits of [3]'],
    [() => decode.greedy(step, cache(3), np.ones([3]), { length: 1 }), "start.astype('int32')"],
    [() => decode.greedy(step, cache(3), tokensOf([[1]]).reshape([1, 1, 1]), { length: 1 }), 'it has to be [batch]'],
    [() => decode.greedy(step, cache(3), start, { length: 0 }), 'length is 0'],
    [() => decode.greedy(step, cache(3), start, { length: 1, end: -1 }), '-1 is no token'],
    [() => decode.greedy(step, cache(3), start, { length: 1, end: 4 }), 'the vocabulary has 4'],
    [() => decode.greedy(step, cache(3), start, { length: 1, stop: [[]] }), 'a list of runs of tokens'],
    [() => decode.greedy(step, cache(3), start, { length: 1, prefill: 'never' as never }), "'once' or 'stepwise'"],
    [() => decode.greedy(step, cache(3), start, { length: 1, promptLengths: np.array([1]) }), 'int32[3]'],
    [() => decode.greedy(step, cache(3), start, { length: 1, topK: 3 } as never), "there is no option 'topK'"],
  ])('is said: %#', (call, message) => {
    expect(call).toThrow(message)
  })
})
