import { describe, expect, it } from 'vitest'
import { expectNear } from '../../test/near.js'
import { bleu } from './bleu.js'
import { reduceBatches } from './metric.js'

const words = (text: string): string[] => text.split(' ')

// Papineni et al. 2002, examples 1 and 2.
const candidate = words(
  'It is a guide to action which ensures that the military always obeys the commands of the party',
)
const references = [
  words('It is a guide to action that ensures that the military will forever heed Party commands'),
  words('It is the guiding principle which guarantees the military forces always being under the command of the Party'),
  words('It is the practical guide for the army always to heed the directions of the party'),
]

describe('bleu', () => {
  it('counts runs as the paper does: 17 of 18 words, 10 of 17 pairs', () => {
    const { matches, possible, candidateLength, referenceLength } = bleu().measure([candidate], [references])
    expect(matches.toArray()).toEqual([17, 10, 7, 4])
    expect(possible.toArray()).toEqual([18, 17, 16, 15])
    expect([candidateLength.item(), referenceLength.item()]).toEqual([18, 18])
    const found = bleu().result(bleu().measure([candidate], [references]))
    expectNear(found, ((17 / 18) * (10 / 17) * (7 / 16) * (4 / 15)) ** 0.25, 1e-6)
  })
  it('a word counts no more often than in a reference: 2 of 7', () => {
    const found = bleu({ maxOrder: 1 }).measure(
      [words('the the the the the the the')],
      [[words('the cat is on the mat'), words('there is a cat on the mat')]],
    )
    expect([found.matches.toArray(), found.possible.toArray()]).toEqual([[2], [7]])
  })
  it('short candidates pay', () => {
    const metric = bleu({ maxOrder: 2 })
    expectNear(metric.result(metric.measure([[1, 2, 3]], [[[1, 2, 3, 4]]])), Math.exp(1 - 4 / 3), 1e-6)
    expectNear(metric.result(metric.measure([[1, 2, 3, 4]], [[[1, 2, 3]]])), Math.sqrt((3 / 4) * (2 / 3)), 1e-6)
  })
  it('of several sentences is that of all counts, not the mean', () => {
    const [a, b] = [
      [[[1, 2, 3, 4, 5]], [[[1, 2, 3, 4, 5]]]],
      [[[1, 2, 3, 4, 6]], [[[1, 2, 3, 4, 5]]]],
    ] as const
    const metric = bleu()
    const all = metric.result(metric.measure([...a[0], ...b[0]], [...a[1], ...b[1]]))
    expectNear(reduceBatches(metric, [a, b]), all, 0)
    expectNear(all, ((9 / 10) * (7 / 8) * (5 / 6) * (3 / 4)) ** 0.25, 1e-6)
  })
  it('without a shared run of four is 0, unless smoothed', () => {
    const batch = [[[1, 2, 3, 9, 4]], [[[1, 2, 3, 4, 5]]]] as const
    expectNear(reduceBatches(bleu(), [batch]), 0, 0)
    expectNear(reduceBatches(bleu({ smooth: true }), [batch]), ((4 / 5) * (3 / 5) * (2 / 4) * (1 / 3)) ** 0.25, 1e-6)
    expectNear(reduceBatches(bleu(), []), 0, 0)
  })
  it('takes a reference for every candidate', () => {
    expect(() => bleu().measure([[1]], [[]])).toThrow('one reference or more for each')
    expect(() => bleu({ maxOrder: 0 })).toThrow('maxOrder is 0')
  })
})
