import { jit, np, random, type Tensor, vmap } from '@puregrad/core'
import { logSoftmax, softmax } from '@puregrad/nn'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { beam, type CtcBeams, greedy } from './ctc.js'

const open = (frames: number): Tensor => np.zeros([1, frames])

/** What frames spell: runs count once, blanks (0) not at all. */
const spelled = (frames: readonly number[]): string => frames.filter((c, i) => c !== 0 && c !== frames[i - 1]).join()

/** The probability of every label sequence, over every way to class the frames. */
const bruteForce = (logits: Tensor): ReadonlyMap<string, number> => {
  const rows = softmax(logits).toArray() as number[][]
  const classes = rows[0]?.length ?? 0
  const sums = new Map<string, number>()
  for (let code = 0; code < classes ** rows.length; code++) {
    const frames = rows.map((_, t) => Math.floor(code / classes ** t) % classes)
    const p = frames.reduce((product, c, t) => product * (rows[t]?.[c] as number), 1)
    sums.set(spelled(frames), (sums.get(spelled(frames)) ?? 0) + p)
  }
  return sums
}

const noise = (seed: number, frames: number, classes: number): Tensor =>
  random.normal(random.key(seed), [1, frames, classes], { dtype: 'float64' }).mul(2)

/** The found sequences of one example with their scores, those that there are. */
const found = ({ tokens, lengths, scores }: CtcBeams): readonly (readonly [string, number])[] =>
  (scores.slice(0).toArray() as number[]).flatMap((score, i) =>
    score === Number.NEGATIVE_INFINITY
      ? []
      : [
          [
            (tokens.slice(0, i).toArray() as number[]).slice(0, lengths.slice(0, i).item() as number).join(),
            score,
          ] as const,
        ],
  )

describe('beam', () => {
  it('with enough beams has the probability of every label sequence, over all alignments', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 9999 }),
        fc.constantFrom([3, 3], [4, 3], [5, 2], [3, 4]),
        (seed, [frames, classes]) => {
          const logits = noise(seed, frames as number, classes as number)
          const expected = [...bruteForce(logits.slice(0))].sort((a, b) => b[1] - a[1])
          const all = found(beam(logits, open(frames as number), { beams: 60 }))
          expect(all.map(([labels]) => labels)).toEqual(expected.map(([labels]) => labels))
          all.forEach(([, score], i) => {
            expect(score).toBeCloseTo(Math.log(expected[i]?.[1] as number), 9)
          })
        },
      ),
      { numRuns: 12 },
    )
  })

  it('with fewer beams counts no alignment twice, and finds what greedy decoding finds or better', () => {
    const logits = noise(3, 5, 3)
    const exact = bruteForce(logits.slice(0))
    for (const [labels, score] of found(beam(logits, open(5), { beams: 4 })))
      expect(score).toBeLessThanOrEqual(Math.log(exact.get(labels) as number) + 1e-9)
    const best = beam(logits, open(5), { beams: 4 }).scores.slice(0, 0).item() as number
    expect(best).toBeGreaterThanOrEqual(greedy(logits, open(5)).scores.item() as number)
  })

  it('takes no frame that is padding for one, wherever it is, and does to each of a batch what it does to one', () => {
    const logits = noise(4, 4, 3)
    const padded = np.concatenate([logits.slice({}, { stop: 2 }), noise(5, 2, 3), logits.slice({}, { start: 2 })], {
      axis: 1,
    })
    const paddings = np.array([[0, 0, 1, 1, 0, 0]])
    const two = np.concatenate([padded, noise(6, 6, 3)])
    const both = jit((x: Tensor, p: Tensor) => beam(x, p, { beams: 30, max: 4 }))(
      two,
      np.concatenate([paddings, open(6)]),
    )
    const first = {
      tokens: both.tokens.slice({ stop: 1 }),
      lengths: both.lengths.slice({ stop: 1 }),
      scores: both.scores.slice({ stop: 1 }),
    }
    const alone = found(beam(logits, open(4), { beams: 30 }))
    expect(found(first).map(([labels]) => labels)).toEqual(alone.map(([labels]) => labels))
    found(first).forEach(([, score], i) => {
      expect(score).toBeCloseTo(alone[i]?.[1] as number, 9)
    })
    const mapped = vmap((x: Tensor) => beam(np.expandDims(x, 0), open(6), { beams: 5 }))(two)
    const whole = beam(two, np.zeros([2, 6]), { beams: 5 })
    expect(mapped.tokens.reshape([2, 5, 6]).toArray()).toEqual(whole.tokens.toArray())
  })

  it('takes another class for the blank, and as many labels as it is told', () => {
    const logits = noise(7, 4, 3)
    const rolled = np.roll(logits, 1, { axis: 2 })
    const usual = beam(logits, open(4), { beams: 8 })
    const moved = beam(rolled, open(4), { beams: 8, blankId: 1 })
    expect(moved.tokens.add(2).mod(3).toArray()).toEqual(usual.tokens.toArray())
    const few = found(beam(logits, open(4), { beams: 20, max: 1 }))
    expect(few.map(([labels]) => labels).sort()).toEqual(['', '1', '2'])
  })

  it('adds what a language model says of the labels, which it is asked once each', () => {
    const logits = noise(8, 4, 3)
    const table = noise(9, 3, 3).slice(0)
    const follows = logSoftmax(table).toArray() as number[][]
    // Its cache is the sum of the labels so far, on which it depends as well.
    const step = (cache: Tensor, at: Tensor) => {
      const sum = cache.add(at.reshape([-1]))
      const logs = np.take(logSoftmax(table), at, { axis: 0 })
      return [logs.add(np.expandDims(sum, [1, 2]).mul(np.array([0, 0, 0.1]))), sum] as const
    }
    const said = (labels: readonly number[]): number => {
      let [score, sum, at] = [0, 0, 0]
      for (const label of labels) {
        sum += at
        const logs = (follows[at] as number[]).map((x, c) => x + (c === 2 ? 0.1 * sum : 0))
        score += 0.5 * ((logs[label] as number) - Math.log(logs.reduce((all, x) => all + Math.exp(x), 0))) + 0.2
        at = label
      }
      return score
    }
    const languageModel = { step, cache: np.zeros([1]), weight: 0.5, bonus: 0.2 }
    const expected = [...bruteForce(logits.slice(0))]
      .map(([labels, p]) => [labels, Math.log(p) + said(labels === '' ? [] : labels.split(',').map(Number))] as const)
      .sort((a, b) => b[1] - a[1])
    const all = found(jit((x: Tensor) => beam(x, open(4), { beams: 40, languageModel }))(logits))
    expect(all.map(([labels]) => labels)).toEqual(expected.map(([labels]) => labels))
    all.forEach(([, score], i) => {
      expect(score).toBeCloseTo(expected[i]?.[1] as number, 6)
    })
  })

  it('refuses shapes and numbers that do not fit', () => {
    expect(() => beam(noise(1, 3, 3), open(4))).toThrow(/have to be \[batch, time, classes\] and \[batch, time\]/)
    expect(() => beam(noise(1, 3, 3), open(3), { blankId: 3 })).toThrow(/blankId is 3.*3 classes/)
    expect(() => beam(noise(1, 3, 3), open(3), { beams: 0 })).toThrow(/beams is 0/)
    const step = (cache: null, at: Tensor) => [np.zeros([...at.shape, 4]), cache] as const
    expect(() => beam(noise(1, 3, 3), open(3), { languageModel: { step, cache: null } })).toThrow(/logits of 4 classes/)
  })
})

describe('greedy', () => {
  it('spells the likeliest class of each frame', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 1, maxLength: 8 }),
        fc.nat(3),
        (classes, extra) => {
          const logits = np.array([
            [...classes, ...Array(extra).fill(1)].map((c) => [0, 1, 2, 3].map((k) => (k === c ? 3 : 0))),
          ])
          const paddings = np.array([[...classes.map(() => 0), ...Array(extra).fill(1)]])
          const { tokens, lengths, scores } = greedy(logits, paddings)
          const count = lengths.item() as number
          const all = tokens.slice(0).toArray() as number[]
          expect(all.slice(0, count).join()).toBe(spelled(classes))
          expect(all.slice(count).every((token) => token === 0)).toBe(true)
          expect(scores.item()).toBeCloseTo(classes.length * (3 - Math.log(Math.exp(3) + 3)), 4)
        },
      ),
    )
  })

  it('does to each of a batch what it does to one, jitted', () => {
    const logits = np.concatenate([noise(1, 6, 4), noise(2, 6, 4)])
    const whole = jit((x: Tensor) => greedy(x, np.zeros([2, 6])))(logits)
    const each = vmap((x: Tensor) => greedy(np.expandDims(x, 0), open(6)))(logits)
    expect(whole.tokens.toArray()).toEqual(each.tokens.reshape([2, 6]).toArray())
    expect(() => greedy(noise(1, 3, 3), open(4))).toThrow(/ctc.greedy/)
  })
})
