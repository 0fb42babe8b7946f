/** A stream of pseudo-random numbers made of 32-bit integer steps only, so every machine draws the same ones. */
export interface Stream {
  /** The next number, in [0, 1), a multiple of 2⁻³². */
  readonly next: () => number
  /** The next number, in [low, high). */
  readonly between: (low: number, high: number) => number
  /** The next integer, in [0, count). */
  readonly below: (count: number) => number
  /** About normal, mean 0 and deviation 1, never beyond ±3.5: the sum of the four bytes of a word, without log or cos. */
  readonly normal: () => number
}

/** The finaliser of MurmurHash3 (Appleby 2011): every input bit changes every output bit with probability about ½. */
const mix = (word: number): number => {
  let h = word
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
  return (h ^ (h >>> 16)) >>> 0
}

const golden = 0x9e3779b9 // 2³² divided by the golden ratio: the increment of SplitMix (Steele, Lea & Flood 2014)

const byteSumDeviation = Math.sqrt((4 * (256 ** 2 - 1)) / 12) // of four independent uniform bytes

/**
 * A stream of its own for every pair of a seed and an index, so that item i does not depend on how many items are drawn.
 * The generator is SplitMix with a state of 32 bits.
 * @example stream(0, 0).next() === stream(0, 0).next() // true
 */
export const stream = (seed: number, index: number): Stream => {
  let state = mix(mix(seed >>> 0) ^ Math.imul(index + 1, golden))
  const word = (): number => {
    state = (state + golden) >>> 0
    return mix(state)
  }
  const next = (): number => word() / 2 ** 32
  return {
    next,
    between: (low, high) => low + (high - low) * next(),
    below: (count) => Math.floor(count * next()),
    normal: () => {
      const bits = word()
      return ((bits & 255) + ((bits >>> 8) & 255) + ((bits >>> 16) & 255) + (bits >>> 24) - 510) / byteSumDeviation
    },
  }
}

/** The integers 0 … count − 1 in an order drawn from `source` (Fisher & Yates 1938, as by Durstenfeld 1964). */
export const shuffled = (count: number, source: Stream): Int32Array => {
  const order = Int32Array.from({ length: count }, (_, i) => i)
  for (let last = count - 1; last > 0; last--) {
    const other = source.below(last + 1)
    const kept = order[last] ?? 0
    order[last] = order[other] ?? 0
    order[other] = kept
  }
  return order
}
