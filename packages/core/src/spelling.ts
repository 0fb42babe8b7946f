/** Which of some names was meant by one that is none of them. */

/** How many letters have to be put in, left out or changed: Levenshtein's distance, row by row. */
const distance = (a: string, b: string): number => {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      const change = (row[j - 1] as number) + (a[i - 1] === b[j - 1] ? 0 : 1)
      next.push(Math.min(change, (row[j] as number) + 1, (next[j - 1] as number) + 1))
    }
    row = next
  }
  return row[b.length] as number
}

/** Names in other libraries. */
const otherwise: Readonly<Record<string, string>> = {
  dim: 'axis',
  dims: 'axis',
  keepdim: 'keepdims',
  learningrate: 'learningRate',
  lr: 'learningRate',
  eps: 'epsilon',
  alpha: 'negativeSlope',
  slope: 'negativeSlope',
  out: 'dtype',
}

const plain = (name: string): string => name.replaceAll('_', '').toLowerCase()

/**
 * The name that is spelt most like the given one, if any is like it: a third of its letters may differ, and neither case nor
 * underscores count.
 * @internal
 * @example closest('has_aux', ['argnums', 'hasAux']) // 'hasAux'
 */
export const closest = (given: string, names: readonly string[]): string | undefined => {
  const word = plain(given)
  const known = otherwise[word]
  if (known !== undefined && names.includes(known)) return known
  const near = names.map((name) => ({ name, far: distance(word, plain(name)) })).sort((a, b) => a.far - b.far)[0]
  if (near !== undefined && near.far <= Math.max(1, Math.floor(word.length / 3))) return near.name
  const part = (a: string, b: string): boolean => b.length > 2 && a.startsWith(b)
  return names.find((name) => part(plain(name), word) || part(word, plain(name)))
}
