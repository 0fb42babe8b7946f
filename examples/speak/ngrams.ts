/** What counting can say of the next sample: the bar. */

/** Bits a sample of classes by those before it, from none to two of them. */
export interface NgramBits {
  readonly order0: number
  readonly order1: number
  readonly order2: number
}

/**
 * Bits a sample under counts of one, two and three classes in a row, where each order falls back on the one before as often as it saw
 * something new (Witten & Bell 1991): p(c | h) = (n(h, c) + t(h) · p(c | shorter h)) / (n(h) + t(h)), with t(h) different classes behind h.
 */
export const ngramBits = (learnt: readonly Int32Array[], judged: readonly Int32Array[], classes: number): NgramBits => {
  const single = new Float64Array(classes).fill(1)
  const pairs = new Uint32Array(classes ** 2)
  const triples = new Uint32Array(classes ** 3)
  for (const codes of learnt)
    codes.forEach((code, t) => {
      single[code] = (single[code] as number) + 1
      const one = codes[t - 1]
      if (one === undefined) return
      pairs[one * classes + code] = (pairs[one * classes + code] as number) + 1
      const two = codes[t - 2]
      if (two === undefined) return
      const at = (two * classes + one) * classes + code
      triples[at] = (triples[at] as number) + 1
    })
  const all = single.reduce((sum, n) => sum + n, 0)
  const behind = (counts: Uint32Array): { readonly seen: Uint32Array; readonly kinds: Uint32Array } => {
    const [seen, kinds] = [0, 1].map(() => new Uint32Array(counts.length / classes)) as [Uint32Array, Uint32Array]
    counts.forEach((n, i) => {
      const history = Math.floor(i / classes)
      seen[history] = (seen[history] as number) + n
      if (n > 0) kinds[history] = (kinds[history] as number) + 1
    })
    return { seen, kinds }
  }
  const [afterOne, afterTwo] = [behind(pairs), behind(triples)]
  const mixed = (
    counts: Uint32Array,
    { seen, kinds }: { readonly seen: Uint32Array; readonly kinds: Uint32Array },
    history: number,
    code: number,
    shorter: number,
  ): number => {
    const [n, t] = [seen[history] as number, kinds[history] as number]
    return n + t === 0 ? shorter : ((counts[history * classes + code] as number) + t * shorter) / (n + t)
  }
  const totals = [0, 0, 0]
  let count = 0
  for (const codes of judged)
    codes.forEach((code, t) => {
      const p0 = (single[code] as number) / all
      const [one, two] = [codes[t - 1], codes[t - 2]]
      const p1 = one === undefined ? p0 : mixed(pairs, afterOne, one, code, p0)
      const p2 = one === undefined || two === undefined ? p1 : mixed(triples, afterTwo, two * classes + one, code, p1)
      ;[p0, p1, p2].forEach((p, order) => {
        totals[order] = (totals[order] as number) - Math.log2(p)
      })
      count++
    })
  const [order0, order1, order2] = totals.map((total) => total / count) as [number, number, number]
  return { order0, order1, order2 }
}
