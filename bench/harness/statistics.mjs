/** Summaries of samples. */

/** The middle value, or the mean of the two in the middle. */
export const median = (values) => {
  const sorted = Float64Array.from(values).sort()
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
}

/** The largest difference of two results, relative to the largest value; infinite where one is not a number or sizes differ. */
export const difference = (actual, expected) => {
  if (actual.length !== expected.length) return Number.POSITIVE_INFINITY
  let [largest, scale] = [0, Number.MIN_VALUE]
  for (let i = 0; i < expected.length; i++) {
    const distance = Math.abs(actual[i] - expected[i])
    if (!(distance <= largest)) largest = Number.isNaN(distance) ? Number.POSITIVE_INFINITY : distance
    scale = Math.max(scale, Math.abs(expected[i]))
  }
  return largest === 0 ? 0 : largest / scale
}
