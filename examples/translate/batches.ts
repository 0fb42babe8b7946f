/** Pairs as numbers, and batches of pairs that are about as long. */
import { np, random, type Tensor } from '@puregrad/core'
import { buildVocabulary, type Translation, type Vocabulary } from '@puregrad/models'
import type { data } from '@puregrad/train'
import type { Pair } from './corpus.js'

const specials = ['<pad>', '<begin>', '<end>', '<unknown>'] as const
type Words = Vocabulary<(typeof specials)[number]>

/** The numbers of the special symbols, in both languages. */
export const [padding, begin, end, unknown] = [0, 1, 2, 3] as const

/** Words of both languages that were seen often enough. */
export interface Languages {
  readonly source: Words
  readonly target: Words
}

/** The words that occur so often at least. */
export const languagesOf = (pairs: readonly Pair[], minCount: number): Languages => {
  const words = (texts: readonly string[]): Words =>
    buildVocabulary(texts, { unit: 'word', minCount, specials, unknown: '<unknown>' })
  return { source: words(pairs.map(({ source }) => source)), target: words(pairs.map(({ target }) => target)) }
}

/** A pair as numbers. */
export interface EncodedPair {
  readonly source: readonly number[]
  readonly target: readonly number[]
}

export const encode = ({ source, target }: Languages, pairs: readonly Pair[]): readonly EncodedPair[] =>
  pairs.map((pair) => ({ source: [...source.encode(pair.source)], target: [...target.encode(pair.target)] }))

/** How long sources and targets of a batch are, the sign of a beginning or an end with them. */
export type Size = readonly [source: number, target: number]

// Five shapes are five programs to compile; a tenth of what the decoder reads of tanaka-enja is padding then.
const relative: readonly Size[] = [
  [0.375, 0.53],
  [0.5, 0.65],
  [0.5625, 0.765],
  [0.75, 0.885],
  [1, 1],
]

/** Sizes up to the longest pair of all. */
export const sizesOf = (pairs: readonly EncodedPair[]): readonly Size[] => {
  const [longest, most] = pairs.reduce<readonly [number, number]>(
    ([a, b], { source, target }) => [Math.max(a, source.length), Math.max(b, target.length + 1)],
    [1, 2],
  )
  return relative.map(([a, b]) => [Math.ceil(a * longest), Math.ceil(b * most)])
}

const padded = (rows: readonly (readonly number[])[], length: number): Tensor => {
  const all = new Int32Array(rows.length * length).fill(padding)
  rows.forEach((row, i) => all.set(row, i * length))
  return np.array(all).reshape([rows.length, length])
}

/** What is read of sentences, up to a length; its mask says what counts. */
export const sourcesOf = (
  rows: readonly (readonly number[])[],
  length: number,
): { readonly source: Tensor; readonly sourceMask: Tensor } => {
  const source = padded(rows, length)
  return { source, sourceMask: source.ne(padding) }
}

/** What a model is given, and what it has to say: every word of the target behind those before it, and its end. */
export interface Batch {
  readonly x: Translation
  readonly y: Tensor
}

export const batchOf = (pairs: readonly EncodedPair[], [longest, most]: Size): Batch => ({
  x: {
    ...sourcesOf(
      pairs.map(({ source }) => source),
      longest,
    ),
    target: padded(
      pairs.map(({ target }) => [begin, ...target]),
      most,
    ),
  },
  y: padded(
    pairs.map(({ target }) => [...target, end]),
    most,
  ),
})

/**
 * Batches of about so many target tokens, of pairs that fit the same size, in another order every epoch; what does not fill a batch waits
 * for another epoch. `data.bucketByLength` counts pairs, and would pad both sides to one length.
 */
export const batchesOf = (pairs: readonly EncodedPair[], tokens: number, seed: number): data.Source<Batch> => {
  const sizes = sizesOf(pairs)
  const fits = ({ source, target }: EncodedPair, [longest, most]: Size): boolean =>
    source.length <= longest && target.length < most
  const buckets = sizes.map((_, k) => pairs.filter((pair) => sizes.findIndex((size) => fits(pair, size)) === k))
  const counts = sizes.map(([, most], k) => Math.max(1, Math.min(Math.round(tokens / most), buckets[k]?.length ?? 0)))
  const places = buckets.flatMap((bucket, k) =>
    Array.from({ length: Math.floor(bucket.length / (counts[k] as number)) }, (_, i) => ({ k, i })),
  )
  const orders = (epoch: number) => {
    const key = random.foldIn(random.key(seed), epoch)
    const order = (i: number, n: number) => [...random.permutation(random.foldIn(key, i), Math.max(n, 1)).data()]
    return { ofBatches: order(sizes.length, places.length), inside: buckets.map(({ length }, k) => order(k, length)) }
  }
  // Remembered, not state: the orders of an epoch are always the same.
  let known = { epoch: 0, ...orders(0) }
  return {
    length: places.length,
    at: (position, epoch = 0) => {
      if (known.epoch !== epoch) known = { epoch, ...orders(epoch) }
      const { k, i } = places[known.ofBatches[position] as number] as (typeof places)[number]
      const count = counts[k] as number
      const rows = (known.inside[k] as readonly number[]).slice(i * count, (i + 1) * count)
      return batchOf(
        rows.map((row) => buckets[k]?.[row] as EncodedPair),
        sizes[k] as Size,
      )
    },
  }
}
