import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Group, groupAt } from './epoch.js'

const positive = (max: number) => fc.integer({ min: 1, max })

/** All groups of an epoch, from a step on. */
const groupsOf = (data: Parameters<typeof groupAt>[0], most: number, from: number): readonly Group[] => {
  const groups: Group[] = []
  const count = Math.ceil(data.examples / (data.batchSize * data.accumulate))
  for (let first = from; first < count; first += groups.at(-1)?.steps ?? 0) groups.push(groupAt(data, most, first))
  return groups
}

describe('groupAt', () => {
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
