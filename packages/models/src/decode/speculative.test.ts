import { jit, np, random, type Tensor } from '@puregrad/core'
import { dense, embedding, gru, init, serial, startCache } from '@puregrad/nn'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { tokensOf } from '../../test/word-pairs.js'
import { gpt } from '../sequence/gpt.js'
import * as decode from './index.js'

const vocabulary = 5

/** A model that is a table of what follows a token: nothing to remember. */
const tableStep =
  (table: Tensor): decode.DecodeStep<null> =>
  (cache, tokens) => [np.take(table, tokens, { axis: 0 }), cache]
const tableOf = (seed: number): Tensor => random.normal(random.key(seed), [vocabulary, vocabulary]).mul(2)

const start = tokensOf([
  [1, 2],
  [3, 0],
  [4, 4],
])

describe('speculative', () => {
  it('gives the very tokens of greedy and of sample, however good the draft is', () => {
    fc.assert(
      fc.property(
        fc.nat(1000),
        fc.constantFrom(0, 0.3, 3),
        fc.integer({ min: 1, max: 5 }),
        fc.integer({ min: 1, max: 12 }),
        fc.constantFrom<object>(
          {},
          { end: 0 },
          {
            end: 1,
            pad: 3,
            stop: [
              [2, 2],
              [4, 0, 1],
            ],
          },
          { repetitionPenalty: 1.3, noRepeat: 3, minLength: 3, end: 0, prefill: 'stepwise' },
        ),
        (seed, off, ahead, length, asked) => {
          const table = tableOf(seed)
          const step = tableStep(table)
          const draft = { step: tableStep(table.add(tableOf(seed + 1).mul(off))), cache: null }
          const options = { ...asked, length }
          const drawn = { ...options, key: random.key(seed), temperature: 1.2, topK: 4 }
          for (const [found, expected] of [
            [
              decode.speculative(step, null, start, { ...options, draft, ahead }),
              decode.greedy(step, null, start, options),
            ],
            [
              decode.speculative(step, null, start, { ...drawn, draft, ahead }),
              decode.sample(step, null, start, drawn),
            ],
          ] as const) {
            expect(found.tokens.toArray()).toEqual(expected.tokens.toArray())
            expect(found.lengths.toArray()).toEqual(expected.lengths.toArray())
            expect(np.allclose(found.logProbabilities, expected.logProbabilities, { atol: 1e-6 }).item()).toBe(true)
            const most = Math.max(...(expected.lengths.toArray() as number[]))
            if (off === 0) expect(found.steps.item()).toBe(Math.ceil(most / (ahead + 1)))
            else expect(found.steps.item()).toBeLessThanOrEqual(most)
          }
        },
      ),
      { numRuns: 12 },
    )
  })

  it('with layers that remember, jitted: a draft that knows the model saves steps, another costs none', () => {
    const model = gpt({ vocabulary, layers: 2, heads: 2, width: 8, context: 32 })
    const { params, state } = init(model, [1], random.key(0), { dtype: 'float64' })
    const sharp = { params: { ...params, embedding: params.embedding.mul(40) }, state }
    const step = decode.stepOf(model, sharp)
    const room = (n: number): decode.Draft<unknown>['cache'] => startCache(model, sharp.params, 3, n)
    const small = gpt({ vocabulary, layers: 1, heads: 2, width: 8, context: 32 })
    const other = init(small, [1], random.key(4), { dtype: 'float64' })
    const drafts = {
      itself: { step, cache: room(24) },
      other: { step: decode.stepOf(small, other), cache: startCache(small, other.params, 3, 24) },
    }
    const asked = { length: 15, key: random.key(3) }
    const expected = decode.sample(step, room(16), start, asked)
    const found = (draft: decode.Draft<unknown>): decode.Speculated =>
      jit((x: Tensor) => decode.speculative(step, room(24), x, { ...asked, ahead: 3, draft }))(start)
    const [same, rest] = [found(drafts.itself), found(drafts.other)]
    expect(same.tokens.toArray()).toEqual(expected.tokens.toArray())
    expect(rest.tokens.toArray()).toEqual(expected.tokens.toArray())
    expect(same.accepted.item()).toBe(1)
    expect(same.steps.item()).toBe(4)
    expect(rest.accepted.item()).toBeLessThan(1)
    expect(rest.steps.item()).toBeLessThanOrEqual(15)
  })

  it('says what does not fit', () => {
    const step = tableStep(tableOf(0))
    const draft = { step, cache: null }
    expect(() => decode.speculative(step, null, start, { length: 3, ahead: 0, draft })).toThrow('ahead is 0')
    expect(() =>
      decode.speculative(step, null, start, { length: 3, draft: { step: 1, cache: null } as never }),
    ).toThrow('decode.speculative: draft: the step is 1')
    const model = serial(embedding(vocabulary, 4), gru(4), dense(vocabulary))
    const variables = init(model, [1], random.key(0))
    const recurrent = { step: decode.stepOf(model, variables), cache: startCache(model, variables.params, 3, 9) }
    expect(() => decode.speculative(step, null, start, { length: 3, draft: recurrent })).toThrow('cannot go back')
    const small = gpt({ vocabulary, layers: 1, heads: 2, width: 8, context: 32 })
    const other = init(small, [1], random.key(4))
    const short = { step: decode.stepOf(small, other), cache: startCache(small, other.params, 3, 7) }
    expect(() => decode.speculative(step, null, start, { length: 3, draft: short })).toThrow(
      'room for 7 positions, and 8 are needed',
    )
  })
})
