/** How many changes make one sequence of another (Levenshtein 1966). */
import { lax, np, operation, ShapeError, scan, type Tensor } from '@puregrad/core'
import type { Token } from './bleu.js'

/** What is compared: a list of tokens, or a text, whose characters are. */
export type Sequence = string | readonly Token[]

/** The tokens of a list, the characters (code points) of a text. */
export const tokensOf = (sequence: Sequence): readonly Token[] =>
  typeof sequence === 'string' ? [...sequence] : sequence

/**
 * The smallest number of insertions, deletions and substitutions that make `b` of `a`: Levenshtein's distance, of lists of tokens or of
 * the characters of texts. O(|a| |b|) time, O(|b|) room.
 * @example
 * metrics.editDistance('kitten', 'sitting') // 3
 * metrics.editDistance(['a', 'cat'], ['the', 'cat', 'sat']) // 2
 */
export const editDistance = operation('metrics.editDistance', {}, (a: Sequence, b: Sequence): number => {
  const [from, to] = [tokensOf(a), tokensOf(b)]
  let row = Array.from({ length: to.length + 1 }, (_, j) => j)
  for (const [i, token] of from.entries()) {
    const next = [i + 1]
    for (const [j, other] of to.entries()) {
      const substituted = (row[j] as number) + (token === other ? 0 : 1)
      next.push(Math.min(substituted, (row[j + 1] as number) + 1, (next[j] as number) + 1))
    }
    row = next
  }
  return row.at(-1) as number
})

export interface EditDistancesOptions {
  /** How long each of the first sequences is, [batch]: all of them as long as the axis unless said. */
  readonly lengths?: Tensor
  /** How long each of the others is, likewise. */
  readonly otherLengths?: Tensor
}

/**
 * The edit distance of each pair of sequences of a batch, as `editDistance`, of static size: it jits and vmaps.
 * @param a integers [batch, n]  @param b integers [batch, m]  @returns int32 [batch]
 * @throws ShapeError unless both are matrices with one first axis, and lengths have that axis
 * @example
 * const [a, b] = [np.array([[1, 2, 3]], { dtype: 'int32' }), np.array([[1, 3, 0]], { dtype: 'int32' })]
 * metrics.editDistances(a, b).toArray() // [2]
 * metrics.editDistances(a, b, { otherLengths: np.array([2], { dtype: 'int32' }) }).toArray() // [1]
 */
export const editDistances = operation(
  'metrics.editDistances',
  { at: 2, names: ['lengths', 'otherLengths'] },
  (a: Tensor, b: Tensor, options: EditDistancesOptions = {}): Tensor => {
    const [batch, n] = a.shape
    const m = b.shape[1]
    if (
      a.ndim !== 2 ||
      b.ndim !== 2 ||
      batch === undefined ||
      n === undefined ||
      m === undefined ||
      b.shape[0] !== batch
    )
      throw new ShapeError(
        `metrics.editDistances: a [${a.shape}] and b [${b.shape}] have to be [batch, n] and [batch, m]. One pair is [1, n] and [1, m].`,
      )
    const lengthsOf = (given: Tensor | undefined, most: number): Tensor => {
      if (given === undefined) return np.full([batch], most, { dtype: 'int32' })
      if (given.ndim === 1 && given.shape[0] === batch) return given.astype('int32')
      throw new ShapeError(
        `metrics.editDistances: lengths are [${given.shape}], and have to be [${batch}], one for each.`,
      )
    }
    const [lengths, otherLengths] = [lengthsOf(options.lengths, n), lengthsOf(options.otherLengths, m)]
    const places = np.arange(m + 1, { dtype: 'int32' })
    const start = np.broadcastTo(places, [batch, m + 1])
    const step = (row: Tensor, [token, i]: readonly [Tensor, Tensor]): readonly [Tensor, null] => {
      const substituted = row.slice({}, { stop: m }).add(b.ne(np.expandDims(token, 1)).astype('int32'))
      const deleted = row.add(1)
      const below = np.minimum(substituted, deleted.slice({}, { start: 1 }))
      const first = deleted.slice({}, { stop: 1 })
      // An insertion costs 1 a place: what is smallest to the left, places not counted.
      const next = lax.cummin(np.concatenate([first, below], { axis: 1 }).sub(places), { axis: 1 }).add(places)
      return [np.where(np.expandDims(i.lt(lengths), 1), next, row), null]
    }
    const [last] = scan(step, start, [a.T, np.arange(n, { dtype: 'int32' })] as const)
    return np.squeeze(np.takeAlongAxis(last, np.expandDims(otherLengths, 1), { axis: 1 }), 1)
  },
)
