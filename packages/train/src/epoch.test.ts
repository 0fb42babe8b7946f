import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { groupsOf } from './epoch.js'

const positive = (max: number) => fc.integer({ min: 1, max })

describe('groupsOf', () => {
  it('takes every example once, in order, in steps that are full but for the last', () => {
    fc.assert(
      fc.property(positive(300), positive(20), positive(5), positive(9), (examples, batchSize, accumulate, most) => {
        const perStep = batchSize * accumulate
        let [reached, step] = [0, 0]
        for (const { first, start, steps, batches, size, rest } of groupsOf(
          { examples, batchSize, accumulate },
          most,
          0,
        )) {
          expect([first, start]).toEqual([step, reached])
          expect(steps).toBeLessThanOrEqual(most)
          const taken = batches * size + rest
          if (reached + steps * taken < examples) expect(taken).toBe(perStep)
          expect(rest).toBeLessThan(batchSize)
          reached += steps * taken
          step += steps
        }
        expect(reached).toBe(examples)
        expect(step).toBe(Math.ceil(examples / perStep))
      }),
    )
  })

  it('goes on from any step with the same steps', () => {
    const stepsOf = (groups: ReturnType<typeof groupsOf>) =>
      groups.flatMap(({ first, start, steps, batches, size, rest }) =>
        Array.from({ length: steps }, (_, i) => [first + i, start + i * batches * size, batches, size, rest]),
      )
    fc.assert(
      fc.property(positive(200), positive(20), positive(5), fc.nat(300), (examples, batchSize, accumulate, from) => {
        const data = { examples, batchSize, accumulate }
        expect(stepsOf(groupsOf(data, 4, from))).toEqual(stepsOf(groupsOf(data, 3, 0)).slice(from))
      }),
    )
  })
})
