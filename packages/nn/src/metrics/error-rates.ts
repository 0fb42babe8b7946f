/** How much of what should be there was written wrong. */
import { np, operation, type Tensor } from '@puregrad/core'
import { checkReferences, type Token } from './bleu.js'
import { editDistance, type Sequence, tokensOf } from './edit-distance.js'
import { type Metric, none, sums } from './metric.js'
import { betweenSpaces } from './words.js'

/** Insertions, deletions and substitutions that make references of candidates, and how long the references are. */
export interface Errors {
  readonly errors: Tensor
  readonly length: Tensor
}

type Pairs = [candidates: readonly Sequence[], references: readonly Sequence[]]

const rateOf = (name: string, split: (sequence: Sequence) => readonly Token[]): Metric<Pairs, Errors> => ({
  monoid: sums({ errors: none(), length: none() }),
  measure: (candidates, references) => {
    checkReferences(
      name,
      candidates,
      references.map((reference) => [reference]),
    )
    const int = (x: number): Tensor => np.array(x, { dtype: 'int32' })
    const targets = references.map(split)
    return {
      errors: int(
        candidates.reduce(
          (sum, candidate, i) => sum + editDistance(split(candidate), targets[i] as readonly Token[]),
          0,
        ),
      ),
      length: int(targets.reduce((sum, { length }) => sum + length, 0)),
    }
  },
  // Of no references anything is infinitely wrong, and nothing is right.
  result: ({ errors, length }) =>
    np.where(
      length.eq(0),
      np.where(errors.eq(0), 0, Number.POSITIVE_INFINITY),
      errors.astype('float32').div(np.maximum(length, 1)),
    ),
})

const wordsOf = (sequence: Sequence): readonly Token[] =>
  typeof sequence === 'string' ? betweenSpaces(sequence) : sequence

/**
 * The word error rate: edits that make the references, for each of their words. Above 1 if there is more to take away than there should
 * be. Texts are divided at spaces, lists are taken as they are; `measure` runs outside of `jit`.
 * @returns a metric of candidates and as many references
 * @throws RangeError unless every candidate has a reference
 * @example
 * const metric = metrics.streaming.wordErrorRate()
 * metrics.reduceBatches(metric, [[['the cat sat'], ['a cat sat down']]]).item() // 0.5
 */
export const wordErrorRate = operation(
  'metrics.streaming.wordErrorRate',
  {},
  (): Metric<Pairs, Errors> => rateOf('metrics.streaming.wordErrorRate', wordsOf),
)

/**
 * The character error rate: edits that make the references, for each of their characters, spaces among them.
 * @returns a metric of candidates and as many references
 * @throws RangeError unless every candidate has a reference
 * @example
 * const metric = metrics.streaming.characterErrorRate()
 * metrics.reduceBatches(metric, [[['zero'], ['three']]]).item() // 0.8
 */
export const characterErrorRate = operation(
  'metrics.streaming.characterErrorRate',
  {},
  (): Metric<Pairs, Errors> => rateOf('metrics.streaming.characterErrorRate', tokensOf),
)
