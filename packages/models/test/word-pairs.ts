/** A model that is a table: what comes next depends on the last two tokens. And the same in plain numbers. */
import { lax, np, random, type Tensor } from '@puregrad/core'
import type { DecodeStep } from '../src/decode/index.js'

/** The token before the next one, int32 [rows, 1], and how many were read, as caches of nn have it. */
export interface PairCache {
  readonly before: Tensor
  readonly index: Tensor
}

export interface PairModel {
  readonly step: DecodeStep<PairCache>
  readonly cache: (rows: number) => PairCache
  /** log p of all tokens after a text. */
  readonly logs: (text: readonly number[]) => readonly number[]
}

/** Of this many tokens; before the first there is token 0. */
export const pairModel = (vocabulary: number, seed: number, spread = 2): PairModel => {
  const table = random.normal(random.key(seed), [vocabulary, vocabulary, vocabulary], { dtype: 'float64' }).mul(spread)
  const flat = table.reshape([-1, vocabulary])
  const numbers = table.toArray() as number[][][]
  const step: DecodeStep<PairCache> = ({ before, index }, tokens) => {
    const [, positions] = tokens.shape as readonly [number, number]
    const all = np.concatenate([before, tokens], { axis: 1 })
    const earlier = lax.sliceInDim(all, 0, positions, { axis: 1 })
    const logits = np.take(flat, earlier.mul(vocabulary).add(tokens).astype('int32'), { axis: 0 })
    return [logits, { before: lax.sliceInDim(all, positions, positions + 1, { axis: 1 }), index: index.add(positions) }]
  }
  return {
    step,
    cache: (rows) => ({ before: np.zeros([rows, 1], { dtype: 'int32' }), index: np.array(0, { dtype: 'int32' }) }),
    logs: (text) => {
      const row = numbers[text.at(-2) ?? 0]?.[text.at(-1) as number] as readonly number[]
      const most = Math.max(...row)
      const total = most + Math.log(row.reduce((sum, x) => sum + Math.exp(x - most), 0))
      return row.map((x) => x - total)
    },
  }
}

export const tokensOf = (rows: readonly (readonly number[])[]): Tensor => np.array(rows as never).astype('int32')
