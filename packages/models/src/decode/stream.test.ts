import { np, random, type Tensor } from '@puregrad/core'
import { dense, embedding, init, learnedPositions, residual, selfAttention, serial, startCache } from '@puregrad/nn'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { pairModel, tokensOf } from '../../test/word-pairs.js'
import type { Decoded, Streamed, StreamOptions } from './index.js'
import * as decode from './index.js'

const { step, cache } = pairModel(5, 2, 1)
const start = tokensOf([
  [1, 2],
  [3, 0],
])
const key = random.key(7)

/** What came, put together as a whole loop gives it. */
const together = (streamed: readonly Streamed[], length: number, pad: number) => ({
  tokens: [0, 1].map((r) => [
    ...streamed.map(({ tokens }) => tokens[r]),
    ...Array.from({ length: length - streamed.length }, () => pad),
  ]),
  logProbabilities: [0, 1].map((r) => [
    ...streamed.map(({ logProbabilities }) => logProbabilities[r]),
    ...Array.from({ length: length - streamed.length }, () => 0),
  ]),
})
const listed = ({ tokens, logProbabilities }: Decoded<unknown>) => ({
  tokens: tokens.toArray(),
  logProbabilities: logProbabilities.toArray(),
})

const collect = async (stream: AsyncIterable<Streamed>): Promise<readonly Streamed[]> => {
  const all: Streamed[] = []
  for await (const token of stream) all.push(token)
  return all
}

describe('streams', () => {
  it('are the whole, token by token, to the last bit', () => {
    fc.assert(
      fc.property(
        fc.nat(1000),
        fc.integer({ min: 1, max: 8 }),
        fc.constantFrom<Partial<StreamOptions>>(
          {},
          { end: 0 },
          { stop: [[1, 2], [3]], pad: 4, temperature: 0.7 },
          { prefill: 'stepwise', topP: 0.8, repetitionPenalty: 1.2 },
        ),
        (seed, length, asked) => {
          const options = { ...asked, length }
          const pad = options.pad ?? 0
          const drawn = { ...options, key: random.key(seed) }
          const sampled = [...decode.streamSync(step, cache(2), start, drawn)]
          expect(together(sampled, length, pad)).toEqual(listed(decode.sample(step, cache(2), start, drawn)))
          const { temperature: _, topP: __, ...plain } = options
          const greedy = [...decode.streamSync(step, cache(2), start, plain)]
          expect(together(greedy, length, pad)).toEqual(listed(decode.greedy(step, cache(2), start, plain)))
        },
      ),
      { numRuns: 8 },
    )
  })

  it('come from layers too, asynchronously', async () => {
    const model = serial(
      embedding(9, 8),
      learnedPositions(16),
      residual(selfAttention({ heads: 2, causal: true })),
      dense(9),
    )
    const variables = init(model, [4], random.key(1))
    const next = decode.stepOf(model, variables)
    const fresh = startCache(model, variables.params, 2, 16)
    const asked = { length: 9, key, end: 8 }
    const found = await collect(decode.stream(next, fresh, start, asked))
    expect(together(found, 9, 8)).toEqual(listed(decode.sample(next, fresh, start, asked)))
  })

  it('are compiled once for a step and what it is asked', () => {
    let traced = 0
    const counting: decode.DecodeStep<ReturnType<typeof cache>> = (held, tokens) => {
      traced++
      return step(held, tokens)
    }
    const run = (k: Tensor, topK: number): unknown => [
      ...decode.streamSync(counting, cache(2), start, { length: 3, key: k, topK }),
    ]
    run(key, 3)
    const once = traced
    run(random.key(1), 3)
    expect(traced).toBe(once)
    run(key, 4)
    expect(traced).toBe(2 * once)
  })

  it('say when sequences end, and end with the last of them', () => {
    const found = [...decode.streamSync(step, cache(2), start, { length: 40, key, end: [0, 1], pad: 3 })]
    expect(found.length).toBeLessThan(40)
    expect(found.at(-1)?.ended).toEqual([true, true])
    const first = found.findIndex(({ ended }) => ended.includes(true))
    const row = found[first]?.ended.indexOf(true) as number
    expect([0, 1]).toContain(found[first]?.tokens[row])
    for (const { tokens, ended } of found.slice(first + 1)) expect([tokens[row], ended[row]]).toEqual([3, true])
  })

  it('can be left, and aborted from elsewhere', async () => {
    const stream = decode.stream(step, cache(2), start, { length: 1000, key })
    let seen = 0
    for await (const _ of stream) if (++seen === 3) break
    expect(await stream.next()).toEqual({ done: true, value: undefined })

    const controller = new AbortController()
    setTimeout(() => controller.abort(), 20)
    const found = await collect(
      decode.stream(step, cache(2), start, { length: 20_000, key, signal: controller.signal }),
    )
    expect(found.length).toBeGreaterThan(0)
    expect(found.length).toBeLessThan(20_000)
    expect([...decode.streamSync(step, cache(2), start, { length: 3, signal: controller.signal })]).toEqual([])
  })

  it('teach at once what does not fit', () => {
    expect(() => decode.stream(step, cache(2), start, { length: 0 })).toThrow('decode.stream: length is 0')
    expect(() => decode.streamSync(step, cache(2), np.ones([2]), { length: 1 })).toThrow("start.astype('int32')")
    expect(() => decode.streamSync(step, cache(2), start, { length: 1, key: np.ones([2]) })).toThrow('random.key(seed)')
    expect(() => decode.stream(step, cache(2), start, { length: 1, promptLengths: start } as never)).toThrow(
      "no option 'promptLengths'",
    )
  })
})
