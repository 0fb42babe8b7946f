// The difference of two binaries, in the format that src/patch.ts reads.
const block = 16 // shorter common stretches cost more than they save
const candidates = 64 // of a block that occurs often, how many places are tried

const key = (bytes, at) => bytes.latin1Slice(at, at + block)

const leb = (value) => (value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...leb(value >>> 7)])

/** Bytes that turn `base` into `target`: greedily, the longest stretch of `base` at every position. */
export function makePatch(base, target) {
  const [from, to] = [Buffer.from(base), Buffer.from(target)]
  const places = new Map()
  for (let i = 0; i + block <= from.length; i++) {
    const known = places.get(key(from, i))
    if (known === undefined) places.set(key(from, i), [i])
    else if (known.length < candidates) known.push(i)
  }
  const longest = (at) => {
    let best = { offset: 0, length: 0 }
    for (const offset of places.get(key(to, at)) ?? []) {
      let length = block
      while (at + length < to.length && offset + length < from.length && to[at + length] === from[offset + length])
        length++
      if (length > best.length) best = { offset, length }
    }
    return best
  }
  const steps = [Buffer.from(leb(to.length))]
  let start = 0
  const step = (end, { offset, length }) => {
    steps.push(Buffer.from(leb(end - start)), to.subarray(start, end), Buffer.from([...leb(offset), ...leb(length)]))
    start = end + length
  }
  for (let at = 0; at + block <= to.length; ) {
    const match = longest(at)
    if (match.length > 0) step(at, match)
    at = match.length > 0 ? start : at + 1
  }
  if (start < to.length) step(to.length, { offset: 0, length: 0 })
  return Buffer.concat(steps)
}
