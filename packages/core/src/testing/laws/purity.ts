/** Functions of tensors change nothing. */
import { firstDifference } from '../measure.js'
import { type Law, law } from './law.js'

/** Two calls give the same bits, and the arguments are what they were. */
export const purity: Law = law('same arguments, same bits, nothing mutated', ({ leaves, names, call }) => {
  const before = leaves.map((x) => x.data())
  const first = call(leaves)
  const wrong = firstDifference(call(leaves), first, null)
  if (wrong !== null) return `a second call differs: ${wrong}`
  for (const [i, x] of leaves.entries()) {
    const changed = x.data().findIndex((e, k) => !Object.is(e, before[i]?.[k]))
    if (changed !== -1) return `${names[i]} was written to at element ${changed}`
  }
  return null
})
