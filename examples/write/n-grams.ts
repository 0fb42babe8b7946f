/** The bar: what counting says, with the counts of shorter contexts where those of longer ones are thin. */

/** What followed contexts of some length. */
interface Counts {
  /** How often a context was followed by a character: by the number of both. */
  readonly pairs: ReadonlyMap<number, number>
  /** How often a context was there. */
  readonly totals: ReadonlyMap<number, number>
  /** By how many different characters it was followed. */
  readonly kinds: ReadonlyMap<number, number>
}

/** The `length` characters before a place as one number. */
const numberOf = (text: Int32Array, place: number, length: number, vocabulary: number): number => {
  let code = 0
  for (let i = place - length; i < place; i++) code = code * vocabulary + (text[i] as number)
  return code
}

const countsOf = (text: Int32Array, order: number, vocabulary: number): Counts => {
  const [pairs, totals, kinds] = [new Map<number, number>(), new Map<number, number>(), new Map<number, number>()]
  const more = (counts: Map<number, number>, of: number): void => void counts.set(of, (counts.get(of) ?? 0) + 1)
  for (let i = order; i < text.length; i++) {
    const context = numberOf(text, i, order, vocabulary)
    const pair = context * vocabulary + (text[i] as number)
    if (!pairs.has(pair)) more(kinds, context)
    more(pairs, pair)
    more(totals, context)
  }
  return { pairs, totals, kinds }
}

/**
 * Nats per character of `test` for contexts of 0, 1, … `order` characters, counted in `train`: each the mixture of its own counts with the
 * order below, which weighs as much as a context has had different followers (Witten & Bell 1991). All are asked for the same
 * characters, those behind the first `order`.
 */
export const nGramNats = (
  train: Int32Array,
  test: Int32Array,
  order: number,
  vocabulary: number,
): readonly number[] => {
  const tables = Array.from({ length: order + 1 }, (_, n) => countsOf(train, n, vocabulary))
  const sums = tables.map(() => 0)
  for (let i = order; i < test.length; i++) {
    let probability = 1 / vocabulary
    for (const [n, { pairs, totals, kinds }] of tables.entries()) {
      const context = numberOf(test, i, n, vocabulary)
      const total = totals.get(context)
      if (total !== undefined) {
        const different = kinds.get(context) as number
        const own = pairs.get(context * vocabulary + (test[i] as number)) ?? 0
        probability = (own + different * probability) / (total + different)
      }
      sums[n] = (sums[n] as number) - Math.log(probability)
    }
  }
  return sums.map((sum) => sum / (test.length - order))
}
